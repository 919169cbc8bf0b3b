package rehearsal

import (
	"cmp"
	"context"
	"slices"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// end hands everybody in, counts what the journal and the store hold, closes the
// practice sitting and tells the centre how it went.
func (s *Service) end(ctx context.Context, aborted string) (Drill, error) {
	if s.Line != nil && s.Line.IsCut() {
		s.Line.Cut(false)
	}
	s.observe(ctx)
	s.line()
	d := *s.cur
	if err := s.handAllIn(ctx, d.ID); err != nil {
		return d, err
	}
	sum, err := s.count(d)
	if err != nil {
		return d, err
	}
	d.Sum, d.Aborted = &sum, aborted
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		d.Ended = tx.Now()
		if err := exam.EndRehearsal(tx, d.ID, d.Ended); err != nil {
			return err
		}
		if err := settle(tx, d.ID); err != nil {
			return err
		}
		if err := store.Save(tx, bucket, d.ID, d); err != nil {
			return err
		}
		if _, err := tx.Append(journal.LaneRest, wire.KindRehearsal, d.ID, d.Report(s.Version)); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "exam.rehearsal.end", d.ID, aborted)
	})
	if err != nil {
		return d, err
	}
	s.discard(d.ID)
	s.cur, s.ledger, s.before = nil, nil, nil
	s.Exam.Forget(d.ID)
	s.Bell.RingAll()
	return d, nil
}

func (s *Service) handAllIn(ctx context.Context, id string) error {
	var writing []attempt.Attempt
	err := s.Store.View(func(r store.Reader) (err error) {
		writing, err = attempt.InSitting(r, id)
		return err
	})
	for _, a := range writing {
		if err == nil && a.State == attempt.Running {
			_, err = s.Attempts.HandInByProctor(ctx, id, a.ID, "演练结束")
		}
	}
	return err
}

// settle acknowledges the alarms of a drill: nobody has to look at them now.
func settle(tx *store.Tx, id string) error {
	list, err := alarm.List(tx, id)
	for _, a := range list {
		if err == nil && a.Sitting == id && a.Open() {
			err = alarm.Acknowledge(tx, a.ID, alarm.System, "演练结束")
		}
	}
	return err
}

// told is what the journal says of one attempt.
type told struct {
	answers []pexam.Response
	handin  string
}

// count makes the answers of every attempt again out of the journal's records,
// which is what the centre would do, and compares them with the hand-ins.
func (s *Service) count(d Drill) (Sum, error) {
	sum := Sum{Differ: []string{}}
	records, journaled, err := s.journaled(d)
	if err != nil {
		return sum, err
	}
	sum.Journal = records
	err = s.Store.View(func(r store.Reader) (err error) {
		if sum.Acked, sum.Kept, err = compare(r, s.ledger.acks()); err != nil {
			return err
		}
		list, err := attempt.InSitting(r, d.ID)
		if err != nil {
			return err
		}
		for _, a := range list {
			_, _, n, err := s.Attempts.Progress(r, a.ID)
			if err != nil {
				return err
			}
			sum.Store += n
			if a.State == attempt.Waiting {
				continue
			}
			sum.Attempts++
			if a.Handin == nil {
				continue
			}
			sum.Handed++
			t := journaled[a.ID]
			if pexam.AnswersDigest(t.answers).String() != a.Handin.Digest || t.handin != a.Handin.Digest {
				sum.Differ = append(sum.Differ, a.Seat)
			}
		}
		slices.Sort(sum.Differ)
		return nil
	})
	return sum, err
}

// journaled reads the drill's records back, chain and all.
func (s *Service) journaled(d Drill) (answers int, out map[string]told, err error) {
	out = map[string]told{}
	lane := s.Store.Journal(journal.LaneExam)
	head, err := lane.Head()
	if err != nil {
		return 0, nil, err
	}
	for at := d.From + 1; at <= head.Seq; {
		recs, err := lane.Read(at, 500, 1<<20)
		if err != nil {
			return 0, nil, err
		}
		for _, rec := range recs {
			if rec.Subject != d.ID {
				continue
			}
			switch rec.Kind {
			case wire.KindAnswer:
				b, err := wire.Decode[wire.Answer](rec.Body)
				if err != nil {
					return 0, nil, err
				}
				answers++
				t := out[b.Attempt]
				t.answers = append(t.answers, pexam.Response{Item: b.Item, Revision: b.Revision, Choice: b.Choice})
				out[b.Attempt] = t
			case wire.KindHandin:
				b, err := wire.Decode[wire.Handin](rec.Body)
				if err != nil {
					return 0, nil, err
				}
				t := out[b.Attempt]
				t.handin = cmp.Or(t.handin, b.Answers)
				out[b.Attempt] = t
			}
		}
		at = recs[len(recs)-1].Seq + 1
	}
	return answers, out, nil
}
