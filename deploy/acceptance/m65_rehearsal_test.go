package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/stack"
	"huyun.internal/simulators/crowd"
)

type rehearsalReport struct {
	ID     string
	Passed bool
	Steps  []struct {
		Code, Text string
		Passed     bool
		Figures    map[string]int64
	}
}

// TestM65Rehearsal: on a system of its own, because a rehearsal waits until no
// sitting is open, a venue drills an outage with real processes: the line is cut
// by the venue's button for more than a minute, its server is killed, a machine
// is swapped, and the report of its own judging stands on the venue's page at
// the centre, while no record of an exam knows of it.
func TestM65Rehearsal(t *testing.T) {
	if name, value, _ := strings.Cut(running, "="); os.Getenv(name) != value {
		t.Skipf("starts a whole system; set %s or run make acceptance", running)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	w := ownWorld(ctx, t)
	chief, err := w.SignInVenue(ctx, w.logins["chen.kaochang"])
	require.NoError(t, err)
	v, err := chief.Await(ctx, w.hall.Exam.Sitting, "sitting comes down", func(v stack.VenueSitting) bool { return v.State == "assigned" })
	require.NoError(t, err)
	terminals, err := chief.PairAll(ctx, v.Seats[:3])
	require.NoError(t, err)

	var r rehearsalReport
	require.NoError(t, chief.Do(ctx, http.MethodPost, "/proctor/v1/rehearsals", map[string]int{"terminals": 2}, &r))
	d := &rehearsed{t: t, ctx: ctx, chief: chief, path: "/proctor/v1/rehearsals/" + r.ID}
	for i, seat := range v.Seats[:2] {
		d.sit(terminals[seat], fmt.Sprintf("YL%02d", i+1))
	}
	d.answer()
	d.passes("login")

	require.NoError(t, chief.Do(ctx, http.MethodPost, d.path+"/line", map[string]bool{"cut": true}, nil))
	d.until("the strip says so", func(s stack.Strip) bool { return !s.Connected })
	d.keepAnswering(65 * time.Second)
	require.NoError(t, chief.Do(ctx, http.MethodPost, d.path+"/line", map[string]bool{"cut": false}, nil))
	d.passes("cut")

	w.Edge.Kill()
	require.NoError(t, w.Edge.Start(ctx))
	d.answer()
	again := d.passes("restart")
	require.Zero(t, again.Figures["clean"], "a kill is told from a stop")
	require.Equal(t, again.Figures["acked"], again.Figures["kept"])

	attempt := d.attemptAt(v.Seats[0])
	require.NoError(t, chief.Do(ctx, http.MethodPost, d.path+"/move", map[string]string{"attempt": attempt, "from": v.Seats[0], "to": v.Seats[2]}, nil))
	old := d.people[0]
	require.Error(t, old.s.Save(ctx, "3", 1, []string{"T"}), "the old machine is fenced")
	d.people[0] = d.login(terminals[v.Seats[2]], "YL01")
	d.answer()
	d.passes("swap")

	require.NoError(t, chief.Do(ctx, http.MethodPost, d.path+"/finish", nil, &r))
	require.True(t, r.Passed, "%+v", r.Steps)
	d.seenAtTheCentre(w, r)
}

func ownWorld(ctx context.Context, t *testing.T) *world {
	t.Helper()
	dir, err := os.MkdirTemp("", "huyun-rehearsal-*")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755)) //nolint:gosec // the database's own user has to get in
	w := &world{}
	w.Stack, err = stack.New(stack.Options{Dir: dir, Bin: binaries(), Models: models()})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, w.Stop())
		if !t.Failed() {
			_ = os.RemoveAll(dir)
		}
	})
	require.NoError(t, w.Cloud.Start(ctx))
	w.logins, err = w.Prepare(ctx, 3)
	require.NoError(t, err)
	exam, err := w.PutOn(ctx, w.logins, stack.Plan{Title: "演练之后的场次", Rule: storyRule, Candidates: 1, Spare: 2, Seed: 5})
	require.NoError(t, err)
	w.hall = w.Hall(w.logins, exam)
	require.NoError(t, w.Edge.Start(ctx))
	return w
}

