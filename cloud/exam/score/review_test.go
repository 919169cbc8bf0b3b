package score_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/score"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
)

func (w *world) inspect(t *testing.T, attempt string) score.Inspection {
	t.Helper()
	status, body := w.Do("first", http.MethodPost, w.path+"/scores/"+attempt+"/inspect", nil)
	require.Equal(t, http.StatusOK, status, string(body))
	return examtest.Decode[score.Inspection](t, body)
}

func (w *world) publish(t *testing.T) {
	t.Helper()
	_, err := w.scores.Run(w.As("first"), w.in.ID)
	require.NoError(t, err)
	w.post(t, "first", "/score/confirm", map[string]any{}, 200, "")
	w.post(t, "other", "/score/publish", nil, 200, "")
}

func TestAPaperCanBeLookedOverAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Sit(t, w.hall, 0, 3)
	w.post(t, "first", "/scores/attempt-00/inspect", nil, 412, "exam.score.inspect.running")
	w.Close(t, w.hall)
	got := w.inspect(t, "attempt-00")
	require.Len(t, got.Marks, len(got.Sheet.Items))
	right := 0
	for i, m := range got.Marks {
		require.Equal(t, got.Sheet.Items[i].No, m.No)
		require.NotEmpty(t, m.Answer)
		if m.Right {
			right++
			require.Equal(t, m.Answer, m.Choice)
			require.EqualValues(t, 1, m.Changes)
		} else {
			require.EqualValues(t, 2, m.Changes)
			require.Zero(t, m.Got)
		}
	}
	require.Equal(t, 3, right)
	require.Contains(t, got.Seen.Text, "姓名first")
	require.Equal(t, 1, w.Audited(score.PermInspect))
	var seen int
	require.NoError(t, w.DB.QueryRow(t.Context(), `SELECT count(*) FROM exam_question_seen WHERE who = 'first'`).Scan(&seen))
	require.Positive(t, seen, "custody")

	w.post(t, "first", "/scores/nobody/inspect", nil, 404, "exam.score.inspect.none")
	w.post(t, "other", "/scores/attempt-00/inspect", nil, 403, "")
}

func TestAFaultyQuestionCountsForEverybody(t *testing.T) {
	t.Parallel()
	w := sat(t)
	before := map[int]int{}
	for i := range 3 {
		before[i] = w.result(t, i).Score
	}
	wrong := w.inspect(t, "attempt-02").Marks[0]
	require.False(t, wrong.Right)
	w.post(t, "first", "/score/annul", map[string]any{"question": "none", "annul": true, "reason": "答案有误"}, 400, "exam.score.annul.question")
	w.post(t, "first", "/score/annul", map[string]any{"question": wrong.Question, "annul": true, "reason": " "}, 400, "exam.score.annul.reason")
	w.post(t, "other", "/score/annul", map[string]any{"question": wrong.Question, "annul": true, "reason": "x"}, 403, "")
	w.post(t, "first", "/score/annul", map[string]any{"question": wrong.Question, "annul": true, "reason": "答案有误"}, 204, "")
	w.post(t, "first", "/score/annul", map[string]any{"question": wrong.Question, "annul": true, "reason": "答案有误"}, 409, "exam.score.annul.same")
	w.post(t, "first", "/score/confirm", map[string]any{}, 412, "exam.score.late")

	for i := range 3 {
		gained := 0
		for j, m := range w.inspect(t, []string{"attempt-00", "attempt-01", "attempt-02"}[i]).Marks {
			if m.Question == wrong.Question {
				require.True(t, m.Annulled)
				require.Positive(t, m.Got, "item %d", j)
				if !m.Right {
					gained += m.Got
				}
			}
		}
		got := w.result(t, i)
		require.Equal(t, before[i]+gained, got.Score)
		require.Empty(t, got.Difference, "the venue marked what it had")
	}
	w.post(t, "first", "/score/annul", map[string]any{"question": wrong.Question, "annul": false, "reason": "核实无误"}, 204, "")
	require.Equal(t, before[2], w.result(t, 2).Score)
	_, err := w.DB.Exec(t.Context(), `UPDATE exam_annulment SET annulled = true`)
	require.NoError(t, err)
	w.post(t, "first", "/score", nil, 500, "exam.score.tampered")
}

// todo are the sittings that somebody still has to do something about.
func (w *world) todo(t *testing.T, what sitting.Todo) []string {
	t.Helper()
	status, body := w.Do("first", http.MethodGet, "/api/v1/exam/sittings?todo="+string(what), nil)
	require.Equal(t, http.StatusOK, status, string(body))
	ids := []string{}
	for _, s := range examtest.Decode[db.List[sitting.Sitting]](t, body).Items {
		ids = append(ids, s.ID)
	}
	return ids
}

// TestResultsThatAreDueAreSomebodysTask: two days before the ten of a taxi exam
// are over, and until the results are out.
func TestResultsThatAreDueAreSomebodysTask(t *testing.T) {
	t.Parallel()
	w := sat(t)
	w.Clock.Advance(7 * 24 * time.Hour)
	require.Empty(t, w.todo(t, sitting.TodoPublish))
	w.Clock.Advance(26 * time.Hour)
	require.Equal(t, []string{w.in.ID}, w.todo(t, sitting.TodoPublish))
	w.publish(t)
	require.Empty(t, w.todo(t, sitting.TodoPublish))
}

func TestAResultIsReviewedByAnotherPerson(t *testing.T) {
	t.Parallel()
	w := sat(t)
	ask := map[string]any{"statement": "第 3 题答案有异议"}
	w.post(t, "first", "/scores/attempt-01/reviews", ask, 412, "exam.score.review.unpublished")
	w.publish(t)
	w.post(t, "first", "/scores/nobody/reviews", ask, 409, "exam.score.review.again")
	require.Empty(t, w.todo(t, sitting.TodoReview))
	w.post(t, "first", "/scores/attempt-01/reviews", ask, 204, "")
	w.post(t, "first", "/scores/attempt-01/reviews", ask, 409, "exam.score.review.again")
	require.Equal(t, []string{w.in.ID}, w.todo(t, sitting.TodoReview), "the start page counts it")

	_, body := w.Do("first", http.MethodGet, w.path+"/score/reviews", nil)
	list := examtest.Decode[struct{ Items []score.Review }](t, body).Items
	require.Len(t, list, 1)
	require.Contains(t, list[0].Name, "*")
	answer := map[string]any{"outcome": "MAINTAINED", "reply": "复核无误"}
	before := dbtest.Snapshot(t, w.DB)
	w.post(t, "first", "/score/reviews/"+list[0].ID, answer, 403, "exam.score.review.self")
	w.post(t, "inspector", "/score/reviews/none", answer, 404, "exam.score.review.none")
	require.Equal(t, before, dbtest.Snapshot(t, w.DB))
	w.post(t, "inspector", "/score/reviews/"+list[0].ID, answer, 204, "")
	require.Empty(t, w.todo(t, sitting.TodoReview))
	w.post(t, "inspector", "/score/reviews/"+list[0].ID, answer, 404, "exam.score.review.none")
	w.post(t, "first", "/scores/attempt-01/reviews", ask, 204, "")
}
