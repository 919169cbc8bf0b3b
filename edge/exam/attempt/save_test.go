package attempt_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

// started is a house with n candidates writing.
func started(t *testing.T, n int) (*apptest.House, []*apptest.Person) {
	t.Helper()
	h := apptest.New(t, n)
	h.Opened()
	people := make([]*apptest.Person, n)
	for i := range people {
		people[i] = h.Sit(i)
	}
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	return h, people
}

func code(t *testing.T, err error, want string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, fault.From(err).Code, err.Error())
}

func TestASavedAnswerIsThereOnce(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	rec, err := p[0].Save("1", 1, "T")
	require.NoError(t, err)
	require.Equal(t, uint64(1), rec.Saved[0].Revision)
	require.Len(t, h.Records(wire.KindAnswer), 1)

	// The same revision again, under a new counter: nothing new.
	_, err = p[0].Save("1", 1, "T")
	require.NoError(t, err)
	// A newer one counts, an older one does not.
	_, err = p[0].Save("1", 3, "F")
	require.NoError(t, err)
	rec, err = p[0].Save("1", 2, "T")
	require.NoError(t, err)
	require.True(t, rec.Saved[0].Stale)
	require.Equal(t, uint64(3), rec.Saved[0].Revision)

	bodies := apptest.Bodies[wire.Answer](h, wire.KindAnswer)
	require.Len(t, bodies, 2)
	require.Equal(t, []string{"F"}, bodies[1].Choice)
	require.Equal(t, uint64(1), bodies[0].Fence)
	require.Equal(t, 1, p[0].Status().Answered)
}

// Complaint 11 (update 3 comes before 1 and 2), at the venue: the third stands,
// the late ones are taken as what they are, and no alarm speaks of a conflict.
func TestTheThirdChangeComesFirst(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	_, err := p[0].Save("1", 3, "F")
	require.NoError(t, err)
	for _, late := range []uint64{1, 2} {
		rec, err := p[0].Save("1", late, "T")
		require.NoError(t, err)
		require.True(t, rec.Saved[0].Stale)
		require.Equal(t, uint64(3), rec.Saved[0].Revision)
	}
	answers, _, err := h.Attempts.Resume(t.Context(), p[0].Session)
	require.NoError(t, err)
	require.Equal(t, []attempt.Answer{{Item: "1", Revision: 3, Choice: []string{"F"}}}, answers)
	h.View(func(r store.Reader) error {
		list, err := alarm.List(r, apptest.Sitting)
		require.NoError(t, err)
		require.Empty(t, list)
		return nil
	})
}

// Complaint 1 (the answer is lost after the commit), at the terminal: the same
// request again is one record and gets the same receipt.
func TestTheSameRequestTenTimesInParallelIsOneRecord(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	ticket := p[0].Ticket("one")
	var wg sync.WaitGroup
	receipts := make([]attempt.Receipt, 10)
	errs := make([]error, 10)
	for i := range 10 {
		wg.Go(func() {
			receipts[i], errs[i] = h.Attempts.Save(t.Context(), ticket, []attempt.Save{{Item: "2", Revision: 1, Choice: []string{"T"}}})
		})
	}
	wg.Wait()
	for i := range 10 {
		require.NoError(t, errs[i])
		require.Equal(t, receipts[0], receipts[i])
	}
	require.Len(t, h.Records(wire.KindAnswer), 1)
}

func TestReplay(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	one := []attempt.Save{{Item: "1", Revision: 1, Choice: []string{"T"}}}
	_, err := h.Attempts.Save(t.Context(), p[0].TicketAt(5, "a"), one)
	require.NoError(t, err)
	for name, tk := range map[string]attempt.Ticket{
		"same counter, other body": p[0].TicketAt(5, "b"), "older": p[0].TicketAt(4, "c"),
		"far ahead": p[0].TicketAt(1<<53-1, "d"), "zero": p[0].TicketAt(0, "e"),
	} {
		_, err := h.Attempts.Save(t.Context(), tk, one)
		require.True(t, fault.Is(err, "exam.session.replay"), "%s: %v", name, err)
	}
	require.Len(t, h.Records(wire.KindAnswer), 1)
	_, err = h.Attempts.Save(t.Context(), p[0].TicketAt(6, "f"), []attempt.Save{{Item: "1", Revision: 2, Choice: []string{"F"}}})
	require.NoError(t, err)
}

func TestRefusedAnswersChangeNothing(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	_, err := p[0].Save("1", 7, "T")
	require.NoError(t, err)
	sheet, err := h.Attempts.Sheet(p[0].Session.Attempt)
	require.NoError(t, err)
	multi := sheet.Slots[len(sheet.Slots)-1].No
	for _, c := range []struct {
		item   string
		rev    uint64
		choice []string
		want   string
	}{
		{"99", 1, []string{"A"}, "exam.answer.item"},
		{"", 1, []string{"A"}, "exam.answer.item"},
		{"1.1", 1, []string{"A"}, "exam.answer.item"},
		{"1", 8, []string{"E"}, "exam.answer.choice"},
		{"1", 8, []string{"T", "F"}, "exam.answer.choice"},
		{multi, 1, []string{"A", "A"}, "exam.answer.choice"},
		{multi, 1, []string{"A", "E"}, "exam.answer.choice"},
		{"1", 0, []string{"T"}, "exam.answer.revision"},
		{"1", 7 + 1<<31, []string{"T"}, "exam.answer.revision"},
		{"1", 7, []string{"F"}, "exam.answer.conflict"},
	} {
		_, err := p[0].Save(c.item, c.rev, c.choice...)
		code(t, err, c.want)
	}
	require.Len(t, h.Records(wire.KindAnswer), 1)
	_, err = p[0].Save("1", 8, "F")
	require.NoError(t, err, "the same request made good succeeds")
}

