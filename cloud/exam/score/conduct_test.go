package score_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/score"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/wire"
)

// note is an irregularity of the venue's about a candidate.
func (w *world) note(t *testing.T, id string, candidate int, code string) {
	t.Helper()
	w.Report(t, wire.KindIrregularity, w.in.ID, wire.Irregularity{ID: id, Sitting: w.in.ID, Candidate: w.hall.Roster.Candidates[candidate].ID, Code: code, Note: "见监控"})
}

func (w *world) check(t *testing.T, id string, candidate int, stage, decision, by string) {
	t.Helper()
	w.Report(t, wire.KindVerification, w.in.ID, wire.Verification{ID: id, Sitting: w.in.ID, Candidate: w.hall.Roster.Candidates[candidate].ID, Stage: stage, Decision: decision, By: by, Engine: "dnn"})
}

// result is the row of a candidate after a run.
func (w *world) result(t *testing.T, candidate int) score.Row {
	t.Helper()
	_, err := w.scores.Run(w.As("first"), w.in.ID)
	require.NoError(t, err)
	list, err := w.scores.List(w.As("first"), w.in.ID, score.Filter{}, db.Page{})
	require.NoError(t, err)
	for _, r := range list.Items {
		if r.Candidate == w.hall.Roster.Candidates[candidate].ID {
			return r
		}
	}
	require.Fail(t, "no result")
	return score.Row{}
}

func TestWhatAnIrregularityMeansForAResult(t *testing.T) {
	t.Parallel()
	w := sat(t)
	for _, c := range []struct {
		code    string
		rule    conduct.Consequence
		outcome score.Outcome
		score   int
	}{
		{"V01", "", score.Absent, 160},
		{"V01", conduct.Warn, score.Passed, 160},
		{"V02", "", score.Passed, 160},
		{"V03", "", score.Passed, 160},
		{"V03", conduct.Zero, score.Zero, 0},
		{"V04", "", score.Passed, 160},
		{"V05", "", score.Void, 160},
		{"V05", conduct.None, score.Passed, 160},
		{"V06", "", score.Void, 160},
		{"V09", "", score.Void, 160},
	} {
		id := c.code + string(c.rule)
		w.note(t, id, 0, c.code)
		require.Equal(t, []string{w.in.ID}, w.todo(t, sitting.TodoConduct), "somebody has to rule")
		if c.rule != "" {
			w.post(t, "judge", "/irregularities/"+id+"/ruling", map[string]any{"consequence": c.rule, "reason": "看过录像"}, 204, "")
		}
		got := w.result(t, 0)
		require.Equal(t, c.outcome, got.Outcome, id)
		require.Equal(t, c.outcome == score.Passed, got.Passed, id)
		require.Equal(t, c.score, got.Score, id)
		_, err := w.DB.Exec(t.Context(), `DELETE FROM exam_irregularity`)
		require.NoError(t, err)
	}
}

func TestNothingIsConfirmedBeforeConductIsRuled(t *testing.T) {
	t.Parallel()
	w := sat(t)
	w.note(t, "i", 0, "V05")
	require.Equal(t, score.Void, w.result(t, 0).Outcome)
	w.post(t, "first", "/score/confirm", map[string]any{}, 412, "exam.score.unruled")

	before := dbtest.Snapshot(t, w.DB)
	for _, c := range []struct {
		body map[string]any
		code string
	}{
		{map[string]any{"consequence": "ZERO", "reason": "x"}, "exam.conduct.consequence"},
		{map[string]any{"consequence": "VOID", "reason": "x", "referred": true}, "exam.conduct.referred"},
		{map[string]any{"consequence": "VOID", "reason": " "}, "exam.conduct.reason"},
	} {
		w.post(t, "judge", "/irregularities/i/ruling", c.body, 400, c.code)
	}
	w.post(t, "judge", "/irregularities/none/ruling", map[string]any{"consequence": "VOID", "reason": "x"}, 404, "exam.conduct.none")
	w.post(t, "first", "/irregularities/i/ruling", map[string]any{"consequence": "VOID", "reason": "x"}, 403, "")
	w.post(t, "judge", "/irregularities", map[string]any{"candidate": "nobody", "code": "V03", "note": "x"}, 400, "exam.conduct.candidate")
	require.Equal(t, before, dbtest.Snapshot(t, w.DB))

	w.post(t, "judge", "/irregularities/i/ruling", map[string]any{"consequence": "NONE", "reason": "录像中未见夹带"}, 204, "")
	w.post(t, "judge", "/irregularities/i/ruling", map[string]any{"consequence": "VOID", "reason": "又看了一遍"}, 409, "exam.conduct.stale")
	w.post(t, "first", "/score/confirm", map[string]any{}, 412, "exam.score.late")
	require.Equal(t, score.Passed, w.result(t, 0).Outcome)
	w.post(t, "first", "/score/confirm", map[string]any{}, 200, "")

	// between the two persons' words
	w.note(t, "late", 1, "V05")
	w.post(t, "other", "/score/publish", nil, 412, "exam.score.unruled")
	w.post(t, "judge", "/irregularities/late/ruling", map[string]any{"consequence": "VOID", "reason": "看过录像"}, 204, "")
	w.post(t, "other", "/score/publish", nil, 412, "exam.score.late")
	require.Equal(t, score.Void, w.result(t, 1).Outcome)
	w.post(t, "first", "/score/confirm", map[string]any{}, 200, "")
	w.post(t, "other", "/score/publish", nil, 200, "")
	w.post(t, "judge", "/irregularities", map[string]any{"candidate": w.hall.Roster.Candidates[0].ID, "code": "V03", "note": "x"}, 412, "exam.conduct.published")
}

