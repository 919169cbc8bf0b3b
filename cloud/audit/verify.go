package audit

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/sm"
)

// Permissions of this package.
const (
	PermRead   = "audit.entry.read"
	PermVerify = "audit.entry.verify"
)

// Anchor is the signed end of the chain at a moment.
type Anchor struct {
	Seq int64     `json:"seq"`
	MAC []byte    `json:"mac"`
	At  time.Time `json:"at"`
	Sig []byte    `json:"sig"`
}

func (a Anchor) text() []byte {
	return fmt.Appendf(nil, "huyun-audit-anchor-1 %d %x %d", a.Seq, a.MAC, a.At.UnixMicro())
}

// Report is the result of a verification.
type Report struct {
	OK      bool      `json:"ok"`
	Entries int64     `json:"entries" doc:"核对的记录条数"`
	Anchors int       `json:"anchors" doc:"核对的签名锚点个数"`
	BadSeq  int64     `json:"bad_seq,omitempty" doc:"首条不符记录的序号"`
	Reason  string    `json:"reason,omitempty" doc:"不符的原因"`
	At      time.Time `json:"at"`
}

// List shows the record to an auditor.
func (l *Log) List(ctx context.Context, f Filter, p db.Page) (db.List[Entry], error) {
	if _, err := auth.Require(ctx, PermRead); err != nil {
		return db.List[Entry]{}, err
	}
	return listEntries(ctx, l.db, f, p)
}

const walkStep = 2000

// Verify walks the whole chain: every entry's MAC, no number missing, the head
// and every anchor in place and signed by the cloud.
func (l *Log) Verify(ctx context.Context) (Report, error) {
	r := Report{At: l.clock.Now()}
	// Anchors before the head: one made meanwhile must not look like a cut tail.
	anchors, bad, err := l.anchors(ctx)
	if err != nil {
		return r, err
	}
	end, err := scanHead(ctx, l.db, readHeadSQL)
	if err != nil {
		return r, err
	}
	if bad != 0 {
		return fail(r, bad, "锚点签名不符，锚点被改动过"), nil
	}
	prev := head{MAC: []byte{}}
	for prev.Seq < end.Seq {
		list, err := walk(ctx, l.db, prev.Seq, walkStep)
		if err != nil {
			return r, err
		}
		if len(list) == 0 {
			return fail(r, prev.Seq+1, "记录被截断，末尾缺少记录"), nil
		}
		for _, e := range list {
			if e.Seq > end.Seq {
				break // appended after we began
			}
			if e.Seq != prev.Seq+1 {
				return fail(r, prev.Seq+1, "缺少记录"), nil
			}
			if !hmac.Equal(e.MAC, l.mac(prev.MAC, e)) {
				return fail(r, e.Seq, "记录内容与校验码不符，被改动过"), nil
			}
			if a, ok := anchors[e.Seq]; ok {
				if !bytes.Equal(a.MAC, e.MAC) {
					return fail(r, e.Seq, "与当时签名的锚点不符，之前的记录被整体改写过"), nil
				}
				r.Anchors++
				delete(anchors, e.Seq)
			}
			prev = head{Seq: e.Seq, MAC: e.MAC}
			r.Entries++
		}
	}
	if !bytes.Equal(prev.MAC, end.MAC) {
		return fail(r, end.Seq, "链尾与末条记录不符"), nil
	}
	for seq := range anchors {
		return fail(r, seq, "锚点之后的记录被截断"), nil
	}
	r.OK = true
	return r, nil
}

func fail(r Report, seq int64, reason string) Report {
	r.BadSeq, r.Reason = seq, reason
	return r
}

// anchors gathers what was signed, in the database and in the file; bad is the
// number of one whose signature is wrong, or 0.
func (l *Log) anchors(ctx context.Context) (all map[int64]Anchor, bad int64, err error) {
	list, err := readAnchors(ctx, l.db)
	if err != nil {
		return nil, 0, err
	}
	kept, err := l.readFile()
	if err != nil {
		return nil, 0, err
	}
	all = map[int64]Anchor{}
	for _, a := range append(list, kept...) {
		if sm.Verify(l.keys.Cloud().Public(), a.text(), a.Sig) != nil {
			return nil, max(a.Seq, 1), nil
		}
		all[a.Seq] = a
	}
	return all, 0, nil
}

// AnchorNow signs the present end of the chain if it has moved.
func (l *Log) AnchorNow(ctx context.Context) error {
	end, err := scanHead(ctx, l.db, readHeadSQL)
	if err != nil || end.Seq == 0 {
		return err
	}
	a := Anchor{Seq: end.Seq, MAC: end.MAC, At: l.clock.Now().UTC().Truncate(time.Microsecond)}
	if a.Sig, err = l.keys.Cloud().Sign(a.text()); err != nil {
		return fmt.Errorf("sign anchor: %w", err)
	}
	if err := insertAnchor(ctx, l.db, a); err != nil {
		return err
	}
	return l.appendFile(a)
}

func (l *Log) appendFile(a Anchor) error {
	if l.anchor == "" {
		return nil
	}
	line, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode anchor: %w", err)
	}
	f, err := os.OpenFile(l.anchor, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open anchor file: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (l *Log) readFile() ([]Anchor, error) {
	if l.anchor == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(l.anchor)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read anchor file: %w", err)
	}
	var out []Anchor
	lines := bufio.NewScanner(bytes.NewReader(raw))
	for lines.Scan() {
		var a Anchor
		// A line torn by a crash is not an anchor; a forged one fails its signature.
		if json.Unmarshal(lines.Bytes(), &a) == nil {
			out = append(out, a)
		}
	}
	return out, lines.Err()
}
