package main

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/stack"
)

// whispers is the irregularity that the proctor notes in the story.
const whispers = "acceptance-whispers"

// catch is the proctor's note of an irregularity, sent twice as pages do.
func (w *world) catch(ctx context.Context) error {
	list, err := w.hall.Chief.Candidates(ctx, w.hall.Exam.Sitting)
	if err != nil {
		return err
	}
	for range 2 {
		body := map[string]any{"id": whispers, "candidate": list[0].ID, "code": "V03", "note": "与邻座交谈"}
		if err := w.hall.Chief.Do(ctx, http.MethodPost, w.hall.Path("/irregularities"), body, nil); err != nil {
			return fmt.Errorf("note: %w", err)
		}
	}
	return nil
}

// rule is the centre's word on it, and the rescoring that follows.
func (w *world) rule(ctx context.Context) error {
	c, err := w.hall.SignIn(ctx, w.logins["li.shenhe"])
	if err != nil {
		return err
	}
	body := map[string]any{"consequence": "WARN", "reason": "看过录像，已口头警告"}
	if err := c.Do(ctx, http.MethodPost, w.hall.CentrePath("/irregularities/"+whispers+"/ruling"), body, nil); err != nil {
		return fmt.Errorf("rule: %w", err)
	}
	_, err = w.hall.Rescore(ctx)
	return err
}

type result struct {
	Candidate, Outcome, Voided string
	Passed                     bool
}

// TestM64Conduct: what the venue noted is ruled on by the centre before results
// can be confirmed; something found after the publication corrects it, again by
// two people, and the first publication is kept.
func TestM64Conduct(t *testing.T) {
	w := system(t)
	opened.do(t, w.open)
	entered.do(t, w.enter)
	held.do(t, w.hold)
	rescored.do(t, w.rescore)
	published.do(t, w.publish)
	clerk, judge := w.as(t, "zhang.kaowu"), w.as(t, "li.shenhe")
	ctx := t.Context()

	noted := get[struct {
		Items []struct {
			ID, Code, Usual string
			Ruling          *struct{ Consequence string }
		}
	}](t, clerk, w.hall.CentrePath("/irregularities")).Items
	require.Len(t, noted, 1, "noted twice is one")
	require.Equal(t, "WARN", noted[0].Ruling.Consequence)

	scores := func() []result { return get[list[result]](t, clerk, w.hall.CentrePath("/scores")).Items }
	who := scores()[0].Candidate
	found := map[string]any{"candidate": who, "code": "V05", "note": "复看录像发现夹带"}
	refused(t, judge.Do(ctx, http.MethodPost, w.hall.CentrePath("/irregularities"), found, nil), http.StatusPreconditionFailed, "exam.conduct.published")
	require.NoError(t, clerk.Do(ctx, http.MethodPost, w.hall.CentrePath("/score/correct"), map[string]any{"reason": "收到举报"}, nil))
	require.NoError(t, judge.Do(ctx, http.MethodPost, w.hall.CentrePath("/irregularities"), found, nil))
	_, err := w.hall.Rescore(ctx)
	require.NoError(t, err)
	_, err = w.hall.Confirm(ctx)
	refused(t, err, http.StatusPreconditionFailed, "exam.score.unruled")

	for _, i := range get[struct {
		Items []struct {
			ID     string
			Ruling *struct{ Consequence string }
		}
	}](t, judge, w.hall.CentrePath("/irregularities")).Items {
		if i.Ruling == nil {
			require.NoError(t, judge.Do(ctx, http.MethodPost, w.hall.CentrePath("/irregularities/"+i.ID+"/ruling"), map[string]any{"consequence": "VOID", "reason": "录像清楚"}, nil))
		}
	}
	_, err = w.hall.Confirm(ctx)
	refused(t, err, http.StatusPreconditionFailed, "exam.score.late")
	for _, step := range []func(context.Context) (stack.Round, error){w.hall.Rescore, w.hall.Confirm, w.hall.Publish} {
		_, err = step(ctx)
		require.NoError(t, err)
	}
	for _, r := range scores() {
		if r.Candidate == who {
			require.Equal(t, result{who, "VOID", "V05", false}, r)
		}
	}
	earlier := get[struct{ Earlier []struct{ Attempts int } }](t, clerk, w.hall.CentrePath("/score")).Earlier
	require.Len(t, earlier, 1)
	require.Equal(t, storyCandidates, earlier[0].Attempts)
}
