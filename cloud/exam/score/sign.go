package score

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

// parts are what a score's MAC covers.
func (c *Score) parts() [][]byte {
	items, _ := json.Marshal(c.Items) // strings, booleans and integers: cannot fail
	text := fmt.Sprintf("%d %d %d %t %d %t %t %t", c.Score, c.Full, c.Pass, c.Passed, c.Answered, c.PaperOK, c.AnswersOK, c.ScoreOK)
	return [][]byte{
		[]byte("exam_score"), []byte(c.Sitting), []byte(c.Attempt), []byte(c.Candidate), []byte(text), []byte(c.Voided), []byte(c.Outcome),
		[]byte(c.Identity), []byte(c.Difference), items,
	}
}

func (s *Service) roundMAC(r Round) []byte { return s.keys.RowMAC(r.parts()...) }

func (r *Round) parts() [][]byte {
	text := func(p *string) []byte {
		if p == nil {
			return nil
		}
		return []byte(*p)
	}
	basis, _ := json.Marshal(r.Basis) // integers: cannot fail
	return [][]byte{
		[]byte("exam_score_round"), []byte(r.Sitting), stamp(&r.RunAt), []byte(strconv.Itoa(r.Attempts)), []byte(strconv.Itoa(r.Differences)),
		text(r.ConfirmedBy), stamp(r.ConfirmedAt), []byte(r.Waiver), text(r.PublishedBy), stamp(r.PublishedAt), basis,
	}
}

// errTampered tells of a row that was changed behind the program's back.
var errTampered = fault.New(fault.Internal, "exam.score.tampered", "成绩数据被改动过，已停止发布，请立即联系安全管理员核查")

// sign locks a round, checks its MAC, lets do change it and signs it again.
func (s *Service) sign(ctx context.Context, perm, id string, do func(tx pgx.Tx, in *sitting.Sitting, r *Round) error) (Result, error) {
	var out Result
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		in, err := s.sittings.Locked(ctx, tx, perm, id)
		if err != nil {
			return err
		}
		r, found, err := db.Maybe[Round](ctx, tx, roundSQL, id)
		if err != nil {
			return err
		}
		if !found {
			return fault.New(fault.Precondition, "exam.score.none", "本场次还没有复算成绩，请先复算")
		}
		if !s.keys.CheckRowMAC(r.MAC, r.parts()...) {
			return errTampered
		}
		if err := do(tx, &in, &r); err != nil {
			return err
		}
		r.MAC = s.roundMAC(r)
		out = Result{State: in.State, Round: &r}
		return saveRound(ctx, tx, r)
	})
}

// Confirm is the first person's word for the results. Faults: exam.score.none,
// exam.score.late, exam.score.unruled,
// exam.score.confirm.done, .waiver, exam.score.tampered.
func (s *Service) Confirm(ctx context.Context, id, waiver string) (Result, error) {
	actor, err := auth.Require(ctx, PermConfirm)
	if err != nil {
		return Result{}, err
	}
	return s.sign(ctx, PermConfirm, id, func(tx pgx.Tx, _ *sitting.Sitting, r *Round) error {
		if err := s.settled(ctx, tx, *r); err != nil {
			return err
		}
		if err := r.confirm(actor.ID, actor.Name, waiver, s.clock.Now()); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermConfirm, id, map[string]any{"differences": r.Differences, "waiver": r.Waiver})
	})
}

// Publish is the second person's: scores become final and the venue is told.
// Faults: exam.score.none, .late, .unruled, exam.score.publish.unconfirmed, .self,
// exam.sitting.publish.state, exam.score.tampered.
func (s *Service) Publish(ctx context.Context, id string) (Result, error) {
	actor, err := auth.Require(ctx, PermPublish)
	if err != nil {
		return Result{}, err
	}
	return s.sign(ctx, PermPublish, id, func(tx pgx.Tx, in *sitting.Sitting, r *Round) error {
		if r.PublishedAt == nil { // else the state refuses it, in plainer words
			if err := s.settled(ctx, tx, *r); err != nil {
				return err
			}
		}
		if err := r.publish(actor.ID, actor.Name, s.clock.Now()); err != nil {
			return err
		}
		if err := s.sittings.Move(ctx, tx, in, sitting.VerbPublish); err != nil {
			return err
		}
		list, err := db.All[Score](ctx, tx, scoresSQL, id)
		if err != nil {
			return err
		}
		if len(list) != r.Attempts {
			return errTampered
		}
		order := wire.ResultPublished{Sitting: id, Scores: map[string]int{}, By: []string{r.ConfirmedName, r.PublishedName}}
		for i := range list {
			if !s.keys.CheckRowMAC(list[i].MAC, list[i].parts()...) {
				return errTampered
			}
			order.Scores[list[i].Attempt] = list[i].Score
		}
		if err := s.sittings.Order(ctx, tx, *in, wire.OrderResult, order); err != nil {
			return err
		}
		if err := s.credits.Settle(ctx, tx, id, "成绩更正后未通过"); err != nil {
			return err
		}
		err = s.sittings.Note(ctx, tx, id, sitting.Receipt{
			Kind: sitting.ReceiptPublished, Ref: r.PublishedAt.UTC().Format("20060102150405.000000"), OK: true, Who: actor.Name, At: s.clock.Now(),
			Text: fmt.Sprintf("成绩已发布：%s 确认，%s 发布", r.ConfirmedName, r.PublishedName),
		})
		if err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermPublish, id, map[string]any{"attempts": len(list), "confirmed_by": *r.ConfirmedBy})
	})
}
