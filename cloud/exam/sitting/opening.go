package sitting

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/wire"
)

// Decision is the centre's answer to an opening request.
type Decision struct {
	Approve   bool
	Reason    string
	Condition string // what the venue must still see to; an approval all the same
}

// Decided is the request after the decision. When the package could not be
// sent at once, Failure says why; the sitting then waits as approved.
type Decided struct {
	Opening Opening `json:"opening"`
	State   State   `json:"state"`
	Failure string  `json:"failure,omitempty"`
}

// Openings lists requests of the reader's venues.
func (s *Service) Openings(ctx context.Context, state, sitting string, page db.Page) (db.List[Opening], error) {
	actor, err := auth.Require(ctx, PermList)
	if err != nil {
		return db.List[Opening]{}, err
	}
	out, err := listOpenings(ctx, s.DB, actor.Scope, state, sitting, page)
	for i := range out.Items {
		out.Items[i].age(s.Clock.Now())
	}
	return out, err
}

// A request should be decided within half an hour, and an hour before the start
// at the latest: the package has still to go down and the preflight to run.
const (
	decideWithin = 30 * time.Minute
	decideBefore = time.Hour
)

// overtaken tells somebody whose decision comes second what the first one was.
func (o *Opening) overtaken() error {
	word := map[string]string{openingApproved: "通过", openingReturned: "退回"}[o.State]
	return fault.Newf(fault.Precondition, "exam.sitting.review.decided", "%s 的开考申请已由 %s %s，您这次的决定没有生效", o.Number, cmp.Or(o.DecidedName, "系统"), word)
}

func (o *Opening) age(now time.Time) {
	end := now
	if o.DecidedAt != nil {
		end = *o.DecidedAt
	}
	o.Waited = minutes(max(end.Sub(o.ReceivedAt), 0))
	o.Overdue = o.State == openingPending && (end.Sub(o.ReceivedAt) > decideWithin || o.StartsAt.Sub(now) < decideBefore)
}

// Decide approves or returns a request and tells the venue; an approval sends
// the sealed package at once. Faults: exam.sitting.approve.state,
// exam.sitting.return.state, exam.sitting.return.reason,
// exam.sitting.review.decided, those of confirmed.
func (s *Service) Decide(ctx context.Context, id string, d Decision) (Decided, error) {
	actor, err := auth.Require(ctx, PermReview)
	if err != nil {
		return Decided{}, err
	}
	if !d.Approve && strings.TrimSpace(d.Reason) == "" {
		return Decided{}, fault.New(fault.Invalid, "exam.sitting.return.reason", "退回申请须写明原因，考场会看到")
	}
	var out Decided
	err = s.DB.InTx(ctx, func(tx pgx.Tx) error {
		o, err := db.Row[Opening](ctx, tx, listOpeningSQL+` WHERE o.id = $1`, id)
		if err != nil {
			return err
		}
		// the sitting first: every writer locks in this order
		in, err := s.locked(ctx, tx, PermReview, o.Sitting)
		if err != nil {
			return err
		}
		if o, err = db.Row[Opening](ctx, tx, lockOpeningSQL, id); err != nil {
			return err
		}
		if o.State != openingPending {
			return o.overtaken()
		}
		if d.Approve {
			shut, err := s.Venues.Shut(ctx, tx, in.Venue)
			if err != nil {
				return err
			}
			if shut != "" {
				return fault.New(fault.Precondition, "exam.sitting.approve.venue", shut)
			}
			if err := s.confirmed(ctx, tx, in); err != nil {
				return err
			}
		}
		verb, state := VerbApprove, openingApproved
		if !d.Approve {
			verb, state = VerbReturn, openingReturned
		}
		if err := s.move(ctx, tx, &in, verb, d.Reason); err != nil {
			return err
		}
		if err := s.decide(ctx, tx, o, state, d, actor); err != nil {
			return err
		}
		if out.Opening, err = db.Row[Opening](ctx, tx, lockOpeningSQL, id); err != nil {
			return err
		}
		out.State = in.State
		out.Opening.age(s.Clock.Now())
		return s.Audit.Record(ctx, tx, "exam.sitting."+string(verb), in.ID, map[string]any{"request": id, "reason": d.Reason, "condition": d.Condition})
	})
	if err != nil || !d.Approve {
		return out, err
	}
	sent, err := s.dispatch(ctx, PermReview, out.Opening.Sitting)
	if err != nil {
		out.Failure = fault.From(err).Text
		return out, nil
	}
	out.State = sent.State
	return out, nil
}

