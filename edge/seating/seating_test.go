package seating_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/face"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

func code(t *testing.T, err error, want string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, fault.From(err).Code, err.Error())
}

func opened(t *testing.T, n int) *apptest.House {
	t.Helper()
	h := apptest.New(t, n)
	h.Staff()
	h.Opened()
	return h
}

func TestTheDoor(t *testing.T) {
	t.Parallel()
	h := opened(t, 3)
	ctx := h.Ctx()
	_, _, err := h.Seating.Face(ctx, apptest.Sitting, apptest.CandidateID(0), apptest.Photo(0), false)
	code(t, err, "seating.checkin.consent")

	v, e, err := h.Seating.Face(ctx, apptest.Sitting, apptest.CandidateID(0), apptest.Photo(0), true)
	require.NoError(t, err)
	require.Equal(t, wire.DecisionPass, v.Decision)
	require.Equal(t, seating.Admitted, e.Standing)

	v, e, err = h.Seating.Face(ctx, apptest.Sitting, apptest.CandidateID(1), apptest.Photo(2), true)
	require.NoError(t, err)
	require.Equal(t, wire.DecisionFail, v.Decision)
	require.Equal(t, seating.Pending, e.Standing)
	_, err = h.Seating.Decide(ctx, apptest.Sitting, apptest.CandidateID(1), seating.Decision{Admit: true})
	code(t, err, "seating.checkin.reason")
	e, err = h.Seating.Decide(ctx, apptest.Sitting, apptest.CandidateID(1), seating.Decision{Admit: false, Reason: "非本人"})
	require.NoError(t, err)
	require.Equal(t, seating.Refused, e.Standing)

	// The manual way needs no picture and no engine.
	e, err = h.Seating.Decide(ctx, apptest.Sitting, apptest.CandidateID(2), seating.Decision{Admit: true, Reason: "不同意人脸核验，身份证与本人一致"})
	require.NoError(t, err)
	require.Equal(t, seating.Admitted, e.Standing)

	checkins := apptest.Bodies[wire.Checkin](h, wire.KindCheckin)
	require.Len(t, checkins, 3)
	require.True(t, checkins[0].Admitted)
	require.False(t, checkins[1].Admitted)
	verified := apptest.Bodies[wire.Verification](h, wire.KindVerification)
	require.Len(t, verified, 4)
	require.Equal(t, "none", verified[3].Engine)
	require.Equal(t, "chief", verified[3].By)
	require.Equal(t, verified[1].Snapshot, verified[2].Snapshot, "the decision is about that picture")
	picture, err := h.Evidence.Get(verified[1].Snapshot)
	require.NoError(t, err)
	require.Equal(t, apptest.Photo(2), picture)
}

func TestAfterThreeFailuresTwoProctorsDecide(t *testing.T) {
	t.Parallel()
	h := opened(t, 2)
	ctx := h.Ctx()
	var e seating.Entry
	for range 3 {
		var err error
		_, e, err = h.Seating.Face(ctx, apptest.Sitting, apptest.CandidateID(0), apptest.Photo(1), true)
		require.NoError(t, err)
	}
	require.Equal(t, 2, e.Deciders)
	_, e, err := h.Seating.Face(ctx, apptest.Sitting, apptest.CandidateID(0), apptest.Photo(0), true)
	require.NoError(t, err)
	require.Equal(t, seating.Pending, e.Standing, "one lucky try among many is not the machine's to decide")
	for want, d := range map[string]seating.Decision{
		"staff.second.same": {SecondUser: "chief", SecondPassword: apptest.Password},
		"staff.login.wrong": {SecondUser: "second", SecondPassword: "x"},
		"staff.second.role": {SecondUser: "tech", SecondPassword: apptest.Password},
	} {
		d.Admit, d.Reason = true, "身份证与本人一致"
		_, err = h.Seating.Decide(ctx, apptest.Sitting, apptest.CandidateID(0), d)
		code(t, err, want)
	}
	e, err = h.Seating.Decide(ctx, apptest.Sitting, apptest.CandidateID(0), seating.Decision{
		Admit: true, Reason: "身份证与本人一致", SecondUser: "second", SecondPassword: apptest.Password,
	})
	require.NoError(t, err)
	require.Equal(t, seating.Admitted, e.Standing)
}

