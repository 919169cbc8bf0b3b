package paper_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/paper"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
)

// form is a rule as the page sends it; count is of its true/false section.
func form(count int) map[string]any {
	return map[string]any{
		"name": "规则", "category": "09002", "subject": "区域科目", "minutes": 60, "pass": 60, "shuffle": true,
		"shuffle_options": true, "multi_partial": false, "show_score": true, "early_minutes": 0,
		"sections": []any{
			map[string]any{"type": "TF", "count": count, "each": 10},
			map[string]any{"type": "CASE", "count": 1, "each": 10, "subs": 2},
		},
	}
}

func with(k string, v any) map[string]any {
	out := form(5)
	out[k] = v
	return out
}

func TestCheckTellsTheShortageBeforeSaving(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	before := dbtest.Snapshot(t, s.DB)
	status, body := s.Do("boss", http.MethodPost, "/api/v1/exam/rules/check", form(5))
	require.Equal(t, http.StatusOK, status, string(body))
	require.True(t, examtest.Decode[paper.Feasibility](t, body).Exact)

	_, body = s.Do("boss", http.MethodPost, "/api/v1/exam/rules/check", form(25))
	got := examtest.Decode[paper.Feasibility](t, body)
	require.False(t, got.OK)
	require.Equal(t, 25, got.Shortages[0].Need)
	require.Equal(t, 20, got.Shortages[0].Have)
	require.Contains(t, got.Shortages[0].Text, "还缺 5 道")

	tight := form(5)
	tight["sections"].([]any)[0].(map[string]any)["chapters"] = []any{map[string]any{"chapter": "没有的章节", "min": 2}}
	_, body = s.Do("boss", http.MethodPost, "/api/v1/exam/rules/check", tight)
	got = examtest.Decode[paper.Feasibility](t, body)
	require.True(t, got.OK, "a soft shortage only relaxes")
	require.False(t, got.Exact)
	require.Equal(t, before, dbtest.Snapshot(t, s.DB))
}

func TestVersions(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	status, body := s.Do("boss", http.MethodPost, "/api/v1/exam/rules", form(5))
	require.Equal(t, http.StatusCreated, status, string(body))
	r := examtest.Decode[paper.Saved](t, body).Rule
	path := "/api/v1/exam/rules/" + r.ID + "/versions/"
	s.Clock.Advance(time.Minute)
	status, _ = s.Do("boss", http.MethodPut, path+"1", form(6))
	require.Equal(t, http.StatusOK, status, "nobody uses it yet")
	late := form(4)
	late["seen"] = r.SavedAt
	status, body = s.Do("boss", http.MethodPut, path+"1", late)
	require.Equal(t, http.StatusConflict, status, "somebody has saved since this author looked")
	require.Equal(t, "exam.paper.stale", examtest.Code(t, body))
	_, body = s.Do("boss", http.MethodGet, path+"1", nil)
	late["seen"], late["sections"] = examtest.Decode[paper.Rule](t, body).SavedAt, form(6)["sections"]
	status, body = s.Do("boss", http.MethodPut, path+"1", late)
	require.Equal(t, http.StatusOK, status, string(body))
	s.Scoped("here", auth.Scope{Venues: []string{s.Venue.ID}}, paper.PermList, paper.PermSave, paper.PermPreview)
	for verb, send := range map[string]any{"": form(9), "/succeed": form(9), "/retire": map[string]any{"retired": true}, "/preview": nil} {
		method := http.MethodPost
		if verb == "" {
			method = http.MethodPut
		}
		status, body = s.Do("here", method, path+"1"+verb, send)
		require.Equal(t, http.StatusForbidden, status, "a rule is of every venue: %s %s", verb, body)
	}
	status, body = s.Do("boss", http.MethodPost, path+"1/succeed", form(7))
	require.Equal(t, http.StatusCreated, status, string(body))
	require.Equal(t, 2, examtest.Decode[paper.Saved](t, body).Rule.Version)
	for _, p := range []string{"1", "1/succeed"} {
		method := map[string]string{"1": http.MethodPut, "1/succeed": http.MethodPost}[p]
		status, body = s.Do("boss", method, path+p, form(8))
		require.Equal(t, http.StatusConflict, status)
		require.Equal(t, "exam.paper.old", examtest.Code(t, body))
	}
	_, body = s.Do("boss", http.MethodGet, path+"1", nil)
	require.Equal(t, 6, examtest.Decode[paper.Rule](t, body).Body.Sections[0].Count, "the old version stays as it was")
	_, body = s.Do("boss", http.MethodGet, "/api/v1/exam/rules", nil)
	require.Equal(t, 2, examtest.Decode[db.List[paper.Rule]](t, body).Total, "the latest of each")
	_, body = s.Do("boss", http.MethodGet, "/api/v1/exam/rules?all=true", nil)
	require.Equal(t, 3, examtest.Decode[db.List[paper.Rule]](t, body).Total)
	status, _ = s.Do("boss", http.MethodPost, path+"2/retire", map[string]any{"retired": true})
	require.Equal(t, http.StatusNoContent, status)
	_, body = s.Do("boss", http.MethodGet, "/api/v1/exam/rules", nil)
	require.Equal(t, 1, examtest.Decode[db.List[paper.Rule]](t, body).Total)
	require.Equal(t, 5, s.Audited(paper.PermSave))
}

