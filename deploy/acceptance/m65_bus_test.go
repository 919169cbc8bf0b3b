package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/stack"
)

// TestM42BusNew: who passed the story's exam gets a certificate of the post, who
// did not is refused. It comes after the scenarios of the exam, whose sitting is
// published only once they are done.
func TestM42BusNew(t *testing.T) {
	w := system(t)
	require.NoError(t, w.simulate(t.Context()))
	for _, s := range []struct {
		step *step
		do   func(context.Context) error
	}{{&opened, w.open}, {&entered, w.enter}, {&held, w.hold}, {&rescored, w.rescore}, {&published, w.publish}} {
		s.step.do(t, s.do)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	office, desk := w.as(t, "zhang.kaowu"), w.as(t, "qian.chuangkou")
	materials := []string{"M03", "M04", "M05", "M23"}
	form := map[string]string{"driving_no": "", "driving_class": "A1", "driving_first": "2018-05-20", "driving_until": "2036-05-20"}
	passed := 0
	for i, c := range w.hall.Exam.People {
		credits := get[list[struct{ State string }]](t, office, "/api/v1/exam/credits?category="+storyCategory+"&q="+c.IDNumber).Items
		// the scenarios of the exam may have taken one back
		counts := slices.ContainsFunc(credits, func(k struct{ State string }) bool { return k.State == "VALID" })
		p := stack.Employee{Name: "王验收", ID: c.IDNumber, Mobile: "19904200001", Category: storyCategory}
		form["driving_no"] = c.IDNumber
		id := fmt.Sprintf("m42-%d-%d", i, time.Now().UnixNano())
		page, err := w.OpenFor(ctx, w.logins, "BU01", p, stack.BusCompanies[0], form, materials, id)
		require.NoError(t, err)
		if !counts {
			err = w.Walk(ctx, w.logins, &page, id, "submit")
			var r *stack.Refusal
			require.ErrorAs(t, err, &r)
			require.Contains(t, r.Title, "考试合格成绩")
			continue
		}
		require.NoError(t, w.Walk(ctx, w.logins, &page, id, "submit", "accept", "claim", "pass-review", "grant", "make-certificate", "certificate-done", "deliver"))
		require.Equal(t, "COMPLETED", page.State)
		number := fileOf(t, desk, p).Licences[0].Number
		require.True(t, strings.HasPrefix(number, fmt.Sprintf("GJD%d", time.Now().Year())), number)
		passed++
	}
	require.Positive(t, passed, "somebody passed")
}
