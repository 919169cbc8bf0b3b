package attempt

import (
	"context"
	"log/slog"
	"strings"

	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// HandInByCandidate ends an attempt at the candidate's wish. Unanswered is what
// the terminal counts: a different count here means that answers are still on
// their way, and the hand-in is refused so that none is lost. The same request
// again gets the same result. It fails with exam.handin.unanswered,
// exam.handin.early, exam.attempt.handin.state and the faults of a write.
func (s *Service) HandInByCandidate(ctx context.Context, t Ticket, unanswered int) (Handin, error) {
	s.Heard(ctx, t.Session)
	var out Handin
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		_, p, err := s.admit(tx, t)
		if err != nil {
			return err
		}
		a, err := Get(tx, t.Session.Attempt)
		if err != nil {
			return err
		}
		if a.State == Handed && t.Counter == p.Counter {
			out = *a.Handin
			return nil
		}
		used := s.used(a.ID, p)
		if a.State == Running && used < a.Early {
			left := (a.Early - used).Minutes()
			return fault.Preconditionf("exam.handin.early", "还需 %d 分钟才能交卷", int(left)+1)
		}
		answers, err := Answers(tx, a.ID)
		if err != nil {
			return err
		}
		if have := a.Questions - countAnswered(answers); a.State == Running && have != unanswered {
			return fault.Conflictf("exam.handin.unanswered", "考场服务器上还有 %d 题未作答，与本机显示不一致，请等待作答保存后再交卷", have)
		}
		p.Counter, p.Hash = t.Counter, t.Hash
		out, err = s.handIn(tx, &a, &p, answers, Handin{How: ByCandidate})
		return err
	})
	if err != nil {
		return Handin{}, s.refused(ctx, t, err)
	}
	s.ended(t.Session.Attempt)
	return out, nil
}

// HandInByProctor ends an attempt on a proctor's word. It fails with
// exam.attempt.reason and exam.attempt.handin.state.
func (s *Service) HandInByProctor(ctx context.Context, sitting, id, reason string) (Handin, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return Handin{}, errReason
	}
	return s.handInNow(ctx, sitting, id, Handin{How: ByProctor, By: audit.Who(ctx), Reason: reason})
}

// handInNow hands in whatever is here.
func (s *Service) handInNow(ctx context.Context, sitting, id string, h Handin) (Handin, error) {
	var out Handin
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		a, err := Get(tx, id)
		if err != nil {
			return err
		}
		if a.Sitting != sitting {
			return errElsewhere
		}
		p, err := progress(tx, id)
		if err != nil {
			return err
		}
		answers, err := Answers(tx, id)
		if err != nil {
			return err
		}
		out, err = s.handIn(tx, &a, &p, answers, h)
		if err != nil || h.How != ByProctor {
			return err
		}
		return s.Audit.Record(ctx, tx, "exam.attempt.handin", id, h.Reason)
	})
	if err == nil {
		s.ended(id)
	}
	return out, err
}

// handIn ends an attempt in the caller's transaction: state, score, journal.
func (s *Service) handIn(tx *store.Tx, a *Attempt, p *Progress, answers map[string]Answer, h Handin) (Handin, error) {
	if err := a.Do(HandIn); err != nil {
		return Handin{}, err
	}
	sheet, err := s.sheetIn(tx, a.ID)
	if err != nil {
		return Handin{}, err
	}
	final := inOrder(sheet, answers)
	h.At, h.Used = tx.Now(), min(s.used(a.ID, *p), a.Allowed)
	h.Answered, h.Digest = countAnswered(answers), pexam.AnswersDigest(final).String()
	h.Score = Unscored
	res, err := s.Papers.Score(a.Sitting, a.Candidate, final)
	if err == nil {
		h.Score, h.Full, h.Passed = int(res.Total), int(res.Full), res.Passed
	} else {
		// The hand-in counts without a score of ours: the centre rescores
		// every answer anyway.
		s.Log.Error("hand-in not scored here", slog.String("attempt", a.ID), slog.Any("error", err))
	}
	h.Record, err = tx.Append(journal.LaneExam, wire.KindHandin, a.Sitting, wire.Handin{
		Sitting: a.Sitting, Attempt: a.ID, How: h.How, By: h.By, Reason: h.Reason, Answered: h.Answered,
		Answers: h.Digest, Score: h.Score, Used: h.Used,
	})
	if err != nil {
		return Handin{}, err
	}
	p.Elapsed = s.used(a.ID, *p).Milliseconds()
	a.Handin, a.Paused = &h, false
	if err := store.Save(tx, progressBucket, a.ID, *p); err != nil {
		return Handin{}, err
	}
	return h, Put(tx, *a)
}

// inOrder lists the answers in the order of the paper's items; an item without
// an answer is left out.
func inOrder(sheet *Sheet, answers map[string]Answer) []pexam.Response {
	out := make([]pexam.Response, 0, len(answers))
	for _, slot := range sheet.Slots {
		if a, ok := answers[slot.No]; ok {
			out = append(out, pexam.Response{Item: a.Item, Revision: a.Revision, Choice: a.Choice})
		}
	}
	return out
}

func countAnswered(answers map[string]Answer) int {
	n := 0
	for _, a := range answers {
		if len(a.Choice) > 0 {
			n++
		}
	}
	return n
}

// ended stops the clock of an attempt whose end is durable.
func (s *Service) ended(id string) {
	s.meters.drop(id)
	s.bells(id)
}