func (s *Service) decide(ctx context.Context, tx pgx.Tx, o Opening, state string, d Decision, actor auth.Actor) error {
	now := s.Clock.Now()
	signed := approval{ID: o.ID, State: state, DecidedBy: actor.ID, DecidedAt: now}
	_, err := tx.Exec(ctx, decideSQL, o.ID, state, actor.ID, actor.Name, now, d.Reason, d.Condition, s.Keys.RowMAC(signed.parts()...))
	if err != nil {
		return fmt.Errorf("decide opening: %w", err)
	}
	text := "开考申请已通过"
	if state == openingReturned {
		text = "开考申请已退回：" + d.Reason
	} else if d.Condition != "" {
		text += "，附条件：" + d.Condition
	}
	err = s.note(ctx, tx, o.Sitting, Receipt{Kind: ReceiptDecided, Ref: o.Request, OK: state == openingApproved, Text: text, Who: actor.Name, At: now})
	if err != nil {
		return err
	}
	return s.answer(ctx, tx, o.Venue, wire.OpeningDecided{
		Request: o.Request, Sitting: o.Sitting, Approved: state == openingApproved, Reason: d.Reason, Condition: d.Condition, By: actor.Name,
	})
}

// approval is a decision as its MAC covers it: questions leave the centre on
// its strength, so an entry made behind the program's back must not do.
type approval struct {
	ID        string    `db:"id"`
	State     string    `db:"state"`
	DecidedBy string    `db:"decided_by"`
	DecidedAt time.Time `db:"decided_at"`
	MAC       []byte    `db:"mac"`
}

func (a *approval) parts() [][]byte {
	return [][]byte{
		[]byte("exam_opening"), []byte(a.ID), []byte(a.State), []byte(a.DecidedBy), []byte(keys.Stamp(a.DecidedAt)),
	}
}

// approved checks that a person approved the opening. Fault:
// exam.sitting.dispatch.tampered.
func (s *Service) approved(ctx context.Context, tx pgx.Tx, sitting string) error {
	a, found, err := db.Maybe[approval](ctx, tx, approvalSQL, sitting)
	if err != nil {
		return err
	}
	if !found || !s.Keys.CheckRowMAC(a.MAC, a.parts()...) {
		return fault.New(fault.Internal, "exam.sitting.dispatch.tampered", "开考审核记录缺失或被改动过，已停止下发考题，请立即联系安全管理员核查")
	}
	return nil
}

func (s *Service) answer(ctx context.Context, tx pgx.Tx, venue string, body wire.OpeningDecided) error {
	node, _, err := s.Nodes.NodeFor(ctx, tx, venue)
	if err != nil {
		return err
	}
	return s.Orders.Append(ctx, tx, node, journal.LaneExam, wire.OrderOpeningDecided, body.Sitting, body)
}

const maxRequest = 64

// ready says whether a venue that asks is ready but for the package, which is
// sent after the approval and cannot be there yet.
func ready(checks []wire.Check) bool {
	return !slices.ContainsFunc(checks, func(c wire.Check) bool { return !c.OK && c.Code != "pack" })
}

// request takes a venue's request to open. Where it cannot be reviewed it is
// returned by itself with the reason, so that the venue is never left waiting.
func (a *applier) request(ctx context.Context, rec journal.Record) error {
	b, err := wire.Decode[wire.OpeningRequested](rec.Body)
	if err != nil {
		return err
	}
	in, err := a.locked(ctx, rec, b.Sitting)
	if err != nil {
		return err
	}
	if n := len(b.Request); n == 0 || n > maxRequest || !person.Line(b.Request) {
		return fault.New(fault.Invalid, "exam.record.request", "开考申请的编号不正确，请升级考场程序后重新申请")
	}
	moved := in.position().Fact(VerbApply)
	state, reason := openingPending, ""
	if moved.State != Applying || in.State == Applying {
		state, reason = openingReturned, "场次当前为“"+StateName(in.State)+"”，不需要或不能申请开考"
	}
	shut, err := a.s.Venues.Shut(ctx, a.tx, in.Venue)
	if err != nil {
		return err
	}
	if state == openingPending && shut != "" {
		state, reason = openingReturned, shut
	}
	now := a.s.Clock.Now()
	decided := &now
	if state == openingPending {
		decided = nil
	}
	if b.Checks == nil {
		b.Checks = []wire.Check{}
	}
	if b.Proctors == nil {
		b.Proctors = []string{}
	}
	tag, err := a.tx.Exec(ctx, insertOpeningSQL, uuid.Must(uuid.NewV7()).String(), in.ID, b.Request, state, a.node, b.By, rec.At, now, b.Proctors, b.Note, b.Checks, reason, decided)
	if err != nil {
		return fmt.Errorf("insert opening: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil // the same request again
	}
	ok := ready(b.Checks)
	err = a.s.note(ctx, a.tx, in.ID, Receipt{
		Kind: ReceiptRequested, Ref: b.Request, OK: ok, Text: fmt.Sprintf("考场申请开考，监考 %d 人", len(b.Proctors)), Who: b.By, At: rec.At,
		Detail: map[string]any{"checks": b.Checks},
	})
	if err != nil {
		return err
	}
	if state == openingPending {
		return a.s.place(ctx, a.tx, in, moved, "")
	}
	return a.s.answer(ctx, a.tx, in.Venue, wire.OpeningDecided{Request: b.Request, Sitting: in.ID, Reason: reason, By: "系统"})
}
