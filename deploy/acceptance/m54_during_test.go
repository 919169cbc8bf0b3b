package main

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
	"huyun.internal/simulators/crowd"
)

// alarmed is an alarm as the proctors hear it.
type alarmed struct {
	ID, Level, Code, Seat, Text, Snapshot string
}

// TestM54During: somebody else sits down at the seat in the middle of the exam.
// The next look of the camera, at a time nobody knows beforehand, tells the
// proctors and the centre; the exam goes on until a person decides.
func TestM54During(t *testing.T) {
	w := system(t)
	opened.do(t, w.open)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	// A short working time brings the first look within half a minute.
	e, err := w.PutOn(ctx, w.logins, stack.Plan{Title: "考中核验", Rule: storyRule, Candidates: 1, Seed: 54, Minutes: 1, In: 3 * time.Hour})
	require.NoError(t, err)
	h := w.Hall(w.logins, e)
	h.Terminals = w.hall.Terminals
	require.NoError(t, h.Open(ctx))
	s := begin(ctx, t, h)
	require.NoError(t, stack.Until(ctx, 200*time.Millisecond, func() (bool, error) {
		st, err := s.State(ctx)
		return st.Capture == "RANDOM", err
	}), "the venue looks again during the exam")
	faces, err := seed.Faces(ctx)
	require.NoError(t, err)
	somebodyElse, err := seed.Camera(faces, seed.Stranger, 5)
	require.NoError(t, err)
	require.NoError(t, s.Face(ctx, somebodyElse))

	st, err := s.State(ctx)
	require.NoError(t, err)
	require.False(t, st.Blocked || st.Paused || st.Result != nil, "no machine ends an exam: %+v", st)
	require.NoError(t, s.Save(ctx, "1", 1, []string{"T"}))
	alarm := heard(t, h)
	require.NoError(t, h.Chief.Do(ctx, http.MethodPost, "/proctor/v1/alarms/"+alarm.ID+"/acknowledge", map[string]string{"note": "已到座位核对"}, nil))
	require.Empty(t, get[list[alarmed]](t, h.Chief.Client, "/proctor/v1/alarms?open=true&sitting="+e.Sitting).Items)

	require.NoError(t, h.Drain(ctx))
	all := get[list[checked]](t, w.as(t, "zhang.kaowu"), h.CentrePath("/verifications?stage=RANDOM"))
	require.Len(t, all.Items, 1)
	require.NotEqual(t, "pass", all.Items[0].Decision)
	require.Less(t, all.Items[0].Score, all.Items[0].Threshold)
	board := get[struct {
		Alarms []struct {
			Level, Code string
			SeenBy      string `json:"seen_by"`
		}
	}](t, w.as(t, "zhang.kaowu"), h.CentrePath("/board"))
	require.Len(t, board.Alarms, 1)
	require.Equal(t, "red", board.Alarms[0].Level)
	require.Equal(t, "chen.kaochang", board.Alarms[0].SeenBy)
	st, err = s.State(ctx)
	require.NoError(t, err)
	require.NoError(t, s.HandIn(ctx, st.Questions-st.Answered))
	require.NoError(t, h.Drain(ctx))
	require.NoError(t, h.Close(ctx))
}

// begin takes the one candidate to their running exam.
func begin(ctx context.Context, t *testing.T, h *stack.Hall) *crowd.Session {
	t.Helper()
	list, err := h.Chief.Candidates(ctx, h.Exam.Sitting)
	require.NoError(t, err)
	require.Len(t, list, 1)
	p := h.Exam.People[0]
	require.NoError(t, h.Chief.CheckIn(ctx, h.Exam.Sitting, list[0], p.Camera, h.Logins["liu.jiankao"]))
	s, err := h.Terminals[list[0].Seat].Login(ctx, p.Admission, p.IDNumber)
	require.NoError(t, err)
	require.NoError(t, s.Confirm(ctx))
	require.NoError(t, s.Face(ctx, p.Camera))
	require.NoError(t, s.Consent(ctx))
	require.NoError(t, h.Chief.Do(ctx, http.MethodPost, h.Path("/start"), nil, nil))
	_, _, err = s.Paper(ctx)
	require.NoError(t, err)
	return s
}

// heard is the alarm about a face at the seat, with the picture.
func heard(t *testing.T, h *stack.Hall) alarmed {
	t.Helper()
	for _, a := range get[list[alarmed]](t, h.Chief.Client, "/proctor/v1/alarms?open=true&sitting="+h.Exam.Sitting).Items {
		if a.Snapshot == "" {
			continue
		}
		require.Equal(t, "red", a.Level)
		require.Equal(t, "face.unlike", a.Code)
		require.NotEmpty(t, get[[]byte](t, h.Chief.Client, "/proctor/v1/pictures/"+a.Snapshot))
		return a
	}
	require.Fail(t, "nobody was told")
	return alarmed{}
}