func TestARulingThatWasChangedIsFound(t *testing.T) {
	t.Parallel()
	w := sat(t)
	w.note(t, "i", 0, "V05")
	w.post(t, "judge", "/irregularities/i/ruling", map[string]any{"consequence": "VOID", "reason": "看过录像"}, 204, "")
	_, err := w.DB.Exec(t.Context(), `UPDATE exam_ruling SET consequence = 'NONE'`)
	require.NoError(t, err)
	w.post(t, "first", "/score", nil, 500, "exam.conduct.tampered")
}

func TestWhoNeverBeganHasNotFailed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Sit(t, w.hall, 0, 10)
	c := w.hall.Roster.Candidates[1]
	paper := w.hall.Plan.Paper(exam.SeedFor(w.hall.Paper.Secret, w.in.ID, c.ID), w.hall.Paper.Recent[c.ID]...)
	w.Report(t, wire.KindCheckin, w.in.ID, wire.Checkin{Sitting: w.in.ID, Candidate: c.ID, Admitted: true})
	w.Report(t, wire.KindLogin, w.in.ID, wire.Login{Sitting: w.in.ID, Candidate: c.ID, Attempt: "idle", Seat: "B07", Fence: 1})
	w.Report(t, wire.KindPaperIssued, w.in.ID, wire.PaperIssued{Sitting: w.in.ID, Candidate: c.ID, Attempt: "idle", Digest: paper.Digest().String(), Questions: len(paper.Items)})
	w.hall.Closed.Admitted++
	w.hall.Closed.Issued++
	w.Close(t, w.hall)

	got := w.result(t, 1)
	require.Equal(t, score.NotStarted, got.Outcome)
	require.Empty(t, got.Difference)
	require.False(t, got.Passed)
	require.Equal(t, "B07", got.Seat, "where they sat, not where they were planned")
	w.post(t, "first", "/score/confirm", map[string]any{}, 200, "")
	w.post(t, "other", "/score/publish", nil, 200, "")
}

func TestSomebodyElseAtTheSeatGetsNoResult(t *testing.T) {
	t.Parallel()
	w := sat(t)
	w.check(t, "v1", 0, "RANDOM", "manual", "machine")
	got := w.result(t, 0)
	require.Equal(t, conduct.Doubt, got.Identity)
	require.Equal(t, score.Passed, got.Outcome)
	require.Contains(t, got.Difference, "没有定论")

	w.check(t, "v2", 0, "RANDOM", "fail", "liu")
	w.check(t, "v3", 0, "RANDOM", "pass", "machine")
	got = w.result(t, 0)
	require.Equal(t, score.Withheld, got.Outcome, "a machine does not take back what a person said")
	require.False(t, got.Passed)
	w.post(t, "first", "/score/confirm", map[string]any{}, 400, "exam.score.confirm.waiver")

	w.post(t, "judge", "/identity", map[string]any{"candidate": got.Candidate, "same": true, "reason": "与公安照片一致"}, 204, "")
	got = w.result(t, 0)
	require.Equal(t, score.Passed, got.Outcome)
	require.Empty(t, got.Difference)
}

func TestPublishedResultsAreCorrectedByTwo(t *testing.T) {
	t.Parallel()
	w := sat(t)
	require.Equal(t, score.Passed, w.result(t, 0).Outcome)
	w.post(t, "first", "/score/correct", map[string]any{"reason": "举报"}, 412, "exam.sitting.correct.state")
	w.post(t, "first", "/score/confirm", map[string]any{}, 200, "")
	w.post(t, "other", "/score/publish", nil, 200, "")
	w.note(t, "late", 0, "V06")
	_, body := w.Do("first", http.MethodGet, w.path+"/score", nil)
	require.Equal(t, "违纪 1 条", examtest.Decode[score.Result](t, body).Late, "the page says that something came later")

	w.post(t, "first", "/score/correct", map[string]any{"reason": " "}, 400, "exam.score.correct.reason")
	w.post(t, "first", "/score/correct", map[string]any{"reason": "收到替考举报"}, 200, "")
	w.post(t, "judge", "/irregularities/late/ruling", map[string]any{"consequence": "BAN", "reason": "公安比对", "referred": true}, 204, "")
	require.Equal(t, score.Void, w.result(t, 0).Outcome)
	w.post(t, "first", "/score/confirm", map[string]any{}, 200, "")
	w.post(t, "other", "/score/publish", nil, 200, "")
	require.Len(t, examtest.Orders[wire.ResultPublished](t, w.Device, wire.OrderResult), 2)

	_, body = w.Do("first", http.MethodGet, w.path+"/score", nil)
	got := examtest.Decode[score.Result](t, body)
	require.Len(t, got.Earlier, 1)
	require.Equal(t, "收到替考举报", got.Earlier[0].Reason)
	require.Equal(t, 3, got.Earlier[0].Attempts)
}

// Nobody is found to have cheated in a sitting that is still to come: the word
// would bar a person from exams.
func TestNothingIsFoundBeforeTheSitting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Clock.Advance(48 * time.Hour)
	planned := w.Planned(t, 1)
	for path, send := range map[string]any{
		"/irregularities": map[string]any{"candidate": "nobody", "code": "V07", "note": "x"},
		"/identity":       map[string]any{"candidate": "nobody", "same": false, "reason": "x"},
	} {
		status, body := w.Do("judge", http.MethodPost, "/api/v1/exam/sittings/"+planned.ID+path, send)
		require.Equal(t, http.StatusPreconditionFailed, status, string(body))
		require.Equal(t, "exam.conduct.unheld", examtest.Code(t, body), "nobody has been there yet")
	}
}
