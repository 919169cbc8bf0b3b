package app

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/proctor"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/uplink"
	"huyun.internal/protocol/wire"
)

// linkOf puts together what uplink, store and certificate say, for the strip.
func linkOf(u *uplink.Uplink, st *store.Store, until time.Time, now func() time.Time) supervise.Link {
	s, h := u.Status(), st.Health()
	out := supervise.Link{
		Connected: s.Connected, Transport: s.Transport, Since: -1, Unacked: map[string]uint64{}, Oldest: s.OldestAge,
		DiskFree: h.DiskFree, Reserve: reserve, CertUntil: until, Refused: s.Refused, Full: h.Full, Corrupt: h.Corrupt,
	}
	for lane, l := range s.Lanes {
		out.Unacked[lane] = l.Head - l.Acked
		if l.Halted != nil {
			out.Halted = l.Halted.Text
		}
	}
	if !s.LastAnswer.IsZero() {
		out.Since = now().Sub(s.LastAnswer)
	}
	if s.ClockKnown {
		out.Offset = &s.ClockOffset
	}
	switch {
	case h.State != "serving" && h.Fault != nil:
		out.Store = h.Fault.Text
	case h.State != "serving":
		out.Store = "存储未在工作"
	}
	if !s.Connected {
		out.Tried, _, _ = strings.Cut(s.LastError, ":")
		if !slices.Contains([]string{uplink.QUIC, uplink.TLS, uplink.TCP}, out.Tried) {
			out.Tried = ""
		}
		out.Down = down(s, now())
	}
	return out
}

// takeReturn takes in the centre's return packet.
func (r *runner) takeReturn(ctx context.Context, in io.Reader) (proctor.Returned, error) {
	out, err := r.uplink.TakeReturn(ctx, in)
	return proctor.Returned{Orders: out.Orders, Confirmed: out.Confirmed}, err
}

// down is how long the centre has been away. It counts from its last word: that a
// line is dead is noticed only when it has been for a while.
func down(s uplink.Status, now time.Time) time.Duration {
	switch {
	case !s.LastAnswer.IsZero():
		return now.Sub(s.LastAnswer)
	case !s.Since.IsZero():
		return now.Sub(s.Since)
	}
	return 0
}

// reserve is the disk space kept for answers, in bytes.
const reserve = 64 << 20

// telemetry is what the centre's board sees: latest wins, never journaled.
func (v *Venue) telemetry(u *uplink.Uplink) wire.NodeState {
	s, h := u.Status(), v.Store.Health()
	out := wire.NodeState{
		Version: Version, At: v.Clock.Now().UTC(), ClockOffset: s.ClockOffset, DiskFree: h.DiskFree, DiskTotal: h.DiskTotal,
		Heads: map[string]uint64{}, Acked: map[string]uint64{}, OldestAge: s.OldestAge, Transport: s.Transport,
	}
	for lane, l := range s.Lanes {
		out.Heads[lane], out.Acked[lane] = l.Head, l.Acked
	}
	_ = v.Store.View(func(r store.Reader) error {
		all, err := exam.All(r)
		if err != nil {
			return err
		}
		for _, st := range exam.Real(all) {
			if !st.Readable() {
				continue
			}
			seats, err := v.Supervise.SeatMap(r, st)
			if err != nil {
				return err
			}
			out.Sitting, out.Seats = st.Sitting, supervise.Counts(seats)
		}
		alarms, err := alarm.List(r, "")
		for _, a := range alarms {
			if a.Open() && !wire.Rehearsed(a.Sitting) {
				out.Alarms++
			}
		}
		return err
	})
	return out
}
