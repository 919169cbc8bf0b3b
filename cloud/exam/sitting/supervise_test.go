package sitting_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/wire"
)

// contact is what is known of the venues' devices.
type contact struct{ online bool }

func (c *contact) Seen(_ context.Context, venues ...string) (map[string]sitting.NodeSeen, error) {
	out := map[string]sitting.NodeSeen{}
	for _, v := range venues {
		out[v] = sitting.NodeSeen{ID: "node-1", Online: c.online}
	}
	return out, nil
}

func TestEverythingThatGoesOnIsOnOneBoard(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	line := &contact{online: true}
	s.Sittings.Watcher = line
	s.Staff("watcher", sitting.PermWatch, sitting.PermAcknowledge)
	s.Scoped("elsewhere", auth.Scope{Venues: []string{"another"}}, sitting.PermWatch, sitting.PermAcknowledge)
	board := func(who string) sitting.Supervision {
		t.Helper()
		out, err := s.Sittings.Supervise(s.As(who))
		require.NoError(t, err)
		return out
	}
	require.Empty(t, board("watcher").Sittings)
	in, m := s.Released(t, 5)
	hall := s.Open(t, in.ID, m)
	s.Sit(t, hall, 0, 3)
	ids := func(i int) string { return hall.Roster.Candidates[i].ID }
	s.Report(t, wire.KindCheckin, in.ID, wire.Checkin{Sitting: in.ID, Candidate: ids(1), Admitted: true})
	s.Report(t, wire.KindLogin, in.ID, wire.Login{Sitting: in.ID, Candidate: ids(1), Attempt: "a-1", Seat: "A02", Fence: 1})
	s.Report(t, wire.KindStarted, in.ID, wire.Started{Sitting: in.ID, Attempt: "a-1", Duration: time.Hour})
	s.Report(t, wire.KindCheckin, in.ID, wire.Checkin{Sitting: in.ID, Candidate: ids(2), Admitted: false})
	s.Report(t, wire.KindVerification, in.ID, wire.Verification{ID: "v", Sitting: in.ID, Candidate: ids(2), Stage: wire.StageEntry, Decision: wire.DecisionFail, Engine: "classic", By: "甲"})
	s.Report(t, wire.KindIrregularity, in.ID, wire.Irregularity{ID: "i", Sitting: in.ID, Candidate: ids(1), Code: "V02", By: "甲"})

	got := board("watcher").Sittings
	require.Len(t, got, 1)
	want := sitting.Supervised{Booked: 5, Admitted: 2, Turned: 1, LoggedIn: 2, Answering: 1, HandedIn: 1, Checks: 1, ChecksHand: 1, ChecksFailed: 1, Irregularities: 1}
	require.Equal(t, want, counts(got[0]))
	require.Equal(t, "NONE", got[0].Incident)
	line.online = false
	require.Equal(t, "LOST", board("watcher").Sittings[0].Incident, "cut off while its sitting is on")
	s.Report(t, wire.KindAlarm, in.ID, wire.Alarm{ID: "yellow", Sitting: in.ID, Level: "yellow", Code: "terminal.away", Seat: "A02", Text: "x"})
	s.Report(t, wire.KindAlarm, in.ID, wire.Alarm{ID: "red", Sitting: in.ID, Level: wire.AlarmRed, Code: "face.unlike", Text: "x"})
	all := board("watcher")
	require.Equal(t, "RED", all.Sittings[0].Incident)
	require.Equal(t, "red", all.Alarms[0].ID, "the worst first")
	require.Len(t, all.Alarms, 2)
	require.Empty(t, board("elsewhere").Sittings)

	path := "/api/v1/exam/sittings/" + in.ID + "/alarms/red/acknowledge"
	status, body := s.Do("elsewhere", http.MethodPost, path, map[string]any{"note": "已知"})
	require.Equal(t, http.StatusNotFound, status, string(body))
	for note, code := range map[string]string{"  ": "exam.sitting.acknowledge.note", "a\nb": "request.text"} {
		status, body = s.Do("watcher", http.MethodPost, path, map[string]any{"note": note})
		require.Equal(t, http.StatusBadRequest, status)
		require.Equal(t, code, examtest.Code(t, body))
	}
	status, body = s.Do("watcher", http.MethodPost, path, map[string]any{"note": "已电话核实"})
	require.Equal(t, http.StatusNoContent, status, string(body))
	status, body = s.Do("watcher", http.MethodPost, path, map[string]any{"note": "已电话核实"})
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.Equal(t, "exam.sitting.acknowledge.done", examtest.Code(t, body))
	all = board("watcher")
	require.Len(t, all.Alarms, 1)
	require.Equal(t, "LOST", all.Sittings[0].Incident, "the next worst")
	require.Equal(t, 1, s.Audited(sitting.PermAcknowledge))

	s.Close(t, hall)
	require.Equal(t, "YELLOW", board("watcher").Sittings[0].Incident, "a closed venue may be switched off")
	s.Clock.Advance(13 * time.Hour)
	require.Empty(t, board("watcher").Sittings)
}

// counts are the figures of a row alone.
func counts(in sitting.Supervised) sitting.Supervised {
	return sitting.Supervised{
		Booked: in.Booked, Admitted: in.Admitted, Turned: in.Turned, LoggedIn: in.LoggedIn, Answering: in.Answering, HandedIn: in.HandedIn,
		Checks: in.Checks, ChecksFailed: in.ChecksFailed, ChecksManual: in.ChecksManual, ChecksHand: in.ChecksHand, Irregularities: in.Irregularities,
	}
}

// A red alarm holds the key back until somebody has looked, here or there.
func TestTheCentresWordReleasesAsTheVenuesDoes(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	s.Staff("watcher", sitting.PermWatch, sitting.PermAcknowledge)
	in, m := s.Dispatched(t, 2)
	s.Report(t, wire.KindAlarm, in.ID, wire.Alarm{ID: "red", Sitting: in.ID, Level: wire.AlarmRed, Code: "terminal.silent", Text: "x"})
	s.Report(t, wire.KindPackReceived, in.ID, wire.PackReceived{Sitting: in.ID, Pack: m.Pack, Size: m.Size, Via: "h3", OK: true})
	s.Report(t, wire.KindPreflight, in.ID, wire.Preflight{Sitting: in.ID, Green: true, Checks: []wire.Check{{Code: "disk", OK: true}}})
	before, err := s.Sittings.Get(s.As("boss"), in.ID)
	require.NoError(t, err)
	require.Equal(t, sitting.Dispatched, before.State)
	require.NoError(t, s.Sittings.Acknowledge(s.As("watcher"), in.ID, "red", "已换机"))
	after, err := s.Sittings.Get(s.As("boss"), in.ID)
	require.NoError(t, err)
	require.Equal(t, sitting.Released, after.State)
}

// From an hour before it is due a sitting is on the board, asked for or not: at
// that moment nobody having asked is what the centre has to see.
func TestSittingDueSoonIsOnTheBoard(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	s.Staff("watcher", sitting.PermWatch)
	in := s.Assigned(t, 2)
	seen := func() int {
		list, err := s.Sittings.Supervise(s.As("watcher"))
		require.NoError(t, err)
		return len(list.Sittings)
	}
	s.Clock.Advance(in.StartsAt.Sub(s.Clock.Now()) - 61*time.Minute)
	require.Zero(t, seen())
	s.Clock.Advance(2 * time.Minute)
	require.Equal(t, 1, seen())
}
