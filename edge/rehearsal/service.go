package rehearsal

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// Line is the uplink's switch.
type Line interface {
	Cut(off bool)
	IsCut() bool
}

// Needs are what the service is built from.
type Needs struct {
	Store     *store.Store
	Exam      *exam.Service
	Attempts  *attempt.Service
	Seating   *seating.Service
	Supervise *supervise.Service
	Pulse     *supervise.Pulse
	Audit     *audit.Trail
	Bell      *bell.Bell
	Clock     clock.Clock
	Log       *slog.Logger
	Link      func() supervise.Link
	Line      Line   // nil: no button, the cable has to be pulled
	Dir       string // where the ledger lies
	Venue     string
	Version   string
}

// Service carries out the use cases of a rehearsal. At most one runs.
type Service struct {
	Needs
	boot string // this run of the edge

	mu     sync.Mutex
	cur    *Drill
	kept   string // cur as it was stored last
	ledger *ledger
	before map[string]still // who was writing when the last run ended
	began  time.Duration    // monotonic: when this run took the drill up
	online bool             // the centre has been there in this run
	cutAt  time.Duration    // monotonic: when the button was pressed
	recent []stamp
}

// stamp is one answer of the last minutes: a lost line is noticed late.
type stamp struct {
	at       time.Duration
	terminal string
}

// New builds the service and takes up the drill that was going on when the last
// run ended: that is a restart, and here is where it is judged. The attempts
// have been taken up before.
func New(n Needs) (*Service, error) {
	raw := make([]byte, 8)
	_, _ = rand.Read(raw) // never fails
	s := &Service{Needs: n, boot: hex.EncodeToString(raw), began: n.Clock.Mono()}
	n.Attempts.Witness = s.witness
	var open *Drill
	err := n.Store.View(func(r store.Reader) error {
		all, err := List(r)
		if err == nil && len(all) > 0 && !all[0].Over() {
			open = &all[0]
		}
		return err
	})
	if err != nil || open == nil {
		return s, err
	}
	s.cur = open
	s.takeLedger()
	return s, s.restarted()
}

func (s *Service) path(id string) string { return filepath.Join(s.Dir, id+".ledger") }

// takeLedger opens the ledger of the current drill. Without one the drill goes
// on, and the restart cannot be passed.
func (s *Service) takeLedger() {
	l, err := openLedger(s.path(s.cur.ID))
	if err != nil {
		s.Log.Error("rehearsal: no ledger", slog.Any("error", err))
		l = &ledger{acked: map[slot]ack{}, heard: map[string]int{}, at: map[seatOf]int{}, fault: err}
	}
	s.ledger = l
}

// Begin starts a rehearsal in which so many terminals have to take part. It
// fails with exam.rehearsal.terminals, exam.rehearsal.machines and
// exam.rehearsal.busy.
func (s *Service) Begin(ctx context.Context, need int) (Drill, error) {
	if need < 1 || need > exam.RehearsalLimit {
		return Drill{}, fault.Invalidf("exam.rehearsal.terminals", "参加演练的考试机须为 1 至 %d 台", exam.RehearsalLimit)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur != nil {
		return Drill{}, fault.Preconditionf("exam.rehearsal.busy", "已有一次演练正在进行，请先完成或中止它")
	}
	d := Drill{ID: wire.RehearsalPrefix + exam.NewID(), By: audit.Who(ctx), Need: need, Seats: map[string]Seat{}}
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		paired, err := seating.Terminals(tx)
		if err != nil {
			return err
		}
		if len(paired) < need+1 {
			return fault.Preconditionf("exam.rehearsal.machines",
				"已配对 %d 台考试机；%d 台参加演练，另需 1 台备用于换机，请先在“考试机”页面配对", len(paired), need)
		}
		st, err := exam.Rehearse(tx, d.ID, s.Venue, slices.Sorted(maps.Keys(paired)))
		if err != nil {
			return err
		}
		if err := s.Seating.AdmitAll(ctx, tx, st); err != nil {
			return err
		}
		d.Started, d.From = tx.Now(), tx.Head(journal.LaneExam).Seq
		if err := store.Save(tx, bucket, d.ID, d); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "exam.rehearsal.begin", d.ID, "")
	})
	if err != nil {
		return Drill{}, err
	}
	s.cur, s.kept, s.online, s.recent, s.before = &d, "", false, nil, nil
	s.takeLedger()
	s.Exam.Look(ctx) // the questions, at once
	s.Bell.RingAll()
	return d, nil
}

