package rehearsal

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
)

// Look does one round: what is to be seen is measured, and kept when it differs.
func (s *Service) Look(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur == nil {
		return
	}
	if why := s.mustStop(); why != "" {
		if _, err := s.end(audit.As(ctx, "system"), why); err != nil {
			s.Log.ErrorContext(ctx, "rehearsal not ended; trying again", slog.Any("error", err))
		}
		return
	}
	s.observe(ctx)
	s.line()
	s.heard()
	s.keep(ctx)
}

// mustStop is why a rehearsal may not go on: a real sitting never waits for one.
func (s *Service) mustStop() string {
	list, _ := s.Exam.Sittings() // a store that cannot be read stops more than this
	for _, st := range list {
		if st.Readable() {
			return "正式场次“" + st.Title + "”" + st.State.Name() + "，演练自动中止"
		}
	}
	if s.Clock.Now().Sub(s.cur.Started) > longest {
		return "超过 3 小时无人结束，演练自动中止"
	}
	return ""
}

// observe writes down where everybody stands, and finds logins and moves.
func (s *Service) observe(ctx context.Context) {
	d := s.cur
	n := line{At: s.Clock.Now().UnixMilli(), Boot: s.boot, Still: map[string]still{}}
	var moved []attempt.Attempt
	err := s.Store.View(func(r store.Reader) error {
		list, err := attempt.InSitting(r, d.ID)
		if err != nil {
			return err
		}
		for _, a := range list {
			if w := d.Swap; w != nil && w.Attempt == a.ID {
				w.Late = max(a.Refused-1, 0) // one of them is our own probe
			}
			if a.Terminal == "" {
				continue
			}
			now := Seat{Session: a.Session, Terminal: a.Terminal, Seat: a.Seat}
			if was, known := d.Seats[a.ID]; known && was.Terminal != now.Terminal {
				moved = append(moved, a)
				continue
			}
			d.Seats[a.ID] = now
			if a.State != attempt.Running {
				continue
			}
			used, _, _, err := s.Attempts.Progress(r, a.ID)
			if err != nil {
				return err
			}
			place, _, err := attempt.PlaceOf(r, a.ID)
			if err != nil {
				return err
			}
			n.Still[a.ID] = still{Session: a.Session, Terminal: a.Terminal, Used: used.Milliseconds(), Item: place.Item}
		}
		return nil
	})
	if err != nil {
		return // the store says so itself, everywhere
	}
	for _, a := range moved {
		s.swapped(ctx, a)
	}
	s.ledger.write(n, true)
	terminals, answers := s.ledger.counts()
	if d.Answers = answers; d.Swap == nil { // the spare one answers in the place of another
		d.Terminals = terminals
	}
	if w := d.Swap; w != nil {
		w.Went = w.Went || s.ledger.answeredAt(w.Attempt, w.Terminal)
	}
}

// swapped judges a candidate's login at another machine: the login they had is
// used once more, by us, and has to be refused.
func (s *Service) swapped(ctx context.Context, a attempt.Attempt) {
	was := s.cur.Seats[a.ID]
	w := &Swap{Attempt: a.ID, From: was.Seat, To: a.Seat, Fence: a.Fence, Terminal: a.Terminal}
	if now, _, err := s.Attempts.Session(a.Session); err == nil && !a.MovedAt.IsZero() {
		w.MS = now.CreatedAt.Sub(a.MovedAt).Milliseconds()
	}
	sheet, err := s.Attempts.Sheet(a.ID)
	if err == nil {
		var old attempt.Session
		if old, _, err = s.Attempts.Session(was.Session); err == nil {
			_, err = s.Attempts.Save(ctx, attempt.Ticket{Session: old, Counter: 1, Hash: "rehearsal"},
				[]attempt.Save{{Item: sheet.Slots[0].No, Revision: 1, Choice: []string{}}})
		}
	}
	if w.Fenced = fault.Is(err, "exam.session.fenced"); !w.Fenced {
		w.Refused = "没有被拒绝"
		if err != nil {
			w.Refused = fault.From(err).Text
		}
	}
	err = s.Store.View(func(r store.Reader) error {
		answers, err := attempt.Answers(r, a.ID)
		w.Kept = len(answers)
		return err
	})
	if err != nil {
		return // the next round tries again
	}
	s.cur.Swap = w
	s.cur.Seats[a.ID] = Seat{Session: a.Session, Terminal: a.Terminal, Seat: a.Seat}
}

// line follows the outage, if there is one.
func (s *Service) line() {
	up, now, o := s.Link(), s.Clock.Mono(), s.cur.Outage
	s.recent = slices.DeleteFunc(s.recent, func(v stamp) bool { return now-v.at > 2*time.Minute })
	open := o != nil && o.Open
	switch {
	case up.Connected && open:
		o.restored(now, s.Store)
	case up.Connected:
		s.online = true
		if o != nil && !o.Drained && !o.Broken {
			o.drain(now, s.Store)
		}
	case open:
		o.MS = (now - o.began).Milliseconds()
		o.still(now, s.Store)
		s.askStrip(o)
		if o.How == ByButton && now-o.began > longestCut {
			s.Line.Cut(false)
		}
	case s.online && (o == nil || o.missing(s.cur.Need) != ""):
		s.cur.Outage = s.lost(now, up.Down)
	}
}

