package sitting_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/wire"
)

func TestRecordsOfASittingCanBeRead(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in, _ := s.Released(t, 2)
	require.NoError(t, s.Apply(morning(t, s, in.ID)...))
	one := "/api/v1/exam/sittings/" + in.ID
	_, body := s.Do("boss", http.MethodGet, one+"/verifications?stage=ENTRY&decision=pass&sort=-score", nil)
	checks := examtest.Decode[db.List[sitting.Check]](t, body)
	require.Equal(t, 2, checks.Total, string(body))
	require.True(t, checks.Items[0].Demo)
	require.Contains(t, checks.Items[0].Name, "*")
	require.NotEmpty(t, checks.Items[0].Admission)
	_, body = s.Do("boss", http.MethodGet, one+"/verifications?decision=fail", nil)
	require.Zero(t, examtest.Decode[db.List[sitting.Check]](t, body).Total)
	_, body = s.Do("boss", http.MethodGet, one+"/events?kind="+wire.KindSeatMoved, nil)
	events := examtest.Decode[db.List[sitting.Event]](t, body)
	require.Equal(t, 1, events.Total)
	require.Contains(t, string(events.Items[0].Detail), "键盘坏")
	_, body = s.Do("boss", http.MethodGet, one+"/events", nil)
	require.Equal(t, 6, examtest.Decode[db.List[sitting.Event]](t, body).Total)
}

func TestMessageReachesTheVenue(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Assigned(t, 1)
	one := "/api/v1/exam/sittings/" + in.ID + "/message"
	before := dbtest.Snapshot(t, s.DB)
	for _, bad := range []any{map[string]any{"text": ""}, map[string]any{"text": "a\u202eb"}, map[string]any{"text": " "}, nil} {
		status, _ := s.Do("boss", http.MethodPost, one, bad)
		require.Equal(t, http.StatusBadRequest, status, bad)
	}
	require.Equal(t, before, dbtest.Snapshot(t, s.DB))
	status, body := s.Do("boss", http.MethodPost, one, map[string]any{"text": "请核对考室时钟"})
	require.Equal(t, http.StatusNoContent, status, string(body))
	got := examtest.Orders[wire.Message](t, s.Device, wire.OrderMessage)
	require.Len(t, got, 1)
	require.Equal(t, "请核对考室时钟", got[0].Text)
	require.Equal(t, 1, s.Audited("exam.sitting.message"))
	s.Device.None = true
	status, body = s.Do("boss", http.MethodPost, one, map[string]any{"text": "x"})
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.Equal(t, "exam.node.none", examtest.Code(t, body))
}

func TestVenueActsAreListedInScopeAndGapsAreNamed(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Planned(t, 1)
	_, err := s.DB.Exec(context.Background(), `INSERT INTO node (id, venue, name, state, public_key, certificate, not_after, enrolled_at, changed_at)
		VALUES ($1, $2, 'n', 'ACTIVE', '', '', now(), now(), now())`, s.Device.Node, s.Venue.ID)
	require.NoError(t, err)
	people, err := s.Sittings.Candidates(s.As("boss"), in.ID, sitting.CandidateFilter{}, db.Page{})
	require.NoError(t, err)
	act := func(seq uint64, action, object string) {
		s.Report(t, wire.KindAudit, object, wire.Audit{Seq: seq, Actor: "chief", Action: action, Object: object, MAC: "00"})
	}
	act(1, "staff.login", "chief")
	act(2, "exam.preflight.run", in.ID)
	s.Staff("auditor", sitting.PermAudit)
	s.Scoped("here", auth.Scope{Venues: []string{s.Venue.ID}}, sitting.PermAudit)
	s.Scoped("elsewhere", auth.Scope{Venues: []string{"another"}}, sitting.PermAudit)
	s.Scoped("nowhere", auth.Scope{}, sitting.PermAudit)
	const path = "/api/v1/exam/venue-audit"
	type gaps struct{ Items []sitting.VenueGap }
	_, body := s.Do("auditor", http.MethodGet, path+"/gaps", nil)
	require.Empty(t, examtest.Decode[gaps](t, body).Items, string(body))
	act(5, "seating.seat.assign", people.Items[0].ID)
	act(7, "supervise.close", in.ID)
	for query, n := range map[string]int{
		"": 4, "?venue=" + s.Venue.ID: 4, "?venue=other": 0, "?sitting=" + in.ID: 3, "?sitting=none": 0, "?action=exam.": 1,
		"?actor=chief&sort=-at": 4, "?q=preflight": 1, "?page_size=1": 4, "?node=" + s.Device.Node: 4, "?to=2020-01-01T00:00:00Z": 0,
	} {
		status, body := s.Do("auditor", http.MethodGet, path+query, nil)
		require.Equal(t, http.StatusOK, status, string(body))
		require.Equal(t, n, examtest.Decode[db.List[sitting.VenueAct]](t, body).Total, query)
	}
	want := []sitting.VenueGap{{Node: s.Device.Node, Venue: s.Venue.ID, First: 3, Last: 4}, {Node: s.Device.Node, Venue: s.Venue.ID, First: 6, Last: 6}}
	for who, n := range map[string]int{"auditor": 4, "here": 4, "elsewhere": 0, "nowhere": 0} {
		_, body := s.Do(who, http.MethodGet, path, nil)
		require.Equal(t, n, examtest.Decode[db.List[sitting.VenueAct]](t, body).Total, who)
		_, body = s.Do(who, http.MethodGet, path+"/gaps", nil)
		if n == 0 {
			require.Empty(t, examtest.Decode[gaps](t, body).Items, who)
			continue
		}
		require.Equal(t, want, examtest.Decode[gaps](t, body).Items, who)
	}
	status, _ := s.Do("boss", http.MethodGet, path, nil)
	require.Equal(t, http.StatusForbidden, status)
}
