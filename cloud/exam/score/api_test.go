package score_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/score"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/wire"
)

type world struct {
	*examtest.Story
	scores *score.Service
	rules  *conduct.Service
	in     sitting.Sitting
	hall   *examtest.Hall
	path   string
}

// newWorld is a sitting of five that has been released: nobody has sat yet.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Story: examtest.NewStory(t)}
	w.rules = conduct.New(w.DB, w.Keys, w.Audit, w.Clock, w.Sittings)
	conduct.Register(w.Web, w.rules)
	w.scores = score.New(w.DB, w.Keys, w.Audit, w.Clock, w.Sittings, w.rules, credit.New(w.DB, w.Keys, w.Audit, w.Clock, w.Sittings, w.rules))
	score.Register(w.Web, w.scores)
	w.Staff("first", score.PermList, score.PermRun, score.PermConfirm, score.PermPublish, score.PermInspect, score.PermAnnul, score.PermReview, sitting.PermList)
	w.Staff("inspector", score.PermInspect)
	w.Staff("judge", conduct.PermList, conduct.PermRule)
	w.Staff("other", score.PermList, score.PermPublish, score.PermExport)
	in, m := w.Released(t, 5)
	w.in, w.hall = in, w.Open(t, in.ID, m)
	w.path = "/api/v1/exam/sittings/" + in.ID
	return w
}

// sat is newWorld after an honest exam of three of five.
func sat(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.Sit(t, w.hall, 0, 10)
	w.Sit(t, w.hall, 1, 3)
	w.Sit(t, w.hall, 2, 0)
	w.Close(t, w.hall)
	return w
}

func (w *world) post(t *testing.T, who, path string, body any, status int, code string) {
	t.Helper()
	got, answer := w.Do(who, http.MethodPost, w.path+path, body)
	require.Equal(t, status, got, string(answer))
	if code != "" {
		require.Equal(t, code, examtest.Code(t, answer))
	}
}

func TestHonestSittingIsPublishedByTwo(t *testing.T) {
	t.Parallel()
	w := sat(t)
	w.post(t, "first", "/score/publish", nil, 412, "exam.score.none")
	got, err := w.scores.Run(w.As("first"), w.in.ID)
	require.NoError(t, err)
	require.Zero(t, got.Round.Differences, "%+v", got.Round.Comparison)
	require.Equal(t, 3, got.Round.Attempts)
	require.Equal(t, sitting.Scored, got.State)

	_, body := w.Do("first", http.MethodGet, w.path+"/scores?sort=-score", nil)
	list := examtest.Decode[db.List[score.Row]](t, body)
	require.Equal(t, 3, list.Total)
	require.Equal(t, 160, list.Items[0].Score)
	require.True(t, list.Items[0].Passed)
	require.Equal(t, 160, *list.Items[0].Edge)
	require.Zero(t, list.Items[2].Score)
	require.Contains(t, list.Items[0].Name, "*")

	w.post(t, "first", "/score/publish", nil, 412, "exam.score.publish.unconfirmed")
	w.post(t, "first", "/score/confirm", map[string]any{}, 200, "")
	w.post(t, "first", "/score/confirm", map[string]any{}, 412, "exam.score.confirm.done")
	w.post(t, "first", "/score/publish", nil, 403, "exam.score.publish.self")
	w.post(t, "other", "/score/publish", nil, 200, "")
	w.post(t, "other", "/score/publish", nil, 412, "exam.sitting.publish.state")
	w.post(t, "first", "/score", nil, 412, "exam.sitting.score.state")
	orders := examtest.Orders[wire.ResultPublished](t, w.Device, wire.OrderResult)
	require.Len(t, orders, 1)
	require.Equal(t, 160, orders[0].Scores["attempt-00"])
	require.Equal(t, []string{"姓名first", "姓名other"}, orders[0].By)
	require.Equal(t, 1, w.Audited(score.PermPublish))

	status, book := w.Do("other", http.MethodGet, w.path+"/scores/export", nil)
	require.Equal(t, http.StatusOK, status)
	rows, err := sheet.Read(book, []sheet.Column{{Name: "准考证号"}, {Name: "成绩"}, {Name: "结果"}}, sheet.Limits{Rows: 10, Unzipped: 8 << 20})
	require.NoError(t, err)
	require.Len(t, rows, 3)
	require.Contains(t, []string{"合格", "不合格"}, rows[0].Get("结果"))
}

