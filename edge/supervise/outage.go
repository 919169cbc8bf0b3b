package supervise

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/journal"
)

const outageBucket = "supervise_outage" // moment of the new start → Outage

// Outage is a time at which the venue's server did not run. It stands in the
// closing of a sitting that it fell into, signed by people who were there.
type Outage struct {
	Last  time.Time `json:"last" doc:"停机前最后一条记录的时间"`
	At    time.Time `json:"at" doc:"重新启动的时间"`
	Clean bool      `json:"clean" doc:"是正常停止的；否则是断电或被中断"`
}

// Exempted is a check before the exam that did not pass and was let pass.
type Exempted struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Began notes a start of the venue's server in its audit, and since when it had
// not run. The first start of all ends no outage.
func (s *Service) Began(ctx context.Context) error {
	last, first := s.lastRecord(ctx)
	o := Outage{Last: last, Clean: s.Store.Health().WasClean}
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		if first {
			return s.Audit.Record(ctx, tx, "supervise.server.start", "server", "首次启动")
		}
		o.At = tx.Now()
		if err := store.Save(tx, outageBucket, o.At.UTC().Format(time.RFC3339Nano), o); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "supervise.server.start", "server", o.words())
	})
	s.Bell.Ring(bell.Board)
	return err
}

func (o Outage) words() string {
	out := "上次没有正常停止（断电或被中断）"
	if o.Clean {
		out = "上次正常停止"
	}
	if !o.Last.IsZero() {
		out += "，停机前最后一条记录 " + clock.Text(o.Last)
	}
	return out
}

// lastRecord is when the venue last wrote anything down, and whether it never
// has. A record that cannot be read must not keep a venue from starting.
func (s *Service) lastRecord(ctx context.Context) (last time.Time, first bool) {
	first = true
	for _, lane := range journal.Lanes() {
		j := s.Store.Journal(lane)
		head, err := j.Head()
		var list []journal.Record
		if err == nil && head.Seq > 0 {
			first = false
			list, err = j.Read(head.Seq, 1, 1)
		}
		if err != nil {
			first = false
			s.Log.WarnContext(ctx, "last record not read", slog.String("lane", lane), slog.Any("error", err))
		}
		for _, r := range list {
			if r.At.After(last) {
				last = r.At
			}
		}
	}
	return last, first
}

// outages are those that fell into a sitting: since its questions could be read.
func outages(r store.Reader, st exam.Sitting) ([]Outage, error) {
	out := []Outage{}
	if st.OpenedAt.IsZero() {
		return out, nil
	}
	all, err := store.All[Outage](r, outageBucket, "")
	for _, o := range all {
		if o.At.After(st.OpenedAt) && (st.ClosedAt.IsZero() || o.At.Before(st.ClosedAt)) {
			out = append(out, o)
		}
	}
	return out, err
}

// exempted are the checks of the last preflight that were let pass.
func exempted(st exam.Sitting) []Exempted {
	out := []Exempted{}
	for _, c := range st.Preflight.Checks {
		if c.Waived != "" {
			out = append(out, Exempted{Name: c.Name, Reason: strings.TrimSpace(c.Waived)})
		}
	}
	return out
}