func TestABatchKeepsWhatIsGood(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	rec, err := h.Attempts.Save(t.Context(), p[0].Ticket("batch"), []attempt.Save{
		{Item: "1", Revision: 1, Choice: []string{"T"}}, {Item: "99", Revision: 1, Choice: []string{"T"}}, {Item: "2", Revision: 4, Choice: nil},
	})
	require.NoError(t, err)
	require.Empty(t, rec.Saved[0].Code)
	require.Equal(t, "exam.answer.item", rec.Saved[1].Code)
	require.Empty(t, rec.Saved[2].Code)
	require.Len(t, h.Records(wire.KindAnswer), 2)
	require.Equal(t, 1, p[0].Status().Answered, "a cleared answer is none")

	_, err = h.Attempts.Save(t.Context(), p[0].Ticket("none"), nil)
	code(t, err, "exam.answer.batch")
	_, err = h.Attempts.Save(t.Context(), p[0].Ticket("many"), make([]attempt.Save, attempt.MaxBatch+1))
	code(t, err, "exam.answer.batch")
}

func TestBeforeTheStartAndAfterTheHandInNothingIsTaken(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Opened()
	p := h.Sit(0)
	_, err := p.Save("1", 1, "T")
	code(t, err, "exam.attempt.save.state")
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	_, err = p.Save("1", 1, "T")
	require.NoError(t, err)
	_, err = h.Attempts.HandInByProctor(h.Ctx(), apptest.Sitting, p.Session.Attempt, "测试")
	require.NoError(t, err)
	_, err = p.Save("1", 2, "F")
	code(t, err, "exam.attempt.save.state")
	require.Len(t, h.Records(wire.KindAnswer), 1)
}

// Complaint 7 (a moved candidate's old seat wakes): its late writes are refused,
// shown to the proctor once with how often, and touch nothing of the new seat.
func TestTheOldSeatMayNotWriteAfterAMove(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	old := *p[0]
	_, err := p[0].Save("1", 1, "T")
	require.NoError(t, err)
	require.NoError(t, h.Seating.Move(h.Ctx(), apptest.Sitting, p[0].Session.Attempt, "", apptest.Seat(1), "键盘损坏"))

	for range 3 {
		_, err = old.Save("1", 9, "F")
		code(t, err, "exam.session.fenced")
		require.ErrorContains(t, err, "监考员已为您更换座位，请到 A02 号座位继续")
	}
	_, err = h.Attempts.Status(t.Context(), old.Session)
	require.ErrorContains(t, err, "请到 A02 号座位继续")
	p[0].Terminal, p[0].TermKey = h.Pair(1)
	p[0].Login()
	require.Equal(t, uint64(3), p[0].Session.Fence)
	_, err = old.Save("1", 10, "F")
	code(t, err, "exam.session.fenced")
	_, err = p[0].Save("2", 1, "F")
	require.NoError(t, err, "the new seat goes on")

	answers := apptest.Bodies[wire.Answer](h, wire.KindAnswer)
	require.Len(t, answers, 2)
	require.Equal(t, uint64(3), answers[1].Fence)
	h.View(func(r store.Reader) error {
		list, err := alarm.List(r, apptest.Sitting)
		require.NoError(t, err)
		require.Len(t, list, 1, "shown, once")
		require.Equal(t, 4, list[0].Count)
		require.Equal(t, wire.AlarmYellow, list[0].Level)
		require.Equal(t, apptest.Seat(0), list[0].Seat)
		return nil
	})
	moved := apptest.Bodies[wire.SeatMoved](h, wire.KindSeatMoved)
	require.Equal(t, uint64(2), moved[0].Fence)
}

func TestEveryCandidateHasTheirOwnPaperAndOnlyTheirs(t *testing.T) {
	t.Parallel()
	h, p := started(t, 3)
	seen := map[string]bool{}
	for i, one := range p {
		issued, err := h.Exam.Issue(apptest.Sitting, apptest.CandidateID(i))
		require.NoError(t, err)
		require.Equal(t, issued.Digest, one.Attempt().Paper)
		require.False(t, seen[issued.Digest])
		seen[issued.Digest] = true
	}
	// A session cannot write into another's paper: it names no attempt but its own.
	tk := p[0].Ticket("x")
	tk.Session.Attempt = p[1].Session.Attempt
	_, err := h.Attempts.Save(t.Context(), tk, []attempt.Save{{Item: "1", Revision: 1, Choice: []string{"T"}}})
	code(t, err, "exam.session.fenced")
}

func TestAThousandSavesFromManySeats(t *testing.T) {
	t.Parallel()
	h, p := started(t, 8)
	var wg sync.WaitGroup
	errs := make(chan error, 8*100)
	for _, one := range p {
		wg.Go(func() {
			for r := range uint64(100) {
				_, err := one.Save(fmt.Sprint(r%4+1), r/4+1, []string{"T", "F"}[r%2])
				errs <- err
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	require.Len(t, h.Records(wire.KindAnswer), 800)
	h.Time.Advance(time.Second)
	h.Attempts.Look(t.Context())
}