// rehearsed is a drill under way and its people.
type rehearsed struct {
	t      *testing.T
	ctx    context.Context //nolint:containedctx // a test's
	chief  *stack.Proctor
	path   string
	people []*practising
	rev    uint64
}

type practising struct {
	at *crowd.Terminal
	s  *crowd.Session
}

func (d *rehearsed) login(at *crowd.Terminal, admission string) *practising {
	d.t.Helper()
	s, err := at.Login(d.ctx, admission, "0000")
	require.NoError(d.t, err)
	return &practising{at, s}
}

func (d *rehearsed) sit(at *crowd.Terminal, admission string) {
	d.t.Helper()
	p := d.login(at, admission)
	require.NoError(d.t, p.s.Confirm(d.ctx))
	require.NoError(d.t, p.s.Consent(d.ctx))
	items, _, err := p.s.Paper(d.ctx)
	require.NoError(d.t, err)
	for _, it := range items {
		require.Contains(d.t, it.Stem, "演练题", "no real question is shown")
	}
	d.people = append(d.people, p)
}

func (d *rehearsed) answer() {
	d.t.Helper()
	d.rev++
	for _, p := range d.people {
		require.NoError(d.t, p.at.Beat(d.ctx, 0))
		require.NoError(d.t, p.s.Save(d.ctx, "1", d.rev, []string{"T"}))
	}
}

func (d *rehearsed) keepAnswering(for_ time.Duration) {
	d.t.Helper()
	for end := time.Now().Add(for_); time.Now().Before(end); time.Sleep(3 * time.Second) {
		d.answer()
	}
	d.answer()
}

func (d *rehearsed) passes(code string) (out struct {
	Code, Text string
	Passed     bool
	Figures    map[string]int64
}) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.ctx, time.Minute)
	defer cancel()
	err := stack.Until(ctx, 500*time.Millisecond, func() (bool, error) {
		var now struct{ Report rehearsalReport }
		err := d.chief.Do(d.ctx, http.MethodGet, d.path, nil, &now)
		for _, s := range now.Report.Steps {
			if s.Code == code {
				out = s
			}
		}
		return out.Passed, err
	})
	require.NoError(d.t, err, "%s: %s %v", code, out.Text, out.Figures)
	return out
}

func (d *rehearsed) until(what string, good func(stack.Strip) bool) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.ctx, time.Minute)
	defer cancel()
	require.NoError(d.t, stack.Until(ctx, 200*time.Millisecond, func() (bool, error) {
		s, err := d.chief.Link(d.ctx)
		return good(s), err
	}), what)
}

func (d *rehearsed) attemptAt(seat string) string {
	d.t.Helper()
	var now struct {
		Seats []struct{ Seat, Attempt string }
	}
	require.NoError(d.t, d.chief.Do(d.ctx, http.MethodGet, d.path, nil, &now))
	for _, s := range now.Seats {
		if s.Seat == seat {
			return s.Attempt
		}
	}
	d.t.Fatalf("nobody at %s", seat)
	return ""
}

// seenAtTheCentre: the report is on the venue's page, nothing of it waits among
// the records that could not be applied, and the venue has no sitting more.
func (d *rehearsed) seenAtTheCentre(w *world, r rehearsalReport) {
	d.t.Helper()
	office := w.as(d.t, "zhang.kaowu")
	var page struct{ Rehearsals []rehearsalReport }
	ctx, cancel := context.WithTimeout(d.ctx, time.Minute)
	defer cancel()
	require.NoError(d.t, stack.Until(ctx, time.Second, func() (bool, error) {
		err := office.Do(d.ctx, http.MethodGet, "/api/v1/exam/venues/"+w.hall.Exam.Venue+"/page", nil, &page)
		return len(page.Rehearsals) > 0, err
	}), "the report arrives")
	require.Equal(d.t, r.ID, page.Rehearsals[0].ID)
	require.True(d.t, page.Rehearsals[0].Passed)
	require.Equal(d.t, 1, get[list[struct{}]](d.t, office, "/api/v1/exam/sittings?venue="+w.hall.Exam.Venue).Total)
	venue := get[venuePage](d.t, office, "/api/v1/exam/venues/"+w.hall.Exam.Venue+"/page")
	require.NotEmpty(d.t, venue.Devices)
	require.Zero(d.t, venue.Devices[0].Dead, "no record of it was put aside")
}