// Current is the id of the rehearsal that runs; empty when none does.
func (s *Service) Current() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur == nil {
		return ""
	}
	return s.cur.ID
}

// running fails with exam.rehearsal.over unless id is the one that runs.
func (s *Service) running(id string) error {
	if s.cur != nil && s.cur.ID == id {
		return nil
	}
	return cmp.Or(s.Store.View(func(r store.Reader) error { _, err := Get(r, id); return err }),
		error(fault.Preconditionf("exam.rehearsal.over", "这次演练已经结束，请查看报告")))
}

// Cut lets go of the line to the centre, or takes it again. It fails with
// exam.rehearsal.over and exam.rehearsal.line.
func (s *Service) Cut(ctx context.Context, id string, off bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.running(id); err != nil {
		return err
	}
	if s.Line == nil || off && !s.Link().Connected {
		return fault.Preconditionf("exam.rehearsal.line", "线路此刻没有连接，不能用按钮断开；请先恢复与中心的连接")
	}
	detail := "恢复线路"
	if off {
		detail = "断开线路"
	}
	err := s.Store.Update(ctx, func(tx *store.Tx) error { return s.Audit.Record(ctx, tx, "exam.rehearsal.cut", id, detail) })
	if err != nil {
		return err
	}
	s.online, s.cutAt = s.online || off, s.Clock.Mono()
	s.Line.Cut(off)
	return nil
}

// Move takes somebody of the rehearsal to another machine, the way a proctor
// does in an exam. Faults are those of seating.Move, and exam.rehearsal.over.
func (s *Service) Move(ctx context.Context, id, attempt, from, to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.running(id); err != nil {
		return err
	}
	s.observe(ctx) // where they sit now, before they do not any more
	return s.Seating.Move(ctx, id, attempt, from, to, "演练换机")
}

// witness writes down what was acknowledged, before the receipt goes out.
func (s *Service) witness(ss attempt.Session, in []attempt.Save, saved []attempt.Saved) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur == nil || s.cur.ID != ss.Sitting {
		return
	}
	n := line{At: s.Clock.Now().UnixMilli(), Boot: s.boot}
	for i, v := range saved {
		if v.Code == "" && !v.Stale && v.Revision == in[i].Revision {
			choice := slices.Sorted(slices.Values(in[i].Choice))
			n.Acks = append(n.Acks, ack{Attempt: ss.Attempt, Terminal: ss.Terminal, Item: v.Item, Revision: v.Revision, Choice: choice})
		}
	}
	if len(n.Acks) == 0 {
		return
	}
	s.ledger.write(n, false)
	now := s.Clock.Mono()
	s.recent = append(s.recent, stamp{now, ss.Terminal})
	if o := s.cur.Outage; o != nil && o.Open {
		o.answer(now, ss.Terminal)
	}
}

func (o *Outage) answer(at time.Duration, terminal string) {
	o.Answers++
	o.LastMS = max(o.LastMS, (at - o.began).Milliseconds())
	if !slices.Contains(o.Terminals, terminal) {
		o.Terminals = append(o.Terminals, terminal)
	}
}

// every is how often the drill is looked at, and how much of a ledger's tail a
// power cut may take.
const every = time.Second

// Run looks until ctx ends, and writes down when that was.
func (s *Service) Run(ctx context.Context) error {
	t := s.Clock.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.cur != nil {
				s.observe(context.WithoutCancel(ctx))
			}
			return nil
		case <-t.C():
			s.Look(ctx)
		}
	}
}

// Finish hands everybody in, counts, and reports. It fails with
// exam.rehearsal.over.
func (s *Service) Finish(ctx context.Context, id string) (Drill, error) { return s.stop(ctx, id, "") }

// Abort is Finish with a reason why there is nothing to pass. It fails with
// exam.rehearsal.reason and exam.rehearsal.over.
func (s *Service) Abort(ctx context.Context, id, reason string) (Drill, error) {
	if reason == "" {
		return Drill{}, fault.Invalidf("exam.rehearsal.reason", "请填写中止演练的原因")
	}
	return s.stop(ctx, id, reason)
}

func (s *Service) stop(ctx context.Context, id, aborted string) (Drill, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.running(id); err != nil {
		return Drill{}, err
	}
	return s.end(ctx, aborted)
}

// discard removes the ledger of a drill that is over: its sums are kept.
func (s *Service) discard(id string) {
	if s.ledger.file != nil {
		if err := s.ledger.close(); err != nil {
			s.Log.Warn("rehearsal: ledger", slog.Any("error", err))
		}
	}
	_ = os.Remove(s.path(id)) // what stays is never read again
}
