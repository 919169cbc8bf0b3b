package paper_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/paper"
	"huyun.internal/protocol/exam"
)

func TestDistributionOfAThousandPapers(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	body := form(10)
	tf := body["sections"].([]any)[0].(map[string]any)
	tf["chapters"] = []any{map[string]any{"chapter": "服务规范", "min": 4, "max": 6}}
	tf["difficulty"] = []any{map[string]any{"level": 1, "percent": 40}, map[string]any{"level": 2, "percent": 40}, map[string]any{"level": 3, "percent": 20}}
	status, raw := s.Do("boss", http.MethodPost, "/api/v1/exam/rules/distribution", body)
	require.Equal(t, http.StatusOK, status, string(raw))
	got := examtest.Decode[paper.Distribution](t, raw)
	require.Equal(t, 1000, got.Papers)
	require.Len(t, got.Sections, 2)
	require.Equal(t, []paper.Part{{Name: "1", Min: 4, Mean: 4, Max: 4}, {Name: "2", Min: 4, Mean: 4, Max: 4}, {Name: "3", Min: 2, Mean: 2, Max: 2}}, got.Sections[0].Levels)
	for _, c := range got.Sections[0].Chapters {
		if c.Name == "服务规范" {
			require.GreaterOrEqual(t, c.Min, 4)
			require.LessOrEqual(t, c.Max, 6)
		}
	}
	require.Equal(t, 2, len(got.Sections[0].Chapters))
	require.Empty(t, got.Relaxed)
	require.Greater(t, got.Overlap.Mean, 20.0, "ten of twelve eligible questions cannot differ")
	require.LessOrEqual(t, got.Overlap.P95, got.Overlap.Max)
	require.Greater(t, got.Most, 50.0)
	require.NotContains(t, string(raw), "判断题第", "figures, no question")
	_, again := s.Do("boss", http.MethodPost, "/api/v1/exam/rules/distribution", body)
	require.Equal(t, string(raw), string(again), "the same rule over the same bank")

	tf["difficulty"] = []any{map[string]any{"level": 1, "percent": 100}} // the bank has four
	_, raw = s.Do("boss", http.MethodPost, "/api/v1/exam/rules/distribution", body)
	got = examtest.Decode[paper.Distribution](t, raw)
	require.Equal(t, paper.Relaxed{Section: 0, Kind: "difficulty", Papers: 1000}, got.Relaxed[len(got.Relaxed)-1])
	status, raw = s.Do("boss", http.MethodPost, "/api/v1/exam/rules/distribution", form(25))
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.Equal(t, "exam.paper.shortage", examtest.Code(t, raw))
}

// Every category has default papers that are sound, and of the size that the
// domain reference gives (9.2).
func TestDefaults(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	for _, c := range vocabulary.Categories() {
		status, raw := s.Do("boss", http.MethodGet, "/api/v1/exam/rules/defaults?category="+c.Code, nil)
		require.Equal(t, http.StatusOK, status, string(raw))
		rules := examtest.Decode[struct{ Items []exam.Rule }](t, raw).Items
		require.NotEmpty(t, rules, c.Code)
		for _, r := range rules {
			require.NoError(t, r.Validate())
			require.Contains(t, r.Name, c.Name)
			require.EqualValues(t, 1000, r.Full(), "%s %s", c.Code, r.Subject)
		}
		switch c.Code {
		case "09002":
			require.Equal(t, []int{85, 55}, []int{rules[0].Items(), rules[1].Items()})
			require.Equal(t, "区域科目", rules[1].Subject)
		case "03001":
			require.EqualValues(t, 900, rules[0].Pass)
		case "13001":
			require.Equal(t, exam.Case, rules[0].Sections[3].Type)
			require.Equal(t, 5, rules[0].Sections[3].Subs)
		}
	}
	status, raw := s.Do("boss", http.MethodGet, "/api/v1/exam/rules/defaults?category=99999", nil)
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, "exam.paper.save.category", examtest.Code(t, raw))
}
