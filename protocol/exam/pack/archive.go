package pack

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// The plain text of a part is a row of entries: two bytes length of the name,
// the name, eight bytes length of the data, the data. The first is
// "content.json", all others are pictures named by their digest.
const contentName = "content.json"

// body is the JSON entry of either part; each uses its own fields.
type body struct {
	Candidates []Candidate     `json:"candidates,omitempty"`
	Rule       json.RawMessage `json:"rule,omitempty"`
	Range      json.RawMessage `json:"range,omitempty"`
	Secret     []byte          `json:"secret,omitempty"`

	Recent map[string][]string `json:"recent,omitempty"`

	Pictures []Picture `json:"pictures,omitempty"`
}

func plainSize(content []byte, pictures []Picture) int64 {
	n := entrySize(contentName, len(content))
	for _, p := range pictures {
		n += entrySize(p.Digest, len(p.Bytes))
	}
	return n
}

func entrySize(name string, data int) int64 { return int64(2 + len(name) + 8 + data) }

func writeEntries(w io.Writer, content []byte, pictures []Picture) error {
	err := writeEntry(w, contentName, content)
	for _, p := range pictures {
		if err == nil {
			err = writeEntry(w, p.Digest, p.Bytes)
		}
	}
	return err
}

func writeEntry(w io.Writer, name string, data []byte) error {
	head := binary.BigEndian.AppendUint16(nil, uint16(len(name)))
	head = append(head, name...)
	head = binary.BigEndian.AppendUint64(head, uint64(len(data)))
	_, err := w.Write(head)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// readEntries takes a part's plain text apart; pictures share its memory. An
// entry that is not a picture the content lists is refused with pack.path.
func readEntries(plain []byte) (*body, map[string]Picture, error) {
	name, data, rest, err := nextEntry(plain)
	if err != nil {
		return nil, nil, err
	}
	if name != contentName {
		return nil, nil, errPath
	}
	var b body
	d := json.NewDecoder(bytes.NewReader(data))
	err = d.Decode(&b)
	if err != nil {
		return nil, nil, errContent.With(err)
	}
	pictures := make(map[string]Picture, len(b.Pictures))
	for _, p := range b.Pictures {
		name, data, rest, err = nextEntry(rest)
		if err != nil {
			return nil, nil, err
		}
		if name != p.Digest {
			return nil, nil, errPath
		}
		p.Bytes = data
		err = p.check()
		if err != nil {
			return nil, nil, err
		}
		pictures[name] = p
	}
	if len(rest) > 0 {
		return nil, nil, errContent.Withf("%d bytes after the last entry", len(rest))
	}
	return &b, pictures, nil
}

func nextEntry(in []byte) (name string, data, rest []byte, err error) {
	if len(in) < 2 {
		return "", nil, nil, errContent.Withf("entry cut short")
	}
	n := int(binary.BigEndian.Uint16(in))
	in = in[2:]
	if len(in) < n+8 {
		return "", nil, nil, errContent.Withf("entry cut short")
	}
	name = string(in[:n])
	size := binary.BigEndian.Uint64(in[n:])
	in = in[n+8:]
	if size > uint64(len(in)) {
		return "", nil, nil, errContent.Withf("entry of %d bytes, %d are there", size, len(in))
	}
	return name, in[:size:size], in[size:], nil
}

// check makes sure that a picture is what its name says.
func (p *Picture) check() error {
	if p.Type != "image/png" && p.Type != "image/jpeg" {
		return errContent.Withf("picture of type %q", p.Type)
	}
	if sm.Sum(p.Bytes).String() != p.Digest {
		return errContent.Withf("picture does not match its digest")
	}
	return nil
}

var errPath = fault.New(fault.Invalid, "pack.path", "考题包含有不允许的内容名称，请中心重新下发")