// TestPicturesAtOnceAreAsManyTries: the count that asks for two proctors is not
// got round by sending the pictures at one moment.
func TestPicturesAtOnceAreAsManyTries(t *testing.T) {
	t.Parallel()
	h := opened(t, 2)
	ctx := h.Ctx()
	faces := h.Seating.Faces
	arrived := make(chan struct{}, 3)
	together := make(chan struct{})
	h.Seating.Faces = waiting{faces, func() { arrived <- struct{}{}; <-together }}
	done := make(chan error, 3)
	for range 3 {
		go func() {
			_, _, err := h.Seating.Face(ctx, apptest.Sitting, apptest.CandidateID(0), apptest.Photo(1), true)
			done <- err
		}()
	}
	for range 3 {
		<-arrived
	}
	close(together)
	for range 3 {
		require.NoError(t, <-done)
	}
	_, err := h.Seating.Decide(ctx, apptest.Sitting, apptest.CandidateID(0), seating.Decision{Admit: true, Reason: "身份证与本人一致"})
	code(t, err, "staff.second.same")
}

// waiting is an engine that holds its answers back.
type waiting struct {
	seating.Faces
	until func()
}

func (w waiting) Verify(ctx context.Context, stage string, reference, probe []byte) face.Opinion {
	out := w.Faces.Verify(ctx, stage, reference, probe)
	w.until()
	return out
}

func TestADeadFaceServiceIsNeverAPass(t *testing.T) {
	t.Parallel()
	h := opened(t, 1)
	h.Faces.SetDown(true)
	v, e, err := h.Seating.Face(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), apptest.Photo(0), true)
	require.NoError(t, err)
	require.Equal(t, wire.DecisionManual, v.Decision)
	require.Equal(t, seating.Pending, e.Standing)
	_, err = h.Seating.Decide(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), seating.Decision{Admit: true, Reason: "身份证与本人一致"})
	require.NoError(t, err, "and never the only way in")
}

func TestWhoMayLogIn(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 3)
	h.Staff()
	h.Received()
	term, _ := h.Pair(0)
	login := func(term seating.Terminal, i int) error {
		_, err := h.Seating.Login(t.Context(), term, seating.Login{Admission: apptest.Admission(i), IDNumber: apptest.IDNumber(i)})
		return err
	}
	h.Admit(0)
	code(t, login(term, 0), "seating.login.early")
	require.NoError(t, h.Order(wire.OrderKeyRelease, wire.KeyRelease{Sitting: apptest.Sitting, Pack: h.Built.Digest.String(), Half: h.Built.Release}))
	h.Exam.Look(t.Context())
	code(t, login(term, 1), "seating.login.door")
	h.Admit(1)
	code(t, login(term, 1), "seating.login.seat")
	for _, tail := range []string{"", "000", "0001", "31010119900101000099"} {
		_, err := h.Seating.Login(t.Context(), term, seating.Login{Admission: apptest.Admission(0), IDNumber: tail})
		if tail == "0001" {
			code(t, err, "seating.login.wrong")
			continue
		}
		code(t, err, "seating.login.wrong")
	}
	require.NoError(t, login(term, 0))
	issued := apptest.Bodies[wire.PaperIssued](h, wire.KindPaperIssued)
	require.Len(t, issued, 1)
	require.NoError(t, login(term, 0), "again after a reboot")
	require.Len(t, h.Records(wire.KindPaperIssued), 1, "one paper")
	logins := apptest.Bodies[wire.Login](h, wire.KindLogin)
	require.Equal(t, []uint64{1, 2}, []uint64{logins[0].Fence, logins[1].Fence})
}

// TestOneCandidateAtTwoSeats: the second is refused and shown, the first goes
// on.
func TestOneCandidateAtTwoSeats(t *testing.T) {
	t.Parallel()
	h := opened(t, 2)
	p := h.Sit(0)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	elsewhere, _ := h.Pair(1)
	for range 2 {
		_, err := h.Seating.Login(t.Context(), elsewhere, seating.Login{Admission: apptest.Admission(0), IDNumber: apptest.IDNumber(0)})
		code(t, err, "seating.login.held")
	}
	_, err := p.Save("1", 1, "T")
	require.NoError(t, err)
	h.View(func(r store.Reader) error {
		list, err := alarm.List(r, apptest.Sitting)
		require.Len(t, list, 1)
		require.Equal(t, 2, list[0].Count)
		return err
	})
}

