// Package audit is the venue's record of what people did there: one entry for
// each act, in the transaction of the act, chained with HMAC-SM3 under a key
// that is kept sealed in the store, and shipped to the centre as wire.Audit
// (等保 7.1.4 安全审计; chapter 9 of the design). Verify finds a changed,
// removed or inserted entry; the tail that somebody cut off is found by the
// centre, which has it. It decides nothing about rights.
package audit

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"
	"unicode/utf8"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

const (
	bucket = "audit"      // %016x of the number → Entry
	heads  = "audit_head" // "head" → head
)

// Entry is one act.
type Entry struct {
	wire.Audit
	At time.Time `json:"at"`
}

type head struct {
	Seq uint64 `json:"seq"`
	MAC string `json:"mac"`
}

type whoKey struct{}

// As returns a context in which acts are done by username.
func As(ctx context.Context, username string) context.Context {
	return context.WithValue(ctx, whoKey{}, username)
}

// Who is the username acts are done by; "system" when nobody is signed in.
func Who(ctx context.Context) string {
	if u, ok := ctx.Value(whoKey{}).(string); ok && u != "" {
		return u
	}
	return "system"
}

// Trail writes and verifies the chain.
type Trail struct{ key []byte }

// New makes a trail over a key of 32 bytes.
func New(key []byte) *Trail { return &Trail{key: key} }

// Record appends one act by the person in ctx. Detail must not hold personal
// data in the clear.
func (t *Trail) Record(ctx context.Context, tx *store.Tx, action, object, detail string) error {
	h, _, err := store.Load[head](tx, heads, "head")
	if err != nil {
		return err
	}
	e := Entry{At: tx.Now(), Audit: wire.Audit{
		Seq: h.Seq + 1, Actor: Who(ctx), Action: action, Object: object, Detail: detail,
	}}
	e.MAC = t.mac(h.MAC, e).String()
	if err := store.Save(tx, bucket, key(e.Seq), e); err != nil {
		return err
	}
	if err := store.Save(tx, heads, "head", head{Seq: e.Seq, MAC: e.MAC}); err != nil {
		return err
	}
	_, err = tx.Append(journal.LaneExam, wire.KindAudit, subject(object), e.Audit)
	return err
}

// subject is what of an object fits into a record's subject; the body has all
// of it. An act must never fail because of how it is written down.
func subject(object string) string {
	if len(object) <= journal.MaxSubject {
		return object
	}
	cut := journal.MaxSubject
	for !utf8.RuneStart(object[cut]) {
		cut--
	}
	return object[:cut]
}

func key(seq uint64) string { return fmt.Sprintf("%016x", seq) }

// mac covers the previous MAC and every field, each with its length, so that
// no two entries read alike.
func (t *Trail) mac(prev string, e Entry) sm.Digest {
	var parts [][]byte
	add := func(b []byte) {
		parts = append(parts, binary.BigEndian.AppendUint32(nil, uint32(len(b))), b)
	}
	add([]byte(prev))
	add(binary.BigEndian.AppendUint64(nil, e.Seq))
	add(binary.BigEndian.AppendUint64(nil, uint64(e.At.UnixNano())))
	for _, s := range []string{e.Actor, e.Action, e.Object, e.Detail} {
		add([]byte(s))
	}
	return sm.MAC(t.key, parts...)
}

// Verify walks the whole chain and returns how many entries it holds. It fails
// with supervise.audit.broken, which names the first entry that is wrong.
func (t *Trail) Verify(r store.Reader) (int, error) {
	h, _, err := store.Load[head](r, heads, "head")
	if err != nil {
		return 0, err
	}
	prev, next := "", uint64(1)
	list, err := store.All[Entry](r, bucket, "")
	if err != nil {
		return 0, err
	}
	for _, e := range list {
		if e.Seq != next || t.mac(prev, e).String() != e.MAC {
			return int(next - 1), broken(next)
		}
		prev, next = e.MAC, next+1
	}
	if h.Seq != next-1 || h.MAC != prev {
		return int(next - 1), broken(next)
	}
	return int(next - 1), nil
}

func broken(seq uint64) error {
	return fault.Internalf("supervise.audit.broken", "审计记录从第 %d 条起校验不通过，请保留现场并联系中心", seq)
}

// Last returns up to n entries, newest first.
func Last(r store.Reader, n int) ([]Entry, error) {
	h, _, err := store.Load[head](r, heads, "head")
	if err != nil {
		return nil, err
	}
	out := []Entry{}
	for seq := h.Seq; seq > 0 && len(out) < n; seq-- {
		e, ok, err := store.Load[Entry](r, bucket, key(seq))
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, e)
		}
	}
	return out, nil
}
