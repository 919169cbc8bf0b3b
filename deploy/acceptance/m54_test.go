package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
	"huyun.internal/devices/vision"
	"huyun.internal/protocol/sm"
	"huyun.internal/simulators/crowd"
)

// entrance is what happened at the door and at the seats before the start.
type entrance struct {
	right    map[string]stack.Face // by admission number
	stranger stack.Candidate
	tries    []stack.Face // the stranger's
	alone    error        // one proctor admits them after three failures
	colleague,
	self error // with oneself as the second person
	pre      crowd.State // the stranger at the seat
	sessions map[string]*crowd.Session
	cameras  map[string][]byte
}

// enter brings everybody through the door and to a confirmed seat.
func (w *world) enter(ctx context.Context) error {
	h, d := w.hall, &w.door
	d.right, d.sessions, d.cameras = map[string]stack.Face{}, map[string]*crowd.Session{}, map[string][]byte{}
	list, err := h.Chief.Candidates(ctx, h.Exam.Sitting)
	if err != nil {
		return err
	}
	for _, p := range h.Exam.People {
		i := slices.IndexFunc(list, func(c stack.Candidate) bool { return c.Admission == p.Admission })
		c := list[i]
		d.cameras[c.Admission] = p.Camera
		if p.Admission == h.Exam.People[storyCandidates-1].Admission {
			d.stranger = c
			err = w.turnAway(ctx, c, p.Camera)
		} else {
			err = w.welcome(ctx, c, p.Camera)
		}
		if err == nil {
			err = w.sitDown(ctx, c, p)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.Admission, err)
		}
	}
	return nil
}

func (w *world) welcome(ctx context.Context, c stack.Candidate, camera []byte) error {
	face, err := w.hall.Chief.Face(ctx, w.hall.Exam.Sitting, c, camera)
	w.door.right[c.Admission] = face
	if err == nil && face.Standing != "admitted" {
		err = w.hall.Chief.Admit(ctx, w.hall.Exam.Sitting, c, nil)
	}
	return err
}

// turnAway shows the wrong face three times, and then asks for the exception.
func (w *world) turnAway(ctx context.Context, c stack.Candidate, camera []byte) error {
	h, d := w.hall, &w.door
	for range 3 {
		face, err := h.Chief.Face(ctx, h.Exam.Sitting, c, camera)
		if err != nil {
			return err
		}
		d.tries = append(d.tries, face)
	}
	chief, proctor := h.Logins["chen.kaochang"], h.Logins["liu.jiankao"]
	d.alone = h.Chief.Admit(ctx, h.Exam.Sitting, c, nil)
	d.self = h.Chief.Admit(ctx, h.Exam.Sitting, c, &chief)
	d.colleague = h.Chief.Admit(ctx, h.Exam.Sitting, c, &proctor)
	return d.colleague
}

// sitDown logs in and goes through the check before the start.
func (w *world) sitDown(ctx context.Context, c stack.Candidate, p crowd.Person) error {
	s, err := w.hall.Terminals[c.Seat].Login(ctx, p.Admission, p.IDNumber)
	if err != nil {
		return err
	}
	w.door.sessions[c.Admission] = s
	err = errors.Join(s.Confirm(ctx), s.Face(ctx, p.Camera), s.Consent(ctx))
	if c.Admission == w.door.stranger.Admission && err == nil {
		w.door.pre, err = s.State(ctx)
	}
	return err
}

func (w *world) engine() string {
	if models() == "" {
		return "classic"
	}
	return "dnn"
}

// checked is a verification as the centre lists it.
type checked struct {
	Admission, Stage, Engine, Model, Decision, Who, Reason string
	Score, Threshold                                       float64
	Demo                                                   bool
	At                                                     time.Time
}

