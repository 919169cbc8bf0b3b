package sitting

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// Apply projects one record of a node's journal; see ApplyBatch.
func (s *Service) Apply(ctx context.Context, tx pgx.Tx, node string, rec journal.Record) error {
	return s.ApplyBatch(ctx, tx, node, []journal.Record{rec})
}

// ApplyBatch projects records of a node's journal in the transaction that
// stores them. Kinds of other domains are passed over. Applying a record again
// changes nothing. A fault means that a record can never be applied (it names
// a sitting that is not this venue's, or cannot be read); any other error is
// the database's. Answers, which are most of all records, go in together.
//
// When what was reported completes the release rule of a sitting, its key is
// released in the same transaction.
func (s *Service) ApplyBatch(ctx context.Context, tx pgx.Tx, node string, recs []journal.Record) error {
	if !slices.ContainsFunc(recs, func(r journal.Record) bool { return handles(r.Kind) }) {
		return nil
	}
	venue, err := s.Nodes.VenueOf(ctx, tx, node)
	if err != nil {
		return err
	}
	a := &applier{s: s, tx: tx, node: node, venue: venue, ours: map[string]bool{}, ready: map[string]bool{}, touched: map[string]bool{}}
	for _, rec := range recs {
		if err := a.apply(ctx, rec); err != nil {
			return err
		}
	}
	if err := a.flush(ctx); err != nil {
		return err
	}
	if err := a.judge(ctx, slices.Sorted(maps.Keys(a.touched))); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(a.ready)) {
		if err := s.tryRelease(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// applier is one batch on its way in.
type applier struct {
	s           *Service
	tx          pgx.Tx
	node, venue string
	ours        map[string]bool // sittings known to be this venue's
	ready       map[string]bool // sittings whose release rule may have become true
	touched     map[string]bool // sittings of which answers, hand-ins or a closing came
	answers     [][]any
}

func handles(kind string) bool {
	return kind == wire.KindAnswer || kind == wire.KindAudit || handler(kind) != nil
}

// handler is the function for a kind; answers and audit lines have their own.
func handler(kind string) func(*applier, context.Context, journal.Record) error {
	switch kind {
	case wire.KindOpeningRequested:
		return (*applier).request
	case wire.KindPackReceived:
		return (*applier).packReceived
	case wire.KindPreflight:
		return (*applier).preflight
	case wire.KindOpened:
		return (*applier).opened
	case wire.KindVerification:
		return (*applier).verification
	case wire.KindCheckin:
		return (*applier).checkin
	case wire.KindLogin:
		return (*applier).login
	case wire.KindSeatMoved:
		return (*applier).seatMoved
	case wire.KindPaperIssued:
		return (*applier).paperIssued
	case wire.KindStarted:
		return (*applier).started
	case wire.KindTimeExtended:
		return (*applier).timeExtended
	case wire.KindPaused, wire.KindResumed:
		return (*applier).paused
	case wire.KindHandin:
		return (*applier).handin
	case wire.KindIrregularity:
		return (*applier).irregularity
	case wire.KindAlarm:
		return (*applier).alarm
	case wire.KindAlarmCleared:
		return (*applier).alarmSeen
	case wire.KindClosed:
		return (*applier).closed
	}
	return nil
}

func (a *applier) apply(ctx context.Context, rec journal.Record) error {
	if rec.Seq > math.MaxInt64 {
		return outOfRange()
	}
	if wire.Rehearsed(rec.Subject) && rec.Kind != wire.KindAudit {
		return nil // a venue's rehearsal: the journal has it, no record of an exam does
	}
	switch rec.Kind {
	case wire.KindAnswer:
		return a.answer(ctx, rec)
	case wire.KindAudit:
		return a.audit(ctx, rec)
	}
	if h := handler(rec.Kind); h != nil {
		return h(a, ctx, rec)
	}
	return nil
}

// own refuses a record about a sitting that this venue does not hold, and one
// whose subject is another sitting than its body's. Faults: exam.record.subject,
// exam.record.venue.
func (a *applier) own(ctx context.Context, rec journal.Record, sitting string) error {
	if rec.Subject != sitting {
		return fault.New(fault.Invalid, "exam.record.subject", "上报记录的主题与内容不是同一个场次")
	}
	if a.ours[sitting] {
		return nil
	}
	venue, err := db.Value[string](ctx, a.tx, venueOfSQL, sitting)
	if ignoreMissing(err) != nil {
		return err
	}
	if err != nil || venue != a.venue {
		return fault.New(fault.Forbidden, "exam.record.venue", "上报记录的场次不存在或不属于该考场")
	}
	a.ours[sitting] = true
	return nil
}

// locked is own, and the sitting itself locked, for records that move it.
func (a *applier) locked(ctx context.Context, rec journal.Record, sitting string) (*Sitting, error) {
	if err := a.own(ctx, rec, sitting); err != nil {
		return nil, err
	}
	in, err := db.Locked[Sitting](ctx, a.tx, lockSQL, sittingSQL, sitting)
	return &in, err
}

// exec runs a statement of the projection.
func (a *applier) exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tag, err := a.tx.Exec(ctx, sql, args...)
	if err != nil {
		return 0, fmt.Errorf("apply record: %w", err)
	}
	return tag.RowsAffected(), nil
}

func (a *applier) anomaly(ctx context.Context, rec journal.Record, sitting, code, text string) error {
	_, err := a.exec(ctx, anomalySQL, a.node, number(rec), sitting, code, text, rec.At)
	return err
}

// decode reads a body and checks whose sitting it is about.
func decode[T any](ctx context.Context, a *applier, rec journal.Record, sitting func(*T) string) (*T, error) {
	b, err := wire.Decode[T](rec.Body)
	if err != nil {
		return nil, err
	}
	return &b, a.own(ctx, rec, sitting(&b))
}

// big turns an unsigned number of a record into what the database can hold.
func big(n uint64) (int64, error) {
	if n > math.MaxInt64 {
		return 0, outOfRange()
	}
	return int64(n), nil
}

// number is a record's number; apply has checked that it fits.
func number(rec journal.Record) int64 { return int64(rec.Seq) } //nolint:gosec // see above

func outOfRange() error {
	return fault.New(fault.Invalid, "exam.record.range", "上报记录中的数值超出范围")
}
