package exam

import (
	"context"
	"strings"

	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// Opening is a proctor's wish to hold a sitting.
type Opening struct {
	Request  string   // id made by the console; a repeat is the same request
	Proctors []string // names on duty
	Note     string
}

// RequestOpening asks the centre to let the venue hold a sitting, with the
// venue's self-check of this moment. It fails with exam.opening.proctors and
// exam.sitting.request.state; the same request id again changes nothing.
func (s *Service) RequestOpening(ctx context.Context, sitting string, in Opening) error {
	duty := trimmed(in.Proctors)
	if len(duty) == 0 {
		return fault.Invalidf("exam.opening.proctors", "请填写至少一名在岗监考员")
	}
	st, err := s.Sitting(sitting)
	if err != nil {
		return err
	}
	checks := s.probe(ctx, st)
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		st, err := Get(tx, sitting)
		if err != nil {
			return err
		}
		if in.Request == "" {
			in.Request = NewID()
		} else if tx.Get(requestBucket, in.Request) != nil {
			return nil
		}
		if err := st.Do(Request); err != nil {
			return err
		}
		st.Request, st.Proctors, st.Note, st.Reason, st.Condition = in.Request, duty, in.Note, "", ""
		st.Asked = Preflight{At: tx.Now(), Green: len(failed(checks)) == 0, Checks: checks}
		if err := Put(tx, st); err != nil {
			return err
		}
		tx.Put(requestBucket, in.Request, []byte(sitting))
		_, err = tx.Append(journal.LaneExam, wire.KindOpeningRequested, sitting, wire.OpeningRequested{
			Request: in.Request, Sitting: sitting, By: audit.Who(ctx), Proctors: duty, Note: in.Note, Checks: checks,
		})
		if err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "exam.opening.request", sitting, strings.Join(duty, "、"))
	})
	s.kick()
	return err
}

func trimmed(in []string) []string {
	out := []string{}
	for _, v := range in {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// Sitting loads one sitting.
func (s *Service) Sitting(id string) (Sitting, error) {
	var st Sitting
	err := s.Store.View(func(r store.Reader) (err error) {
		st, err = Get(r, id)
		return err
	})
	return st, err
}

// Change alters a sitting in a transaction, records the act and wakes those
// who watch. Other packages use it for the venue's own verbs.
func (s *Service) Change(ctx context.Context, id, action, detail string, do func(tx *store.Tx, st *Sitting) error) error {
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		st, err := Get(tx, id)
		if err != nil {
			return err
		}
		if err := do(tx, &st); err != nil {
			return err
		}
		if err := Put(tx, st); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, action, id, detail)
	})
	s.kick()
	return err
}