func TestEveryLieOfAVenueIsNamed(t *testing.T) {
	t.Parallel()
	sql := func(q string) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			_, err := w.DB.Exec(context.Background(), q)
			require.NoError(t, err)
		}
	}
	for name, c := range map[string]struct {
		plant func(*testing.T, *world)
		diffs int
		text  string
	}{
		"score raised": {sql(`UPDATE exam_handin SET score = 999 WHERE attempt = 'attempt-01'`), 1, "考场判 99.9 分"},
		"an answer lost": {sql(`DELETE FROM exam_answer WHERE (attempt, item, revision) IN
			(SELECT attempt, item, revision FROM exam_answer WHERE attempt = 'attempt-00' LIMIT 1)`), 3, "摘要不一致"},
		"an answer changed": {sql(`UPDATE exam_answer SET choice = '{}' WHERE attempt = 'attempt-00' AND item = '1'`), 2, "摘要不一致"},
		"another paper":     {sql(`UPDATE exam_attempt SET paper = 'x' WHERE id = 'attempt-02'`), 1, "按种子重新生成的试卷"},
		"no hand-in":        {sql(`DELETE FROM exam_handin WHERE attempt = 'attempt-02'`), 3, "没有交卷记录"},
		"stray answer": {func(t *testing.T, w *world) {
			w.Report(t, wire.KindAnswer, w.in.ID, wire.Answer{Sitting: w.in.ID, Attempt: "attempt-02", Item: "99", Revision: 1, Choice: []string{"A"}})
		}, 3, "不属于该试卷"},
		"figures":         {sql(`UPDATE exam_closeout SET submitted = 4`), 1, ""},
		"a ghost attempt": {sql(`UPDATE exam_closeout SET digest = 'y'`), 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := sat(t)
			c.plant(t, w)
			got, err := w.scores.Run(w.As("first"), w.in.ID)
			require.NoError(t, err)
			require.GreaterOrEqual(t, got.Round.Differences, c.diffs, "%+v", got.Round.Comparison)
			if c.text != "" {
				list, err := w.scores.List(w.As("first"), w.in.ID, score.Filter{Different: true}, db.Page{})
				require.NoError(t, err)
				require.Equal(t, 1, list.Total)
				require.Contains(t, list.Items[0].Difference, c.text)
			}
			w.post(t, "first", "/score/confirm", map[string]any{}, 400, "exam.score.confirm.waiver")
			w.post(t, "first", "/score/confirm", map[string]any{"waiver": "已核对监控与纸质记录"}, 200, "")
			again, err := w.scores.Run(w.As("first"), w.in.ID)
			require.NoError(t, err)
			require.Nil(t, again.Round.ConfirmedBy, "running again withdraws the confirmation")
		})
	}
}

func TestTamperedScoresAreNotPublished(t *testing.T) {
	t.Parallel()
	for name, q := range map[string]string{
		"score":   `UPDATE exam_score SET score = 160 WHERE attempt = 'attempt-02'`,
		"passed":  `UPDATE exam_score SET passed = true WHERE attempt = 'attempt-02'`,
		"items":   `UPDATE exam_score SET items = '[]' WHERE attempt = 'attempt-02'`,
		"removed": `DELETE FROM exam_score WHERE attempt = 'attempt-02'`,
		"round":   `UPDATE exam_score_round SET confirmed_by = 'somebody'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := sat(t)
			_, err := w.scores.Run(w.As("first"), w.in.ID)
			require.NoError(t, err)
			w.post(t, "first", "/score/confirm", map[string]any{}, 200, "")
			_, err = w.DB.Exec(context.Background(), q)
			require.NoError(t, err)
			before := dbtest.Snapshot(t, w.DB)
			w.post(t, "other", "/score/publish", nil, 500, "exam.score.tampered")
			require.Equal(t, before, dbtest.Snapshot(t, w.DB))
		})
	}
}

func TestOtherVenuesAndRightsAreRefused(t *testing.T) {
	t.Parallel()
	w := sat(t)
	w.Scoped("elsewhere", auth.Scope{Venues: []string{"x"}}, score.PermList, score.PermRun, score.PermConfirm, score.PermPublish, score.PermExport)
	w.Staff("nobody")
	before := dbtest.Snapshot(t, w.DB)
	for _, c := range []struct{ method, path string }{
		{http.MethodGet, "/score"}, {http.MethodGet, "/scores"}, {http.MethodGet, "/scores/export"}, {http.MethodPost, "/score"},
		{http.MethodPost, "/score/publish"},
	} {
		status, _ := w.Do("elsewhere", c.method, w.path+c.path, nil)
		require.Equal(t, http.StatusNotFound, status, c.path)
		status, _ = w.Do("nobody", c.method, w.path+c.path, nil)
		require.Equal(t, http.StatusForbidden, status, c.path)
	}
	require.Equal(t, before, dbtest.Snapshot(t, w.DB))
}
