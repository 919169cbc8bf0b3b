package venue_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/exam/venue"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/wire"
)

func page(t *testing.T, s *examtest.Story) venue.Page {
	t.Helper()
	status, body := s.Do("boss", http.MethodGet, venues+"/"+s.Venue.ID+"/page", nil)
	require.Equal(t, http.StatusOK, status, string(body))
	return examtest.Decode[venue.Page](t, body)
}

func TestPageHoldsContactsAndEquipment(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	one := venues + "/" + s.Venue.ID
	for _, c := range []struct {
		mobile string
		status int
	}{{"123", 400}, {"13911112222", 201}} {
		status, body := s.Do("boss", http.MethodPost, one+"/contacts", map[string]any{"name": "周值班", "duty": "夜间值班", "mobile": c.mobile})
		require.Equal(t, c.status, status, string(body))
		require.NotContains(t, string(body), "13911112222")
	}
	line := func(room string, total, usable int) map[string]any {
		return map[string]any{"items": []any{map[string]any{"kind": "考试机", "room": room, "total": total, "usable": usable}}}
	}
	for _, c := range []struct {
		body   any
		status int
		code   string
	}{
		{line("没有的", 20, 20), 400, "exam.venue.equip.room"},
		{line("一号机房", 20, 21), 400, "exam.venue.equip.usable"},
		{line("一号机房", 20, 18), 204, ""},
	} {
		status, body := s.Do("boss", http.MethodPut, one+"/equipment", c.body)
		require.Equal(t, c.status, status, string(body))
		if c.code != "" {
			require.Equal(t, c.code, examtest.Code(t, body))
		}
	}
	p := page(t, s)
	require.Equal(t, "139****2222", p.Contacts[0].Mobile)
	require.Equal(t, []string{"一号机房：可用考试机 18 台，少于 20 个座位"}, p.Short)
	require.Equal(t, venue.Phase("READY"), p.Phase)

	had := `[{"kind":"考试机","room":"","model":"","total":1,"usable":1,"note":""}]`
	set := func(items, was string) int {
		status, _ := s.Do("boss", http.MethodPut, one+"/equipment", `{"items":`+items+was+`}`)
		return status
	}
	require.Equal(t, http.StatusNoContent, set(had, ""))
	require.Equal(t, http.StatusNoContent, set("[]", `,"was":`+had))
	require.Equal(t, http.StatusConflict, set(had, `,"was":`+had), "somebody else has emptied it meanwhile")

	path := one + "/contacts/" + p.Contacts[0].ID
	status, _ := s.Do("boss", http.MethodDelete, path, nil)
	require.Equal(t, http.StatusNoContent, status)
	status, _ = s.Do("boss", http.MethodDelete, path, nil)
	require.Equal(t, http.StatusNotFound, status)
	require.Empty(t, page(t, s).Contacts)
}

// TestTheLastRehearsalStandsOnThePage, once however often it is reported, and
// the records of a rehearsal are nobody's exam.
func TestTheLastRehearsalStandsOnThePage(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	const id = wire.RehearsalPrefix + "1"
	before := dbtest.Snapshot(t, s.DB)
	for kind, body := range map[string]any{
		wire.KindLogin:       wire.Login{Sitting: id, Candidate: id + ".01", Attempt: "a", Seat: "A01", Fence: 1},
		wire.KindPaperIssued: wire.PaperIssued{Sitting: id, Attempt: "a", Digest: "d"},
		wire.KindStarted:     wire.Started{Sitting: id, Attempt: "a"},
		wire.KindAnswer:      wire.Answer{Sitting: id, Attempt: "a", Item: "1", Revision: 1, Choice: []string{"T"}},
		wire.KindAlarm:       wire.Alarm{ID: "x", Sitting: id, Level: wire.AlarmRed, Code: "c", Text: "t"},
		wire.KindHandin:      wire.Handin{Sitting: id, Attempt: "a"},
		wire.KindClosed:      wire.Closed{Sitting: id},
	} {
		s.Report(t, kind, id, body)
	}
	require.Equal(t, before, dbtest.Snapshot(t, s.DB), "a rehearsal leaves nothing in the records of exams")
	require.Empty(t, page(t, s).Rehearsals)

	report := wire.Rehearsal{
		ID: id, By: "tech", Started: s.Clock.Now().Add(-time.Hour), Ended: s.Clock.Now(), Terminals: 2, Version: "v1",
		Steps: []wire.RehearsalStep{{Code: wire.RehearseCut, Text: "断网 75 秒", Figures: map[string]int64{"outage_ms": 75_000}}},
	}
	s.Report(t, wire.KindRehearsal, id, report)
	report.Passed = true // the first word stays
	s.Report(t, wire.KindRehearsal, id, report)
	got := page(t, s).Rehearsals
	require.Len(t, got, 1)
	require.False(t, got[0].Passed)
	require.Equal(t, report.Steps, got[0].Steps)

	err := s.Apply(s.Device.Record(t, s.Clock.Now(), wire.KindRehearsal, "sitting-1", wire.Rehearsal{ID: "sitting-1"}))
	examtest.RequireFault(t, err, "exam.rehearsal.record")
}

// TestASuspensionHoldsWhatIsPlanned: what it means is said before, nothing
// opens while it lasts, and who did it and why stays on the page.
func TestASuspensionHoldsWhatIsPlanned(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Assigned(t, 2)
	p := page(t, s)
	require.Equal(t, 1, p.Impact.Held)
	require.Contains(t, p.Impact.Suspend, "已安排的 1 场（考生 2 人）不能开考")
	_, err := s.Venues.Switch(s.As("boss"), s.Venue.ID, venue.Disabled, "搬迁")
	examtest.RequireFault(t, err, "exam.venue.switch.pending")

	waiting := s.Ask(t, in.ID)
	require.Equal(t, venue.Phase("APPLYING"), page(t, s).Phase)
	_, err = s.Venues.Switch(s.As("boss"), s.Venue.ID, venue.Suspended, "消防检查")
	require.NoError(t, err)
	_, err = s.Sittings.Decide(s.As("boss"), waiting, sitting.Decision{Approve: true})
	examtest.RequireFault(t, err, "exam.sitting.approve.venue")
	_, err = s.Sittings.Decide(s.As("boss"), waiting, sitting.Decision{Reason: "消防检查"})
	require.NoError(t, err)
	s.Ask(t, in.ID)
	got, err := s.Sittings.Get(s.As("boss"), in.ID)
	require.NoError(t, err)
	require.Equal(t, sitting.Returned, got.State, "a suspended venue's request is answered by itself")
	s.Confirm(t, in.ID)
	_, err = s.Sittings.Assign(s.As("boss"), in.ID)
	require.NoError(t, err, "what is planned can still be prepared")

	_, err = s.Venues.Switch(s.As("boss"), s.Venue.ID, venue.Ready, "检查合格")
	require.NoError(t, err)
	_, err = s.Sittings.Decide(s.As("boss"), s.Ask(t, in.ID), sitting.Decision{Approve: true, Condition: "增加一名监考员"})
	require.NoError(t, err)
	p = page(t, s)
	require.Equal(t, venue.Phase("DISPATCHED"), p.Phase)
	require.Equal(t, 1, p.Impact.Going)
	require.Len(t, p.History, 2)
	require.Equal(t, "检查合格", p.History[0].Reason)
	require.Equal(t, venue.Change{From: "READY", To: "SUSPENDED", Reason: "消防检查", Ahead: 1, Who: "姓名boss", At: p.History[1].At}, p.History[1])
}
