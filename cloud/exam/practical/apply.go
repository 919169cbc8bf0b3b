package practical

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/exam"
	scoring "huyun.internal/protocol/exam/practical"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// ApplyBatch takes in sheets from a node's journal, in the transaction that
// stores the records. Kinds of other domains are passed over; the same sheet
// again changes nothing. Faults: exam.record.subject, .venue,
// exam.practical.sheet.unarranged, .candidate, .revision.
func (s *Service) ApplyBatch(ctx context.Context, tx pgx.Tx, node string, recs []journal.Record) error {
	for _, rec := range recs {
		if rec.Kind != wire.KindPracticalSheet {
			continue
		}
		b, err := wire.Decode[wire.PracticalSheet](rec.Body)
		if err != nil {
			return err
		}
		if err := s.apply(ctx, tx, node, rec, b); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) apply(ctx context.Context, tx pgx.Tx, node string, rec journal.Record, b wire.PracticalSheet) error {
	arranged, err := s.own(ctx, tx, node, rec, b)
	if err != nil {
		return err
	}
	before, err := db.All[Sheet](ctx, tx, revisionsSQL, b.Sitting, b.Candidate)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(before, func(o Sheet) bool { return o.ID == b.ID }) {
		return nil // in twice, or late
	}
	if err := follows(before, b.Revision); err != nil {
		return err
	}
	scheme, err := db.Row[Standard](ctx, tx, schemeSQL, arranged.Scheme)
	if err != nil {
		return err
	}
	admitted, err := db.Value[bool](ctx, tx, admittedSQL, b.Sitting, b.Candidate)
	if err != nil {
		return err
	}
	sh := Sheet{
		ID: b.ID, Sitting: b.Sitting, Candidate: b.Candidate, Scheme: arranged.Scheme, Revision: b.Revision, Items: b.Items, Remark: b.Remark,
		VenueScore: small(b.Score), Examiners: b.Examiners, Node: node, SignedAt: rec.At.Truncate(time.Microsecond), ReceivedAt: s.clock.Now(),
		State: Submitted,
	}
	sh.fill()
	intact := s.keys.CheckRowMAC(arranged.MAC, arranged.parts()...) && s.keys.CheckRowMAC(scheme.MAC, scheme.parts()...)
	sh.examine(&scheme.Scheme, b.Passed, admitted, intact && b.Scheme == arranged.Scheme)
	sh.MAC = s.keys.RowMAC(sh.parts()...)
	return insertSheet(ctx, tx, sh)
}

// fill has a list wherever a venue sent none.
func (s *Sheet) fill() {
	if s.Items == nil {
		s.Items = []scoring.Scored{}
	}
	for i := range s.Items {
		if s.Items[i].Marks == nil {
			s.Items[i].Marks = []scoring.Mark{}
		}
	}
	if s.Examiners == nil {
		s.Examiners = []string{}
	}
}

// small keeps a lying venue's number within what the database holds; it differs
// from ours all the same.
func small(p exam.Points) exam.Points { return min(max(p, math.MinInt32), math.MaxInt32) }

// own refuses a sheet of a sitting that this venue does not hold, that holds no
// practical exam, or of somebody who is not in it.
func (s *Service) own(ctx context.Context, tx pgx.Tx, node string, rec journal.Record, b wire.PracticalSheet) (Arrangement, error) {
	if rec.Subject != b.Sitting || b.ID == "" {
		return Arrangement{}, fault.New(fault.Invalid, "exam.record.subject", "上报记录的主题与内容不是同一个场次")
	}
	venue, err := s.sittings.Nodes.VenueOf(ctx, tx, node)
	if err != nil {
		return Arrangement{}, err
	}
	a, found, err := db.Maybe[Arrangement](ctx, tx, arrangementSQL, b.Sitting)
	switch {
	case err != nil:
		return a, err
	case !found:
		return a, s.unarranged(ctx, tx, venue, b.Sitting)
	case a.Venue != venue:
		return a, errVenue
	}
	booked, err := db.Value[bool](ctx, tx, bookedSQL, b.Sitting, b.Candidate)
	if err == nil && !booked {
		err = fault.New(fault.Invalid, "exam.practical.sheet.candidate", "评分表上的考生不在该场次名单中")
	}
	return a, err
}

var errVenue = fault.New(fault.Forbidden, "exam.record.venue", "上报记录的场次不存在或不属于该考场")

// unarranged tells a foreign sitting from one without a practical exam.
func (s *Service) unarranged(ctx context.Context, tx pgx.Tx, venue, id string) error {
	holder, err := db.Value[string](ctx, tx, venueOfSQL, id)
	if fault.Is(err, "record.missing") || err == nil && holder != venue {
		return errVenue
	}
	if err != nil {
		return err
	}
	return fault.New(fault.Invalid, "exam.practical.sheet.unarranged", "该场次没有安排应会考试")
}

// follows refuses a revision that is not the next one after a rejection: what
// the centre has decided about stands.
func follows(before []Sheet, revision int) error {
	want := 1
	if len(before) > 0 {
		want = before[0].Revision + 1
		if before[0].State != Rejected {
			want = 0
		}
	}
	if revision == want {
		return nil
	}
	return fault.New(fault.Conflict, "exam.practical.sheet.revision", "同一考生已有评分表且未被退回，或版次不连续；请核对考场设备是否恢复过旧数据")
}
