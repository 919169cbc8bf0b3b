package uplink

import (
	"time"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
)

// Status is the truth about sync, for the proctor's strip, the doctor and the
// telemetry.
type Status struct {
	Connected bool
	Transport string    // of the present session
	Since     time.Time // of the last change of Connected

	LastAnswer time.Time // anything from the cloud
	LastAck    time.Time // the cloud confirmed something new
	Lanes      map[string]LaneStatus
	Unacked    uint64        // records of all lanes
	OldestAge  time.Duration // of the oldest record without confirmation; 0: none
	Refused    string        // fault code with which the cloud refuses this node; "" normally

	Attempts  uint64 // connections tried
	LastError string // why the last attempt or session ended, for the technician
	Sent      uint64 // frames
	Dropped   uint64 // frames that the line had no room for
	BadFrames uint64 // messages that were not the cloud's or could not be read

	// ClockOffset is the cloud's time minus this machine's; ClockKnown says
	// whether it was ever measured.
	ClockOffset time.Duration
	ClockKnown  bool
}

// LaneStatus is one lane of the journal.
type LaneStatus struct {
	Head   uint64
	Acked  uint64
	Halted *fault.Error // a person has to decide; nil normally
}

func (st *Status) halt(lane string, why *fault.Error) {
	if st.Lanes == nil {
		st.Lanes = map[string]LaneStatus{}
	}
	st.Lanes[lane] = LaneStatus{Halted: why}
}

// Status may be called by anybody at any time.
func (u *Uplink) Status() Status {
	u.mu.Lock()
	st := u.status
	halted := map[string]*fault.Error{}
	for lane, l := range st.Lanes {
		halted[lane] = l.Halted
	}
	u.mu.Unlock()
	st.Lanes = map[string]LaneStatus{}
	for _, lane := range journal.Lanes() {
		head, err := u.store.Journal(lane).Head()
		if err != nil {
			continue
		}
		acked := u.store.Acked(lane).Seq
		st.Lanes[lane] = LaneStatus{Head: head.Seq, Acked: acked, Halted: halted[lane]}
		if head.Seq > acked {
			st.Unacked += head.Seq - acked
			st.OldestAge = max(st.OldestAge, u.age(lane, acked+1))
		}
	}
	st.ClockOffset, st.ClockKnown = u.time.offsetNow()
	return st
}

func (u *Uplink) age(lane string, seq uint64) time.Duration {
	recs, err := u.store.Journal(lane).Read(seq, 1, 1)
	if err != nil || len(recs) == 0 {
		return 0
	}
	return max(u.cfg.Clock.Now().Sub(recs[0].At), 0)
}

func (u *Uplink) count(f func(st *Status)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	f(&u.status)
}

func (u *Uplink) connected(s *session) {
	u.cfg.Log.Info("uplink: connected", "transport", s.transport)
	u.count(func(st *Status) {
		st.Connected, st.Transport, st.Since = true, s.transport, u.cfg.Clock.Now()
	})
}

func (u *Uplink) disconnected(err error) {
	u.cfg.Log.Info("uplink: disconnected", "err", err)
	u.count(func(st *Status) {
		st.Connected, st.Transport, st.Since, st.LastError = false, "", u.cfg.Clock.Now(), err.Error()
	})
}

func (u *Uplink) failed(transport string, err error) {
	u.cfg.Log.Info("uplink: could not connect", "transport", transport, "err", err)
	u.count(func(st *Status) { st.Attempts++; st.LastError = transport + ": " + err.Error() })
}

// answered notes a word from the cloud; silence is how long ago the last was.
func (u *Uplink) answered() {
	u.lastWord = u.cfg.Clock.Mono()
	u.count(func(st *Status) { st.LastAnswer = u.cfg.Clock.Now() })
}

func (u *Uplink) silence() time.Duration { return u.cfg.Clock.Mono() - u.lastWord }
