package main

import (
	"context"
	"fmt"
	"time"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// What forty candidates write: a hundred questions each, every answer saved
// three times (the 10-second autosave sends what was changed), so 12,000 saves
// in ninety minutes; and about as many other records as the edge writes.
const (
	fleetPeople    = 40
	fleetQuestions = 100
	fleetSaves     = 3
	fleetDay       = fleetPeople * fleetQuestions * fleetSaves
	fleetRest      = 300 // records of the other lane: more than a day brings, so that there is something to overtake
	fleetChunk     = 2000
)

func (b *branch) candidate(n int) string { return fmt.Sprintf("%s-c%02d", b.sitting, n) }
func (b *branch) attempt(n int) string   { return fmt.Sprintf("%s-a%02d", b.sitting, n) }

// morning brings everybody to a seat and begins their time.
func (b *branch) morning(ctx context.Context) error {
	var out []entry
	for n := range fleetPeople {
		check := b.check(n, wire.StageEntry)
		out = append(out, check,
			entry{wire.KindCheckin, wire.Checkin{Sitting: b.sitting, Candidate: b.candidate(n), Admitted: true, Verification: check.body.(wire.Verification).ID, By: "machine"}},
			b.audit("door.admit", b.candidate(n)),
			entry{wire.KindLogin, wire.Login{Sitting: b.sitting, Candidate: b.candidate(n), Attempt: b.attempt(n), Seat: fmt.Sprintf("%03d", n+1), Terminal: fmt.Sprintf("t-%03d", n+1), Fence: 1}},
			entry{wire.KindPaperIssued, wire.PaperIssued{Sitting: b.sitting, Candidate: b.candidate(n), Attempt: b.attempt(n), Digest: digestOf(b.attempt(n)), Questions: fleetQuestions}},
			entry{wire.KindStarted, wire.Started{Sitting: b.sitting, Attempt: b.attempt(n), Duration: 90 * time.Minute}},
		)
	}
	return b.write(ctx, journal.LaneExam, out...)
}

func digestOf(text string) string { return sm.Sum([]byte(text)).String() }

func (b *branch) check(n int, stage string) entry {
	return entry{wire.KindVerification, wire.Verification{
		ID: fmt.Sprintf("%s-v%d-%s-%d", b.sitting, n, stage, b.saves), Sitting: b.sitting, Candidate: b.candidate(n), Stage: stage,
		Score: .82, Threshold: .5, Engine: "dnn", Model: "bench", Snapshot: digestOf(b.candidate(n)), Faces: 1, Decision: wire.DecisionPass, By: "machine",
	}}
}

func (b *branch) audit(action, object string) entry {
	b.audits++
	return entry{wire.KindAudit, wire.Audit{Seq: b.audits, Actor: "bench", Action: action, Object: object, MAC: digestOf(object)}}
}

// save is the next answer of the next candidate; no revision comes twice.
func (b *branch) save() entry {
	n := b.saves
	b.saves++
	item := n / fleetPeople
	return entry{wire.KindAnswer, wire.Answer{
		Sitting: b.sitting, Attempt: b.attempt(n % fleetPeople), Item: fmt.Sprint(1 + item%fleetQuestions),
		Revision: uint64(1 + item/fleetQuestions), Choice: []string{"A", "C"}, Fence: 1, Counter: uint64(item + 1), Elapsed: int64(item) * 18_000, //nolint:gosec // counts
	}}
}

// exam goes on at the real pace, which is not compressed: a save every ten
// seconds from each candidate, one after the other, and a random verification
// every two seconds, until ctx ends.
func (b *branch) exam(ctx context.Context) error {
	const pace = 10 * time.Second / fleetPeople
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		out := []entry{b.save()}
		if i%8 == 0 {
			out = append(out, b.check(i%fleetPeople, wire.StageRandom))
		}
		err := b.write(ctx, journal.LaneExam, out...)
		if err != nil {
			return err
		}
	}
}

// day is what a day without network leaves behind: everybody's answers, the
// checks and alarms between them, the hand-ins at its end, and, in the other
// lane, what the machine says of itself.
func (b *branch) day(ctx context.Context) error {
	begun := b.saves
	for b.saves-begun < fleetDay {
		out := make([]entry, 0, fleetChunk+8)
		for range min(fleetChunk, fleetDay-(b.saves-begun)) {
			out = append(out, b.save())
			if b.saves%250 == 0 {
				out = append(out, b.check(b.saves/250%fleetPeople, wire.StageRandom), b.audit("seat.look", b.sitting))
			}
		}
		id := fmt.Sprintf("%s-al%d", b.sitting, b.saves)
		out = append(out,
			entry{wire.KindAlarm, wire.Alarm{ID: id, Sitting: b.sitting, Candidate: b.candidate(1), Level: wire.AlarmYellow, Code: "presence.away", Text: "离开座位超过 60 秒"}},
			entry{wire.KindAlarmCleared, wire.AlarmAcknowledged{ID: id, Sitting: b.sitting, By: "bench", Note: "已回座"}})
		err := b.write(ctx, journal.LaneExam, out...)
		if err != nil {
			return err
		}
	}
	var ends, rest []entry
	for n := range fleetPeople {
		ends = append(ends, entry{wire.KindHandin, wire.Handin{
			Sitting: b.sitting, Attempt: b.attempt(n), How: "candidate", Answered: fleetQuestions, Answers: digestOf(b.attempt(n)), Score: 800, Used: 80 * time.Minute,
		}})
	}
	for n := range fleetRest {
		rest = append(rest, entry{wire.KindNodeStarted, wire.NodeStarted{Version: "bench", Boot: fmt.Sprint(n)}})
	}
	err := b.write(ctx, journal.LaneRest, rest...) // first: what is there first must not go first
	if err != nil {
		return err
	}
	return b.write(ctx, journal.LaneExam, ends...)
}

// more writes so many answers at once.
func (b *branch) more(ctx context.Context, n int) error {
	for done := 0; done < n; done += fleetChunk {
		out := make([]entry, min(fleetChunk, n-done))
		for i := range out {
			out[i] = b.save()
		}
		err := b.write(ctx, journal.LaneExam, out...)
		if err != nil {
			return err
		}
	}
	return nil
}