func TestPreviewShowsNoAnswers(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	status, body := s.Do("boss", http.MethodPost, "/api/v1/exam/rules/"+s.Rule.ID+"/versions/1/preview", nil)
	require.Equal(t, http.StatusOK, status, string(body))
	p := examtest.Decode[paper.Preview](t, body)
	require.Len(t, p.Sheet.Items, 10)
	require.Len(t, p.Sheet.Cases, 1)
	require.Equal(t, "姓名boss（boss） 2026-11-23 09:00:00", p.Mark.Text)
	require.NotContains(t, string(body), `"answer"`)
	require.NotContains(t, string(body), `"explain"`)
	require.Equal(t, 1, s.Audited(paper.PermPreview))
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	s.Staff("clerk")
	before := dbtest.Snapshot(t, s.DB)
	const rules = "/api/v1/exam/rules"
	for _, c := range []struct {
		who, method, path string
		body              any
		status            int
		code              string
	}{
		{"", http.MethodGet, rules, nil, 401, ""},
		{"clerk", http.MethodGet, rules, nil, 403, ""},
		{"clerk", http.MethodPost, rules, form(5), 403, ""},
		{"boss", http.MethodPost, rules, with("category", "99999"), 400, "exam.paper.save.category"},
		{"boss", http.MethodPost, rules, with("subject", "体育"), 400, "exam.paper.save.subject"},
		{"boss", http.MethodPost, rules, with("pass", 9999), 400, "exam.rule.pass"},
		{"boss", http.MethodPost, rules, with("minutes", -5), 400, ""},
		{"boss", http.MethodPost, rules, with("id", "mine"), 400, ""},
		{"boss", http.MethodPost, rules, with("version", 7), 400, ""},
		{"boss", http.MethodPost, rules, with("sections", []any{}), 400, ""},
		{"boss", http.MethodPut, rules + "/none/versions/1", form(5), 404, "record.missing"},
		{"boss", http.MethodPut, rules + "/" + s.Rule.ID + "/versions/9", form(5), 404, "record.missing"},
		{"boss", http.MethodGet, rules + "/" + s.Rule.ID + "/versions/-1", nil, 400, ""},
		{"boss", http.MethodPost, rules + "/none/versions/1/retire", map[string]any{"retired": true}, 404, "record.missing"},
	} {
		status, body := s.Do(c.who, c.method, c.path, c.body)
		require.Equal(t, c.status, status, "%s %s %s", c.method, c.path, body)
		if c.code != "" {
			require.Equal(t, c.code, examtest.Code(t, body))
		}
	}
	require.Equal(t, before, dbtest.Snapshot(t, s.DB))
}
