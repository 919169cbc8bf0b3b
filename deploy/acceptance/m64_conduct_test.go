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
	Attempt, Candidate, Outcome, Voided string
	Passed                              bool
	Score                               int
}

type inspection struct {
	Marks []struct {
		Question        string
		Choice, Answer  []string
		Right, Annulled bool
		Got             int
	}
	Score int
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
	faulty, before := w.annul(t, scores())
	for _, step := range []func(context.Context) (stack.Round, error){w.hall.Rescore, w.hall.Confirm, w.hall.Publish} {
		_, err = step(ctx)
		require.NoError(t, err)
	}
	for _, r := range scores() {
		if r.Candidate == who {
			require.Equal(t, []any{"VOID", "V05", false}, []any{r.Outcome, r.Voided, r.Passed})
		}
		gained := 0
		for _, m := range w.inspect(t, r.Attempt).Marks {
			if m.Question == faulty {
				require.True(t, m.Annulled)
				if !m.Right {
					gained += m.Got
				}
			}
		}
		require.Equal(t, before[r.Attempt]+gained, r.Score, "a faulty question counts for everybody")
	}
	w.review(t, scores()[0].Attempt)
	earlier := get[struct{ Earlier []struct{ Attempts int } }](t, clerk, w.hall.CentrePath("/score")).Earlier
	require.Len(t, earlier, 1)
	require.Equal(t, storyCandidates, earlier[0].Attempts)
}

// inspect opens a paper with its answers and the right ones.
func (w *world) inspect(t *testing.T, attempt string) inspection {
	t.Helper()
	var out inspection
	require.NoError(t, w.as(t, "zhang.kaowu").Do(t.Context(), http.MethodPost, w.hall.CentrePath("/scores/"+attempt+"/inspect"), nil, &out))
	return out
}

// annul takes a question that somebody got wrong out of the sitting; it answers
// which, and the scores before.
func (w *world) annul(t *testing.T, list []result) (string, map[string]int) {
	t.Helper()
	faulty, before := "", map[string]int{}
	for _, r := range list {
		got := w.inspect(t, r.Attempt)
		before[r.Attempt] = got.Score
		for _, m := range got.Marks {
			if faulty == "" && !m.Right {
				require.NotEqual(t, m.Answer, m.Choice)
				faulty = m.Question
			}
		}
	}
	require.NotEmpty(t, faulty)
	body := map[string]any{"question": faulty, "annul": true, "reason": "答案有误"}
	require.NoError(t, w.as(t, "zhang.kaowu").Do(t.Context(), http.MethodPost, w.hall.CentrePath("/score/annul"), body, nil))
	return faulty, before
}

// review asks for a second look at a result; another person answers.
func (w *world) review(t *testing.T, attempt string) {
	t.Helper()
	clerk, judge := w.as(t, "zhang.kaowu"), w.as(t, "li.shenhe")
	require.NoError(t, clerk.Do(t.Context(), http.MethodPost, w.hall.CentrePath("/scores/"+attempt+"/reviews"), map[string]any{"statement": "对成绩有疑问"}, nil))
	asked := get[struct{ Items []struct{ ID string } }](t, judge, w.hall.CentrePath("/score/reviews")).Items
	require.Len(t, asked, 1)
	path := w.hall.CentrePath("/score/reviews/" + asked[0].ID)
	answer := map[string]any{"outcome": "MAINTAINED", "reply": "复核无误"}
	refused(t, clerk.Do(t.Context(), http.MethodPost, path, answer, nil), http.StatusForbidden, "exam.score.review.self")
	require.NoError(t, judge.Do(t.Context(), http.MethodPost, path, answer, nil))
}
