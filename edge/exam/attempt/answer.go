package attempt

import (
	"cmp"
	"context"
	"slices"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// MaxBatch is how many answers one request may bring: a terminal's whole
// backlog after an outage fits in a few.
const MaxBatch = 200

// Save is one answer as a terminal sends it.
type Save struct {
	Item     string   `json:"item"`
	Revision uint64   `json:"revision"`
	Choice   []string `json:"choice"`
}

// Ticket is what made a request the terminal's own: its session, the counter
// of its requests, and the hash that its MAC covers. The audience has checked
// the MAC already.
type Ticket struct {
	Session Session
	Counter uint64
	Hash    string
}

// Saved is the receipt for one answer: it is durable here.
type Saved struct {
	Item     string `json:"item"`
	Revision uint64 `json:"revision"`        // the one that counts now
	Stale    bool   `json:"stale,omitempty"` // an older revision than the one here: no effect
	Code     string `json:"code,omitempty"`  // fault code when this answer of a batch was refused
	Text     string `json:"text,omitempty"`
}

// Receipt answers a save.
type Receipt struct {
	Saved     []Saved `json:"saved"`
	Remaining int64   `json:"remaining_ms"`
	Counter   uint64  `json:"counter"`
}

// Save makes answers durable and returns their receipt. Everything is checked
// and written in one transaction; when it returns, the answers survive any
// crash. A request that was already carried out (same counter, same hash) gets
// the same receipt again. A single answer that is refused fails the request;
// within a batch it is refused in its line, and the others are kept.
//
// Faults: exam.session.fenced (the candidate sits elsewhere now),
// exam.session.replay, exam.attempt.save.state, exam.attempt.paused,
// exam.attempt.time, exam.answer.item|choice|revision|conflict|batch.
func (s *Service) Save(ctx context.Context, t Ticket, in []Save) (Receipt, error) {
	if len(in) == 0 || len(in) > MaxBatch {
		return Receipt{}, fault.Invalidf("exam.answer.batch", "一次最多保存 %d 题", MaxBatch)
	}
	s.Heard(ctx, t.Session)
	sheet, err := s.sheet(t.Session.Attempt)
	if err != nil {
		return Receipt{}, err
	}
	var rec Receipt
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		g, p, err := s.admit(tx, t)
		if err != nil {
			return err
		}
		id := t.Session.Attempt
		used := s.used(id, p)
		again := t.Counter == p.Counter
		if !again {
			if err := s.writable(tx, g, used); err != nil {
				return err
			}
		}
		w := writer{tx: tx, g: g, p: &p, t: t, used: used, sheet: sheet, single: len(in) == 1, again: again}
		rec, err = w.all(in)
		if err != nil || again {
			return err
		}
		p.Counter, p.Hash, p.Elapsed = t.Counter, t.Hash, used.Milliseconds()
		return store.Save(tx, progressBucket, id, p)
	})
	if err != nil {
		return Receipt{}, s.refused(ctx, t, err)
	}
	if s.Witness != nil && wire.Rehearsed(t.Session.Sitting) {
		s.Witness(t.Session, in, rec.Saved)
	}
	return rec, nil
}

// admit loads what a write needs and checks that this session may write and
// that the request is new, or exactly the last one again.
func (s *Service) admit(tx *store.Tx, t Ticket) (gate, Progress, error) {
	g, err := loadGate(tx, t.Session.Attempt)
	if err != nil {
		return g, Progress{}, err
	}
	if g.session != t.Session.ID || g.fence != t.Session.Fence {
		a, err := Get(tx, t.Session.Attempt)
		return g, Progress{}, cmp.Or(err, t.Session.holds(a), errFenced)
	}
	p, err := progress(tx, t.Session.Attempt)
	if err != nil {
		return g, p, err
	}
	switch {
	case t.Counter > p.Counter && t.Counter-p.Counter <= maxLeap:
		return g, p, nil
	case t.Counter == p.Counter && t.Hash == p.Hash && t.Counter > 0:
		return g, p, nil
	}
	return g, p, fault.Conflictf("exam.session.replay", "请求重复或次序不对，考试机会自动重新发送")
}

// writable checks that an answer may be taken now.
func (s *Service) writable(r store.Reader, g gate, used time.Duration) error {
	if err := g.state.allows(Write); err != nil {
		return err
	}
	if g.paused {
		return fault.Preconditionf("exam.attempt.paused", "考试已暂停，恢复后请继续作答")
	}
	if err := s.live(r, g.sitting); err != nil {
		return err
	}
	if used >= g.allowed+grace {
		return fault.Preconditionf("exam.attempt.time", "考试时间已到，不能再作答")
	}
	return nil
}

// writer puts the answers of one request.
type writer struct {
	tx     *store.Tx
	g      gate
	p      *Progress
	t      Ticket
	used   time.Duration
	sheet  *Sheet
	single bool
	again  bool
}

func (w *writer) all(in []Save) (Receipt, error) {
	rec := Receipt{Saved: make([]Saved, 0, len(in)), Counter: w.t.Counter}
	rec.Remaining = max(w.g.allowed-w.used, 0).Milliseconds()
	for _, one := range in {
		saved, err := w.one(one)
		if err != nil {
			f := fault.From(err)
			if w.single || f.Kind == fault.Internal || f.Kind == fault.Unavailable {
				return rec, err
			}
			saved = Saved{Item: one.Item, Revision: one.Revision, Code: f.Code, Text: f.Text}
		}
		rec.Saved = append(rec.Saved, saved)
	}
	return rec, nil
}

func filled(choice []string) int { return min(len(choice), 1) }

func (w *writer) one(in Save) (Saved, error) {
	slot, ok := w.sheet.Slot(in.Item)
	if !ok {
		return Saved{}, fault.Invalidf("exam.answer.item", "试卷中没有这道题，请刷新页面")
	}
	choice, err := slot.Check(in.Choice)
	if err != nil {
		return Saved{}, err
	}
	key := w.t.Session.Attempt + "/" + in.Item
	have, _, err := store.Load[Answer](w.tx, answerBucket, key)
	if err != nil {
		return Saved{}, err
	}
	what, err := weigh(have, in.Revision, choice)
	if err != nil {
		return Saved{}, err
	}
	if what != newer || w.again {
		return Saved{Item: in.Item, Revision: have.Revision, Stale: what == stale}, nil
	}
	if err := store.Save(w.tx, answerBucket, key, Answer{Item: in.Item, Revision: in.Revision, Choice: choice}); err != nil {
		return Saved{}, err
	}
	_, err = w.tx.Append(journal.LaneExam, wire.KindAnswer, w.g.sitting, wire.Answer{
		Sitting: w.g.sitting, Attempt: w.t.Session.Attempt, Item: in.Item, Revision: in.Revision, Choice: slices.Clone(choice),
		Fence: w.g.fence, Counter: w.t.Counter, Elapsed: w.used.Milliseconds(),
	})
	w.p.Records++
	w.p.Filled += filled(choice) - filled(have.Choice)
	return Saved{Item: in.Item, Revision: in.Revision}, err
}
