package exam_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/exam"
)

// FuzzRule: whatever JSON a rule is decoded from, checking it and drawing from
// it neither panics nor hangs, and a paper that comes out has the rule's size.
func FuzzRule(f *testing.F) {
	full, err := json.Marshal(fullRule())
	require.NoError(f, err)
	f.Add(full)
	f.Add([]byte(`{"sections":[{"type":"TF","count":-1,"each":1}]}`))
	f.Add([]byte(`{"id":"r","version":1,"name":"n","category":"09002","subject":"全国公共科目","minutes":1,"pass":1,` +
		`"sections":[{"type":"TF","count":3,"each":1,"chapters":[{"chapter":"职业道德","min":3,"max":3}]}]}`))
	x := index(f, bank(fullBank))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var r exam.Rule
		if json.Unmarshal(raw, &r) != nil || r.Validate() != nil {
			return
		}
		p, err := exam.Generate(r, x, seed(1))
		if err != nil {
			return
		}
		require.Len(t, p.Items, r.Items())
		_, err = exam.View(&p, x)
		require.NoError(t, err)
	})
}

// FuzzRange: a range that passes validation can be drawn from, shown and
// scored.
func FuzzRange(f *testing.F) {
	small, err := json.Marshal(bank(map[exam.Type]int{exam.TF: 1, exam.Single: 1, exam.Multi: 1, exam.Case: 1}))
	require.NoError(f, err)
	f.Add(small)
	f.Add([]byte(`{"questions":[{"type":"CASE","sub":[{"type":"CASE"}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var r exam.Range
		if json.Unmarshal(raw, &r) != nil {
			return
		}
		x, err := exam.NewIndex(r)
		if err != nil {
			return
		}
		for _, q := range r.Questions {
			rule := fullRule()
			rule.Category, rule.Subject = q.Categories[0], q.Subject
			rule.Sections = []exam.Section{{Type: q.Type, Count: 1, Each: 2, Subs: len(q.Sub)}}
			rule.Pass = 1
			p, err := exam.Generate(rule, x, seed(1))
			require.NoError(t, err)
			_, err = exam.View(&p, x)
			require.NoError(t, err)
			res, err := exam.Score(&p, x, perfect(x, p))
			require.NoError(t, err)
			require.Equal(t, res.Full, res.Total)
		}
	})
}

// FuzzResponses: a paper and responses from outside are scored within bounds or
// refused.
func FuzzResponses(f *testing.F) {
	x := index(f, bank(fullBank))
	p, err := exam.Generate(fullRule(), x, seed(1))
	require.NoError(f, err)
	paper, err := json.Marshal(p)
	require.NoError(f, err)
	f.Add(paper, []byte(`[{"item":"1","revision":1,"choice":["T"]},{"item":"71","choice":["A","A"]}]`))
	f.Add([]byte(`{"items":[{"question":"CASE-00000","version":1,"sub":9}]}`), []byte(`[]`))
	f.Fuzz(func(t *testing.T, paper, responses []byte) {
		var p exam.Paper
		var r []exam.Response
		if json.Unmarshal(paper, &p) != nil || json.Unmarshal(responses, &r) != nil {
			return
		}
		_ = p.Digest()
		_ = exam.AnswersDigest(r)
		_, _ = exam.View(&p, x)
		for _, one := range r {
			_ = exam.CheckResponse(&p, x, one)
		}
		res, err := exam.Score(&p, x, r)
		if err == nil {
			require.LessOrEqual(t, res.Answered, len(p.Items))
		}
	})
}