// lost begins an outage, at the button or at the centre's last word: that a
// cable is out is noticed only after a while.
func (s *Service) lost(now, down time.Duration) *Outage {
	o := &Outage{How: ByCable, Open: true, began: now - down, Terminals: []string{}}
	if s.Line != nil && s.Line.IsCut() {
		o.How, o.began = ByButton, s.cutAt
	}
	o.MS = (now - o.began).Milliseconds()
	o.From = s.Clock.Now().Add(o.began - now).UTC()
	for _, v := range s.recent {
		if v.at > o.began {
			o.answer(v.at, v.terminal)
		}
	}
	return o
}

// askStrip compares what every page says with what the ledger knows: that the
// centre is away, and that at least the answers since then are waiting.
func (s *Service) askStrip(o *Outage) {
	said := s.Supervise.Strip()
	if !s.Link().Connected && (said.Connected || said.Total < uint64(max(o.Answers, 0))) { //nolint:gosec // not negative
		o.Lies++
	}
	o.Looks++
}

// still notes how far the centre had confirmed while the line was last seen
// down: a quick line has brought everything before anybody looks again.
func (o *Outage) still(now time.Duration, st *store.Store) {
	o.back, o.acked = now, map[string]uint64{}
	for _, lane := range journal.Lanes() {
		o.acked[lane] = st.Acked(lane).Seq
	}
}

// restored begins the drain, counted from when the line was last seen down.
func (o *Outage) restored(now time.Duration, st *store.Store) {
	if o.acked == nil {
		o.still(now, st)
	}
	o.Open, o.MS, o.heads = false, (now - o.began).Milliseconds(), map[string]uint64{}
	for _, lane := range journal.Lanes() {
		head, err := st.Journal(lane).Head()
		if err != nil {
			continue
		}
		o.heads[lane] = head.Seq
		o.Waiting += head.Seq - min(o.acked[lane], head.Seq)
	}
	o.drain(now, st)
}

// drain looks whether all that waited has been confirmed by the centre.
func (o *Outage) drain(now time.Duration, st *store.Store) {
	for lane, head := range o.heads {
		if st.Acked(lane).Seq < head {
			return
		}
	}
	o.Drained, o.DrainMS = true, (now - o.back).Milliseconds()
}

// heard counts who goes on after a restart under the login they had before.
func (s *Service) heard() {
	if len(s.before) == 0 || len(s.cur.Restarts) == 0 {
		return
	}
	r := &s.cur.Restarts[len(s.cur.Restarts)-1]
	_ = s.Store.View(func(rd store.Reader) error {
		for id, was := range s.before {
			a, err := attempt.Get(rd, id)
			if err != nil {
				return err
			}
			if _, _, up := s.Pulse.Look(was.Terminal); up && a.Session == was.Session {
				delete(s.before, id)
				r.Resumed++
				if r.Resumed == s.cur.Need {
					r.HeardMS = (s.Clock.Mono() - s.began).Milliseconds()
				}
			}
		}
		return nil
	})
}

// keep stores the drill when it differs from what is stored.
func (s *Service) keep(ctx context.Context) {
	raw, err := json.Marshal(s.cur)
	if err != nil || string(raw) == s.kept {
		return
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) error { return store.Save(tx, bucket, s.cur.ID, *s.cur) })
	if err != nil {
		s.Log.WarnContext(ctx, "rehearsal not kept; trying again", slog.Any("error", err))
		return
	}
	s.kept = string(raw)
	s.Bell.Ring(bell.Board)
}

// restarted compares what is here after a restart with what had been written
// down before it.
func (s *Service) restarted() error {
	d, l := s.cur, s.ledger
	if o := d.Outage; o != nil && (o.Open || !o.Drained) {
		o.Open, o.Broken = false, true
	}
	now := s.Clock.Now()
	r := Restart{At: now.UTC(), Clean: s.Store.Health().WasClean, Writing: len(l.still)}
	if err := l.broken(); err != nil || l.last.IsZero() {
		r.Fault = "演练台账缺失或无法写入"
	} else {
		r.GapMS = now.Sub(l.last).Milliseconds()
	}
	err := s.Store.View(func(rd store.Reader) (err error) {
		if r.Acked, r.Kept, err = compare(rd, l.acks()); err != nil {
			return err
		}
		for id, was := range l.still {
			used, _, _, err := s.Attempts.Progress(rd, id)
			if err != nil {
				return err
			}
			if back := was.Used - used.Milliseconds(); max(back, -back) > max(r.BackMS, -r.BackMS) {
				r.BackMS = back
			}
			if place, _, err := attempt.PlaceOf(rd, id); err != nil {
				return err
			} else if place.Item == was.Item {
				r.Placed++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.before = map[string]still{}
	for id, was := range l.still {
		s.before[id] = was
	}
	d.Restarts = append(d.Restarts, r)
	return nil
}

// compare says how many of the acknowledged answers are here, as they were
// acknowledged or succeeded by a later one.
func compare(r store.Reader, acks []ack) (acked, kept int, err error) {
	have := map[string]map[string]attempt.Answer{}
	for _, a := range acks {
		if have[a.Attempt] == nil {
			if have[a.Attempt], err = attempt.Answers(r, a.Attempt); err != nil {
				return 0, 0, err
			}
		}
		h, ok := have[a.Attempt][a.Item]
		if ok && (h.Revision > a.Revision || h.Revision == a.Revision && slices.Equal(h.Choice, a.Choice)) {
			kept++
		}
	}
	return len(acks), kept, nil
}
