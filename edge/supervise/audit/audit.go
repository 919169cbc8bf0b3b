// Package audit is the venue's record of what people did there: one entry for
// each act, in the transaction of the act, chained with HMAC-SM3 under a key
// that is kept sealed in the store, and shipped to the centre as wire.Audit
// (等保 7.1.4 安全审计; chapter 9 of the design). Verify finds a changed,
// removed or inserted entry; the tail that somebody cut off is found by the
// centre, which has it. It decides nothing about rights.
package audit

import (
	"context"
	"crypto/hmac"
	"encoding/binary"
	"encoding/json"
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

// Chain is where a verified chain ends. Its MAC begins the line that the centre
// shows for the same number, so that the two can be compared over the telephone.
type Chain struct {
	Entries int
	MAC     string
}

// Verify walks the whole chain and returns how many entries it holds. It fails
// with supervise.audit.broken, which names the first entry that is wrong, and
// how.
func (t *Trail) Verify(r store.Reader) (int, error) {
	c, err := t.Walk(r)
	return c.Entries, err
}

// Walk is Verify with the end of the chain.
func (t *Trail) Walk(r store.Reader) (Chain, error) {
	var c Chain
	h, _, err := store.Load[head](r, heads, "head")
	if err != nil {
		return c, err
	}
	next := uint64(1)
	err = r.Scan(bucket, "", func(at string, raw []byte) error {
		var e Entry
		if err := json.Unmarshal(raw, &e); err != nil {
			return broken(next, "无法读取")
		}
		switch {
		case at > key(next):
			return broken(next, "缺少这一条，被删除过")
		case at < key(next):
			return broken(next, "之前多出一条不属于记录的内容")
		case e.Seq != next:
			return broken(next, fmt.Sprintf("位置上是第 %d 条，被对调或移动过", e.Seq))
		case !sameMAC(t.mac(c.MAC, e), e.MAC):
			return broken(next, "内容与校验码不符，被改动过")
		}
		c.MAC, c.Entries, next = e.MAC, c.Entries+1, next+1
		return nil
	})
	switch {
	case err != nil:
		return c, err
	case h.Seq >= next:
		return c, broken(next, fmt.Sprintf("到第 %d 条缺失，末尾被截断", h.Seq))
	case h.Seq+1 != next || h.MAC != c.MAC:
		return c, broken(max(h.Seq, 1), "之后的链尾与末条记录不符，被改动过")
	}
	return c, nil
}

func sameMAC(want sm.Digest, got string) bool {
	return hmac.Equal([]byte(want.String()), []byte(got))
}

func broken(seq uint64, how string) error {
	return fault.Internalf("supervise.audit.broken", "审计记录第 %d 条%s，从这一条起不可信；请保留现场并联系中心", seq, how)
}

// Last returns up to n entries, newest first.
func Last(r store.Reader, n int) ([]Entry, error) {
	return Older(r, 0, n, func(Entry) bool { return true })
}

// Older returns up to n entries that want keeps, newest first, from the one
// before the given number on; 0 begins with the newest. Fewer than n are the end
// of the chain.
func Older(r store.Reader, before uint64, n int, want func(Entry) bool) ([]Entry, error) {
	h, _, err := store.Load[head](r, heads, "head")
	if err != nil {
		return nil, err
	}
	seq := h.Seq
	if before > 0 {
		seq = min(seq, before-1)
	}
	out := []Entry{}
	for ; seq > 0 && len(out) < n; seq-- {
		e, ok, err := store.Load[Entry](r, bucket, key(seq))
		if err != nil {
			return nil, err
		}
		if ok && want(e) {
			out = append(out, e)
		}
	}
	return out, nil
}
