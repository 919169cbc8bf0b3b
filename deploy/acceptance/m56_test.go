package main

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/exam"
)

type savedRule struct {
	Rule struct {
		ID      string
		Version int
	}
	Feasibility feasibility
}

type feasibility struct {
	OK        bool
	Questions int
	Items     int
	Full      exam.Points
	Shortages []exam.Shortage
}

// ruleForm is a rule that the bank satisfies: a case is one question of five.
func ruleForm(name string) map[string]any {
	return map[string]any{
		"name": name, "category": "13001", "subject": "理论", "minutes": 30, "pass": 600, "shuffle": true, "shuffle_options": true,
		"multi_partial": false, "show_score": true, "early_minutes": 0,
		"sections": []map[string]any{
			{"type": "TF", "count": 8, "each": 20, "difficulty": []map[string]int{{"level": 1, "percent": 50}, {"level": 2, "percent": 50}}},
			{"type": "SINGLE", "count": 6, "each": 40, "chapters": []map[string]any{{"chapter": "公交法规", "min": 2}}},
			{"type": "CASE", "count": 1, "each": 40, "subs": 5},
		},
	}
}

// TestM56Rules: a rule says at once whether the bank satisfies it and if not
// where the shortage is; a preview is a paper by the rule; a used rule cannot be
// changed, only succeeded.
func TestM56Rules(t *testing.T) {
	w := system(t)
	office := w.as(t, "zhang.kaowu")

	wanting := ruleForm("题量不足")
	wanting["sections"] = []map[string]any{{"type": "SINGLE", "count": 250, "each": 4, "chapters": []map[string]any{{"chapter": "没有的章节", "min": 3}}}}
	var judged feasibility
	require.NoError(t, office.Do(t.Context(), http.MethodPost, "/api/v1/exam/rules/check", wanting, &judged))
	require.False(t, judged.OK)
	kinds := map[string]exam.Shortage{}
	for _, s := range judged.Shortages {
		require.NotEmpty(t, s.Text)
		require.Less(t, s.Have, s.Need)
		kinds[s.Kind] = s
	}
	require.Equal(t, 250, kinds["count"].Need)
	require.True(t, kinds["count"].Hard)
	require.Equal(t, "没有的章节", kinds["chapter"].Chapter)

	var made savedRule
	require.NoError(t, office.Do(t.Context(), http.MethodPost, "/api/v1/exam/rules", ruleForm("验收规则"), &made))
	require.True(t, made.Feasibility.OK, "%+v", made.Feasibility)
	require.Equal(t, 8+6+5, made.Feasibility.Items)
	require.EqualValues(t, 600, made.Feasibility.Full)
	one := "/api/v1/exam/rules/" + made.Rule.ID + "/versions/"
	preview(t, w, one+"1/preview")
	use(t, w, made.Rule.ID)
	changed := ruleForm("验收规则（改）")
	refused(t, office.Do(t.Context(), http.MethodPut, one+"1", changed, nil), http.StatusConflict, "exam.paper.used")
	var next savedRule
	require.NoError(t, office.Do(t.Context(), http.MethodPost, one+"1/succeed", changed, &next))
	require.Equal(t, 2, next.Rule.Version)
	require.NoError(t, office.Do(t.Context(), http.MethodPut, one+"2", changed, nil), "the new version is free until it is used")
	first := get[struct{ Name string }](t, office, one+"1")
	require.Equal(t, "验收规则", first.Name, "the used one stays as it was")
}

// TestM56Defaults: every category has its default paper at one click, a thousand
// papers of a rule show its distribution, and exposure limits are kept with it.
func TestM56Defaults(t *testing.T) {
	w := system(t)
	office := w.as(t, "zhang.kaowu")
	for _, c := range exam.Categories() {
		usual := get[list[exam.Rule]](t, office, "/api/v1/exam/rules/defaults?category="+c.Code)
		require.NotEmpty(t, usual.Items, c.Code)
		for _, r := range usual.Items {
			require.NoError(t, r.Validate())
			require.EqualValues(t, 1000, r.Full())
		}
	}
	form := ruleForm("曝光受限")
	form["avoid_papers"], form["overlap_cap"] = 2, 40
	var spread struct {
		Papers   int
		Sections []struct {
			Levels, Chapters []struct {
				Name     string
				Min, Max int
				Mean     float64
			}
		}
		Overlap struct{ P95, Max int }
	}
	require.NoError(t, office.Do(t.Context(), http.MethodPost, "/api/v1/exam/rules/distribution", form, &spread))
	require.Equal(t, 1000, spread.Papers)
	for _, level := range spread.Sections[0].Levels {
		require.Equal(t, []int{4, 4}, []int{level.Min, level.Max}, "half of eight at each of two levels")
	}
	require.LessOrEqual(t, spread.Overlap.P95, spread.Overlap.Max)
	var made savedRule
	require.NoError(t, office.Do(t.Context(), http.MethodPost, "/api/v1/exam/rules", form, &made))
	kept := get[struct {
		AvoidPapers int `json:"avoid_papers"`
		OverlapCap  int `json:"overlap_cap"`
	}](t, office, "/api/v1/exam/rules/"+made.Rule.ID+"/versions/1")
	require.Equal(t, []int{2, 40}, []int{kept.AvoidPapers, kept.OverlapCap})
}

// preview makes a paper twice: by the rule, and not the same one.
func preview(t *testing.T, w *world, path string) {
	t.Helper()
	office := w.as(t, "zhang.kaowu")
	var stems [2]map[string]bool
	for i := range stems {
		var paper struct {
			Sheet     exam.Sheet
			Watermark struct{ Text string }
		}
		require.NoError(t, office.Do(t.Context(), http.MethodPost, path, nil, &paper))
		counts := map[string]int{}
		stems[i] = map[string]bool{}
		for _, item := range paper.Sheet.Items {
			counts[strconv.Itoa(item.Section)]++
			stems[i][item.Stem] = true
		}
		require.Equal(t, map[string]int{"0": 8, "1": 6, "2": 5}, counts, "eight statements, six choices, one case of five")
		require.EqualValues(t, 600, paper.Sheet.Full)
	}
	require.NotEqual(t, stems[0], stems[1])
}

// use plans a sitting by the rule.
func use(t *testing.T, w *world, rule string) {
	t.Helper()
	require.NoError(t, w.as(t, "zhang.kaowu").Do(t.Context(), http.MethodPost, "/api/v1/exam/sittings", map[string]any{
		"title": "规则占用", "venue": w.hall.Exam.Venue, "room": "一号考室", "rule": rule, "rule_version": 1,
		"starts_at": time.Now().Add(30 * time.Hour).UTC().Truncate(time.Minute),
	}, nil))
}