// TestM54Verification: who is not recognised does not get in by themselves; after
// three failures two people decide; the check is made again at the seat; and all
// of it is on record at the centre.
func TestM54Verification(t *testing.T) {
	w := system(t)
	opened.do(t, w.open)
	entered.do(t, w.enter)
	d := &w.door
	passed := 0
	for _, face := range d.right {
		v := face.Verification
		require.Equal(t, w.engine(), v.Engine)
		require.Equal(t, w.engine() == "classic", v.Demo)
		require.Positive(t, v.Threshold)
		require.Equal(t, v.Score >= v.Threshold, v.Decision == "pass", "%+v", v)
		require.Equal(t, v.Decision == "pass", face.Standing == "admitted")
		require.Equal(t, "machine", v.By)
		if v.Decision == "pass" {
			passed++
		}
	}
	require.Positive(t, passed, "the right faces: %+v", d.right)
	for i, try := range d.tries {
		require.Less(t, try.Verification.Score, try.Verification.Threshold)
		require.NotEqual(t, "pass", try.Verification.Decision)
		require.Equal(t, "pending", try.Standing)
		require.Equal(t, i == 2, try.Deciders == 2, "after three failures two people decide: try %d", i+1)
	}
	var r *stack.Refusal
	require.ErrorAs(t, d.alone, &r)
	require.ErrorAs(t, d.self, &r, "oneself is not a second person")
	require.NoError(t, d.colleague)
	require.True(t, d.pre.Blocked, "the same face fails again before the start, and a proctor has to look")
	pictures(t, w)
	atTheCentre(t, w)
	classic(t)
}

// pictures: the venue keeps what the camera saw, and nobody without a right to it
// sees it.
func pictures(t *testing.T, w *world) {
	t.Helper()
	h, c := w.hall, w.door.stranger
	record := get[struct {
		Verifications []stack.Verification
		Candidate     struct {
			By, Reason string
			Standing   string
		}
	}](t, h.Chief.Client, h.Path("/candidates/"+c.ID))
	require.Equal(t, "admitted", record.Candidate.Standing)
	require.Equal(t, "chen.kaochang", record.Candidate.By)
	require.Contains(t, record.Candidate.Reason, "刘监考")
	want := sm.Sum(w.door.cameras[c.Admission]).String()
	found := false
	for _, v := range record.Verifications {
		found = found || v.Snapshot == want
	}
	require.True(t, found)
	require.Equal(t, w.door.cameras[c.Admission], get[[]byte](t, h.Chief.Client, "/proctor/v1/pictures/"+want))
	err := stack.NewClient(w.EdgeURL()).Do(t.Context(), http.MethodGet, "/proctor/v1/pictures/"+want, nil, nil)
	var r *stack.Refusal
	require.ErrorAs(t, err, &r)
	require.Equal(t, http.StatusUnauthorized, r.Status)
}

func atTheCentre(t *testing.T, w *world) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, w.hall.Drain(ctx))
	// Three tries and the decision at the door, one look at the seat.
	all := get[list[checked]](t, w.as(t, "zhang.kaowu"), w.hall.CentrePath("/verifications?page_size=200&q="+w.door.stranger.Admission))
	require.Len(t, all.Items, 5)
	stages, people := map[string]int{}, 0
	for _, v := range all.Items {
		stages[v.Stage]++
		require.Equal(t, w.engine(), v.Engine)
		require.NotEmpty(t, v.Model)
		require.WithinDuration(t, time.Now(), v.At, 10*time.Minute)
		if v.Who != "machine" {
			people++
			require.Equal(t, "chen.kaochang", v.Who)
			require.Equal(t, "pass", v.Decision)
			require.Contains(t, v.Reason, "人工核对")
		} else {
			require.NotEqual(t, "pass", v.Decision)
		}
	}
	require.Equal(t, map[string]int{"ENTRY": 4, "PRE": 1}, stages)
	require.Equal(t, 1, people)
}

// classic is the engine without model files; it says that it is only for show.
func classic(t *testing.T) {
	t.Helper()
	p, err := vision.Start(vision.Options{Binary: filepath.Join(binaries(), "vision")})
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Close()) }()
	info, err := p.Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, "classic", info.Engine)
	require.True(t, info.Demo)
	require.NotEmpty(t, info.Notice)
	faces, err := seed.Faces(t.Context())
	require.NoError(t, err)
	r, err := p.Compare(t.Context(), faces[0].JPEG, faces[1].JPEG)
	require.NoError(t, err)
	require.True(t, r.Demo)
}
