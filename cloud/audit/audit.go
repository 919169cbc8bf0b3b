// Package audit is the record of who did what: an append-only table whose
// entries are chained by HMAC-SM3, written in the transaction of the act
// itself, so that neither exists without the other. It serves every module
// (GB/T 22239 7.1.4.3 安全审计; GB/T 39786 日志记录完整性) and is read by auditors
// on its page and by `cloud fsck audit`.
//
// Every hour the end of the chain is signed with the cloud's SM2 key and noted
// in the database and in a file outside it: a chain alone does not show that
// its tail was cut off. The package does not decide what is worth recording,
// and is not a log.
package audit

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/sm"
)

// Entry is one act.
type Entry struct {
	Seq      int64     `json:"seq"`
	At       time.Time `json:"at"`
	Actor    string    `json:"actor"`
	Username string    `json:"username"`
	IP       string    `json:"ip"`
	Action   string    `json:"action"`
	Object   string    `json:"object"`
	Detail   string    `json:"detail"`
	MAC      []byte    `json:"-"`
}

// Keys is what the chain needs of the key ring.
type Keys interface {
	AuditKey() []byte
	Cloud() sm.Keeper
}

// Log appends to and verifies the record.
type Log struct {
	db     *db.DB
	keys   Keys
	clock  clock.Clock
	anchor string // file outside the database; empty: none
}

// New makes the record of a database. anchorFile may be empty.
func New(d *db.DB, k Keys, c clock.Clock, anchorFile string) *Log {
	return &Log{db: d, keys: k, clock: c, anchor: anchorFile}
}

// Limits keep one entry readable.
const (
	maxObject = 200
	maxDetail = 8 << 10
)

// Record appends an act of the context's actor inside the caller's
// transaction. Entries get their order from one locked row, which stays locked
// until the transaction ends: call Record last, or use InTx. detail is stored as JSON and
// must not hold personal data in clear.
func (l *Log) Record(ctx context.Context, tx pgx.Tx, action, object string, detail any) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("audit detail: %w", err)
	}
	if len(text) > maxDetail {
		sum := sm.Sum(text)
		text = fmt.Appendf(nil, `{"sm3":%q,"bytes":%d}`, sum.String(), len(text))
	}
	actor, _ := auth.From(ctx)
	if len(object) > maxObject {
		object = strings.ToValidUTF8(object[:maxObject], "")
	}
	e := Entry{
		At: l.clock.Now().UTC().Truncate(time.Microsecond), Actor: actor.ID, Username: actor.Username,
		IP: auth.OriginOf(ctx).IP, Action: action, Object: object, Detail: string(text),
	}
	if p, ok := ctx.Value(closingKey{}).(*closing); ok && p.tx == tx {
		p.entries = append(p.entries, e)
		return nil
	}
	return l.append(ctx, tx, []Entry{e})
}

// append adds entries to the chain.
func (l *Log) append(ctx context.Context, tx pgx.Tx, list []Entry) error {
	prev, err := lockHead(ctx, tx)
	if err != nil {
		return err
	}
	for _, e := range list {
		e.Seq = prev.Seq + 1
		e.MAC = l.mac(prev.MAC, e)
		if err := appendEntry(ctx, tx, e); err != nil {
			return err
		}
		prev.Seq, prev.MAC = e.Seq, e.MAC
	}
	return nil
}

type closingKey struct{}

// closing are the entries of a transaction that has not ended yet.
type closing struct {
	tx      pgx.Tx
	entries []Entry
}

// InTx runs a transaction whose entries are appended at its end, whenever they are
// recorded: the row that orders everybody's entries is locked for the commit alone,
// not for what is still read or written after the act. do has to use the context it
// is given.
func (l *Log) InTx(ctx context.Context, do func(ctx context.Context, tx pgx.Tx) error) error {
	return l.db.InTx(ctx, func(tx pgx.Tx) error {
		p := &closing{tx: tx}
		if err := do(context.WithValue(ctx, closingKey{}, p), tx); err != nil || len(p.entries) == 0 {
			return err
		}
		return l.append(ctx, tx, p.entries)
	})
}

// RecordNow is Record in a transaction of its own, for acts that change nothing
// else, such as a refused sign-in.
func (l *Log) RecordNow(ctx context.Context, action, object string, detail any) error {
	return l.db.InTx(ctx, func(tx pgx.Tx) error { return l.Record(ctx, tx, action, object, detail) })
}

// Happened says whether an act is on record: for what is done once in the life of a
// database, where nobody can take the mark out unseen.
func (l *Log) Happened(ctx context.Context, q db.Q, action string) (bool, error) {
	return db.Value[bool](ctx, q, happenedSQL, action)
}

func (l *Log) mac(prev []byte, e Entry) []byte {
	sum := sm.MAC(l.keys.AuditKey(), prev, canonical(e))
	return sum[:]
}

// canonical is the exact text that the MAC covers: each field with its length,
// so that nothing can move from one field to the next.
func canonical(e Entry) []byte {
	var b bytes.Buffer
	b.WriteString("huyun-audit-1")
	b.Write(binary.BigEndian.AppendUint64(nil, uint64(e.Seq)))                  //nolint:gosec // positive
	b.Write(binary.BigEndian.AppendUint64(nil, uint64(e.At.UTC().UnixMicro()))) //nolint:gosec // bits only
	for _, s := range []string{e.Actor, e.Username, e.IP, e.Action, e.Object, e.Detail} {
		b.Write(binary.BigEndian.AppendUint32(nil, uint32(len(s)))) //nolint:gosec // bounded by the database
		b.WriteString(s)
	}
	return b.Bytes()
}
