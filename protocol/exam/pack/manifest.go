package pack

import (
	"encoding/json"
	"time"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// Format is the layout this program reads and writes.
const Format = 1

// maxChunk is the largest plain chunk, in bytes: what a venue re-fetches or
// re-reads at most when one byte is bad.
const maxChunk = 4 << 20

// Names of the two parts.
const (
	partRoster = "roster"
	partPaper  = "paper"
)

// Manifest is the signed description of a package. It is readable by anybody
// and so holds neither a candidate nor a word of a question.
type Manifest struct {
	Format     int       `json:"format"`
	Pack       string    `json:"pack"` // random id, 32 hex digits
	Sitting    string    `json:"sitting"`
	Venue      string    `json:"venue"`
	Version    int       `json:"version"`
	Made       time.Time `json:"made"`
	Candidates int       `json:"candidates"`

	Recipient sm.Digest `json:"recipient"`  // PublicKey.ID of the venue's key
	RosterKey []byte    `json:"roster_key"` // key of the roster, encrypted to the venue
	VenueHalf []byte    `json:"venue_half"` // the venue's half of the content key, likewise
	Release   sm.Digest `json:"release"`    // commitment to the centre's half

	Unlock *Locked `json:"unlock,omitempty"`

	Parts []Part `json:"parts"` // roster, paper
}

// Part says where a part lies in the file and how it is cut.
type Part struct {
	Name   string    `json:"name"`
	Offset int64     `json:"offset"` // of the first chunk in the file
	Stored int64     `json:"stored"` // bytes in the file
	Size   int64     `json:"size"`   // bytes of plain text
	Chunk  int64     `json:"chunk"`  // bytes of plain text in every chunk but the last
	Chunks int64     `json:"chunks"`
	Digest sm.Digest `json:"digest"` // SM3 of the stored bytes
}

// Expect compares a package with what the venue waits for: pack.sitting,
// pack.venue, or pack.version when it is older than version.
func (m *Manifest) Expect(sitting, venue string, version int) error {
	switch {
	case m.Sitting != sitting:
		return fault.Conflictf("pack.sitting", "考题包不属于本场次，请中心核对后重新下发")
	case m.Venue != venue:
		return errVenue
	case m.Version < version:
		return fault.Conflictf("pack.version", "考题包版本过旧（第 %d 版，应为第 %d 版或更新），请重新下载", m.Version, version)
	}
	return nil
}

// decodeManifest reads a manifest whose parts must fill the file from just
// after the opening magic to end, without gap or overlap.
func decodeManifest(raw []byte, end int64) (*Manifest, error) {
	var m Manifest
	err := json.Unmarshal(raw, &m)
	if err != nil {
		return nil, errManifest.With(err)
	}
	if m.Format != Format {
		return nil, fault.Preconditionf("pack.format", "考题包格式（%d）本程序不支持，请升级考场服务器程序", m.Format)
	}
	if len(m.Parts) != 2 {
		return nil, errManifest.Withf("%d parts", len(m.Parts))
	}
	at := int64(len(magicHead))
	for i, name := range []string{partRoster, partPaper} {
		p := &m.Parts[i]
		if p.Name != name {
			// Part names are never paths; anything else is an attempt.
			return nil, fault.Invalidf("pack.path", "考题包清单含有不允许的内容名称，请中心重新下发")
		}
		err = p.check(at, end)
		if err != nil {
			return nil, err
		}
		at += p.Stored
	}
	if at != end {
		return nil, errManifest.Withf("parts end at %d of %d", at, end)
	}
	return &m, nil
}

func (p *Part) check(at, end int64) error {
	if p.Offset != at || p.Stored < 0 || p.Stored > end-at {
		return errManifest.Withf("part %s at %d, %d bytes", p.Name, p.Offset, p.Stored)
	}
	if p.Chunk < 1 || p.Chunk > maxChunk || p.Size < 1 || p.Size > p.Stored {
		return errManifest.Withf("part %s: size %d, chunk %d", p.Name, p.Size, p.Chunk)
	}
	if p.Chunks != chunks(p.Size, p.Chunk) || p.Stored != p.Size+p.Chunks*sm.TagSize {
		return errManifest.Withf("part %s: %d chunks", p.Name, p.Chunks)
	}
	return nil
}

func chunks(size, chunk int64) int64 { return (size + chunk - 1) / chunk }

var (
	errManifest  = fault.New(fault.Invalid, "pack.manifest", "考题包清单不正确，请中心重新下发")
	errTruncated = fault.New(fault.Invalid, "pack.truncated", "考题包不完整，请重新下载")
	errMagic     = fault.New(fault.Invalid, "pack.magic", "文件不是考题包，请核对后重新下载")
	errSignature = fault.New(fault.Unauthenticated, "pack.signature", "考题包签名验证不通过，不能使用，请中心重新下发")
	errDigest    = fault.New(fault.Invalid, "pack.digest", "考题包内容与签名清单不符，请重新下载")
	errChunk     = fault.New(fault.Invalid, "pack.chunk", "考题包数据块无法解开，请重新下载；若仍出现请联系中心")
	errVenue     = fault.New(fault.Forbidden, "pack.venue", "考题包不是发给本考场的，请中心核对后重新下发")
	errRelease   = fault.New(fault.Forbidden, "pack.release", "密钥与考题包不匹配，请中心重新发放")
	errContent   = fault.New(fault.Invalid, "pack.content", "考题包内容不正确，请中心重新制作")
	errRead      = fault.New(fault.Unavailable, "pack.read", "读取考题包失败，请检查磁盘后重试")
)