func TestTwoTerminalsAtOnceAsOneCandidate(t *testing.T) {
	t.Parallel()
	h := opened(t, 1)
	h.Admit(0)
	term, _ := h.Pair(0)
	var wg sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = h.Seating.Login(t.Context(), term, seating.Login{Admission: apptest.Admission(0), IDNumber: apptest.IDNumber(0)})
		})
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.Len(t, h.Records(wire.KindPaperIssued), 1, "one attempt, however many logins race")
}

func TestMove(t *testing.T) {
	t.Parallel()
	h := opened(t, 2)
	p := h.Sit(0)
	q := h.Sit(1)
	id := p.Session.Attempt
	code(t, h.Seating.Move(h.Ctx(), apptest.Sitting, id, "", "A03", ""), "seating.move.reason")
	code(t, h.Seating.Move(h.Ctx(), apptest.Sitting, id, "", "Z99", "坏"), "seating.seat.unknown")
	code(t, h.Seating.Move(h.Ctx(), apptest.Sitting, id, "", "A01", "坏"), "seating.move.same")
	code(t, h.Seating.Move(h.Ctx(), apptest.Sitting, id, "", "A02", "坏"), "seating.login.taken")
	code(t, h.Seating.Move(h.Ctx(), apptest.Sitting, "none", "", "A03", "坏"), "exam.attempt.missing")
	require.NoError(t, h.Seating.Move(h.Ctx(), apptest.Sitting, id, "", "A03", "坏"))
	_, err := h.Seating.Login(t.Context(), p.Terminal, seating.Login{Admission: apptest.Admission(0), IDNumber: apptest.IDNumber(0)})
	code(t, err, "seating.login.seat")
	p.Terminal, p.TermKey = h.Pair(2)
	p.Login()
	require.Equal(t, "A03", p.Attempt().Seat)
	require.Equal(t, "A02", q.Attempt().Seat)
	// The seat that was left is free again.
	require.NoError(t, h.Seating.Move(h.Ctx(), apptest.Sitting, q.Session.Attempt, "", "A01", "坏"))
}

func TestPairing(t *testing.T) {
	t.Parallel()
	h := opened(t, 2)
	ctx := t.Context()
	_, err := h.Seating.NewCode(h.Ctx(), []string{"Z99"})
	code(t, err, "seating.seat.unknown")
	all, err := h.Seating.NewCode(h.Ctx(), nil)
	require.NoError(t, err)
	require.Len(t, all.Seats, 4)
	for range 6 { // no guesses: the code is good
		_, _, err = h.Seating.Pair(ctx, "a", all.Code, "", "")
		code(t, err, "seating.terminal.seat")
	}
	first, _, err := h.Seating.Pair(ctx, "b", all.Code, "A01", "pc")
	require.NoError(t, err)
	_, _, err = h.Seating.Pair(ctx, "c", all.Code, "A01", "pc")
	code(t, err, "seating.terminal.seat")
	typed, _, err := h.Seating.Pair(ctx, "c", all.Code, " a02", "pc")
	require.NoError(t, err)
	require.Equal(t, "A02", typed.Seat)

	one, err := h.Seating.NewCode(h.Ctx(), []string{"A01"})
	require.NoError(t, err)
	_, _, err = h.Seating.Pair(ctx, "d", one.Code, "", "new pc")
	require.NoError(t, err)
	_, _, err = h.Seating.Terminal(first.ID)
	code(t, err, "seating.terminal.missing")

	late, err := h.Seating.NewCode(h.Ctx(), []string{"A02"})
	require.NoError(t, err)
	h.Time.Advance(31 * time.Minute)
	_, _, err = h.Seating.Pair(ctx, "e", late.Code, "", "")
	code(t, err, "seating.terminal.code")
	for range 5 {
		_, _, err = h.Seating.Pair(ctx, "guess", "00000000", "", "")
	}
	code(t, err, "seating.terminal.code")
	_, _, err = h.Seating.Pair(ctx, "guess", "00000000", "", "")
	code(t, err, "seating.try.later")
}
