package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type venuePage struct {
	Phase   string
	Short   []string
	Impact  struct{ Held int }
	People  []struct{ Username string }
	Devices []struct {
		Online bool
		Dead   int
	}
	History []struct {
		To, Reason, Who string
		Ahead           int
	}
	Contacts []struct{ Name, Mobile string }
}

// TestM57Venues: one page says what a venue has, who works there and how its
// device is; suspended with a reason it takes and opens nothing, what that means
// for its sittings is said before, and who did it stays on the page.
func TestM57Venues(t *testing.T) {
	w := system(t)
	office := w.as(t, "zhang.kaowu")
	story := get[venuePage](t, office, "/api/v1/exam/venues/"+w.hall.Exam.Venue+"/page")
	require.NotEmpty(t, story.People)
	require.NotEmpty(t, story.Devices)

	post := func(path string, body any, out any) error {
		return office.Do(t.Context(), http.MethodPost, "/api/v1/exam/venues"+path, body, out)
	}
	var made struct{ ID string }
	require.NoError(t, post("", map[string]any{
		"code": "157", "name": "青浦分考场", "district": "青浦区", "address": "公园路 1 号",
		"rooms": []any{map[string]any{"name": "甲室", "seats": []string{"1", "2"}}},
	}, &made))
	one := "/" + made.ID
	require.NoError(t, post(one+"/contacts", map[string]any{"name": "周值班", "duty": "夜间值班", "mobile": "13911112222"}, nil))
	require.NoError(t, office.Do(t.Context(), http.MethodPut, "/api/v1/exam/venues"+one+"/equipment", map[string]any{
		"items": []any{map[string]any{"kind": "考试机", "room": "甲室", "total": 2, "usable": 1}},
	}, nil))
	rules := get[list[struct{ ID string }]](t, office, "/api/v1/exam/rules")
	plan := func(days int) error {
		return office.Do(t.Context(), http.MethodPost, "/api/v1/exam/sittings", map[string]any{
			"title": "青浦场次", "venue": made.ID, "room": "甲室", "rule": rules.Items[0].ID, "rule_version": 1,
			"starts_at": time.Now().AddDate(0, 0, days).UTC().Truncate(time.Minute),
		}, nil)
	}
	require.NoError(t, plan(30))
	page := func() venuePage { return get[venuePage](t, office, "/api/v1/exam/venues"+one+"/page") }
	p := page()
	require.Equal(t, "READY", p.Phase)
	require.Equal(t, 1, p.Impact.Held, "said before it is done")
	require.Equal(t, "139****2222", p.Contacts[0].Mobile)
	require.Len(t, p.Short, 1)

	to := func(state, reason string) error {
		return post(one+"/switch", map[string]any{"state": state, "reason": reason}, nil)
	}
	refused(t, to("DISABLED", "搬迁"), http.StatusPreconditionFailed, "exam.venue.switch.pending")
	refused(t, to("SUSPENDED", " "), http.StatusBadRequest, "exam.venue.switch.reason")
	require.NoError(t, to("SUSPENDED", "消防检查"))
	require.Equal(t, "SUSPENDED", page().Phase)
	refused(t, plan(31), http.StatusPreconditionFailed, "exam.venue.closed")
	require.NoError(t, to("READY", "检查合格"))
	p = page()
	require.Equal(t, "READY", p.Phase)
	require.Len(t, p.History, 2)
	require.Equal(t, "消防检查", p.History[1].Reason)
	require.Equal(t, "张考务", p.History[1].Who)
	require.Equal(t, 1, p.History[1].Ahead)

	board := get[list[struct{ ID, District, Phase string }]](t, office, "/api/v1/exam/venue-board")
	require.GreaterOrEqual(t, len(board.Items), 2)
}
