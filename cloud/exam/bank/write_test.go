package bank_test

import (
	"bytes"
	"context"
	"image/png"
	"maps"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/bank"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/exam"
)

func page() db.Page { return db.Page{PageSize: 100} }

const questions = "/api/v1/exam/questions"

// caseForm is a case with a picture and two sub-questions, as the page sends it.
func caseForm(stem string, media ...exam.Media) map[string]any {
	return map[string]any{
		"type": "CASE", "industry": "dangerous", "categories": []string{"03003", "03001"}, "subject": "理论", "chapter": "应急处置",
		"difficulty": 4, "stem": stem, "law_ref": "某条例第十条", "media": media,
		"sub": []any{
			map[string]any{"type": "TF", "stem": "应当立即报告", "answer": []string{"T"}},
			map[string]any{"type": "MULTI", "stem": "应当做什么\n（多选）", "options": []string{"报警", "警戒", "围观"}, "answer": []string{"B", "A"}},
		},
	}
}

func (w world) write(t *testing.T, who string, form map[string]any) bank.Written {
	t.Helper()
	status, body := w.Do(who, http.MethodPost, questions, form)
	require.Equal(t, http.StatusCreated, status, string(body))
	return examtest.Decode[bank.Written](t, body)
}

func (w world) act(t *testing.T, who, id, verb string) {
	t.Helper()
	status, body := w.Do(who, http.MethodPost, questions+"/"+id+"/"+verb, nil)
	require.Equal(t, http.StatusNoContent, status, string(body))
}

func (w world) decide(t *testing.T, who, batch string, approve bool) (int, []byte) {
	t.Helper()
	return w.Do(who, http.MethodPost, "/api/v1/exam/batches/"+batch+"/decide", map[string]any{"approve": approve, "note": "请改"})
}

func (w world) inUse(t *testing.T) []exam.Question {
	t.Helper()
	out, err := w.bank.Range(context.Background(), w.DB, "03001", "理论")
	require.NoError(t, err)
	return out
}

// A case goes from draft to review by another person to use; its next version
// takes its place under the same number only once it is approved too.
func TestDraftReviewUseReviseRetire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var raw bytes.Buffer
	require.NoError(t, png.Encode(&raw, scene(7)))
	status, body := w.Upload("author", "/api/v1/exam/media", map[string][]byte{"picture": raw.Bytes()})
	require.Equal(t, http.StatusOK, status, string(body))
	first := w.write(t, "author", caseForm("罐车渗漏", examtest.Decode[exam.Media](t, body))).Row
	require.Equal(t, bank.Draft, first.Status)

	status, body = w.Do("author", http.MethodPut, questions+"/"+first.ID, caseForm("罐车在高架渗漏", examtest.Decode[exam.Media](t, body)))
	require.Equal(t, http.StatusOK, status, string(body))
	w.act(t, "author", first.ID, "submit")
	require.Empty(t, w.inUse(t))
	status, body = w.decide(t, "author", first.Batch, true)
	require.Equal(t, http.StatusForbidden, status)
	require.Equal(t, "exam.bank.review.self", examtest.Code(t, body))
	status, _ = w.decide(t, "reviewer", first.Batch, false)
	require.Equal(t, http.StatusOK, status)
	w.act(t, "author", first.ID, "submit") // returned for a change, not lost
	status, _ = w.decide(t, "reviewer", first.Batch, true)
	require.Equal(t, http.StatusOK, status)
	require.Len(t, w.inUse(t), 1)
	require.Equal(t, []string{"A", "B"}, w.inUse(t)[0].Sub[1].Answer)
	require.Len(t, w.inUse(t)[0].Media, 1)

	status, body = w.Do("author", http.MethodPost, questions+"/"+first.ID+"/revise", nil)
	require.Equal(t, http.StatusCreated, status, string(body))
	second := examtest.Decode[bank.Written](t, body).Row
	require.Equal(t, first.Number, second.Number)
	require.Equal(t, 2, second.Version)
	status, body = w.Do("author", http.MethodPost, questions+"/"+first.ID+"/revise", nil)
	require.Equal(t, http.StatusConflict, status)
	require.Equal(t, "exam.bank.revise.pending", examtest.Code(t, body))
	better := caseForm("罐车在高架渗漏")
	better["difficulty"] = 5
	status, body = w.Do("author", http.MethodPut, questions+"/"+second.ID, better)
	require.Equal(t, http.StatusOK, status, string(body))
	w.act(t, "author", second.ID, "submit")
	require.Equal(t, 4, w.inUse(t)[0].Difficulty, "the version in use stays until the new one is approved")
	status, body = w.decide(t, "reviewer", second.Batch, true)
	require.Equal(t, http.StatusOK, status, string(body))
	require.Len(t, w.inUse(t), 1)
	require.Equal(t, 5, w.inUse(t)[0].Difficulty)
	require.Equal(t, 2, w.inUse(t)[0].Version)

	_, body = w.Do("reviewer", http.MethodGet, questions+"/"+second.ID, nil)
	shown := examtest.Decode[bank.Shown](t, body)
	require.Equal(t, []bank.Status{bank.On, bank.Off}, []bank.Status{shown.Versions[0].Status, shown.Versions[1].Status})
	seen, err := w.bank.Custody(w.As("reviewer"), bank.SeenFilter{Question: second.ID}, page())
	require.NoError(t, err)
	require.Equal(t, 1, seen.Total)
	require.Equal(t, "reviewer", seen.Items[0].Who)
	require.Equal(t, "SHOW", seen.Items[0].How)

	status, _ = w.Do("reviewer", http.MethodPost, questions+"/"+second.ID+"/retire", map[string]any{"reason": "法规已修订"})
	require.Equal(t, http.StatusNoContent, status)
	require.Empty(t, w.inUse(t))
}

func TestDraftRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Staff("other", bank.PermImport)
	draft := w.write(t, "author", caseForm("一份草稿")).Row
	w.load(t, tf("已有的判断题", "1"))
	twin := map[string]any{
		"type": "TF", "industry": "taxi", "categories": []string{"09002"}, "subject": "区域科目", "chapter": "服务规范",
		"difficulty": 1, "stem": "已有的 判断题！", "answer": []string{"T"},
	}
	with := func(key string, value any) map[string]any {
		out := maps.Clone(caseForm("又一份"))
		out[key] = value
		return out
	}
	before := dbtest.Snapshot(t, w.DB)
	for _, c := range []struct {
		who, method, path string
		body              any
		status            int
		code              string
	}{
		{"clerk", http.MethodPost, questions, caseForm("x"), 403, "auth.forbidden"},
		{"reviewer", http.MethodPost, questions, caseForm("x"), 403, "auth.forbidden"},
		{"other", http.MethodPut, questions + "/" + draft.ID, caseForm("x"), 403, "exam.bank.draft.other"},
		{"other", http.MethodPost, questions + "/" + draft.ID + "/submit", nil, 403, "exam.bank.draft.other"},
		{"other", http.MethodPost, questions + "/" + draft.ID + "/discard", nil, 403, "exam.bank.draft.other"},
		{"author", http.MethodPost, questions + "/" + draft.ID + "/revise", nil, 412, "exam.bank.revise.state"},
		{"author", http.MethodPost, questions + "/none/submit", nil, 404, "record.missing"},
		{"author", http.MethodPost, questions, twin, 409, "exam.bank.write.duplicate"},
		{"author", http.MethodPost, questions, with("industry", "air"), 400, "exam.bank.write.dictionary"},
		{"author", http.MethodPost, questions, with("categories", []string{"99999"}), 400, "exam.bank.write.dictionary"},
		{"author", http.MethodPost, questions, with("stem", " "), 400, "exam.question.text"},
		{"author", http.MethodPost, questions, with("stem", "看不见\u202e"), 400, "request.text"},
		{"author", http.MethodPost, questions, with("sub", []any{}), 400, "exam.question.sub"},
		{"author", http.MethodPost, questions, with("answer", []string{"A"}), 400, "exam.question.answer"},
		{"author", http.MethodPost, questions, with("media", []exam.Media{{Digest: "00" + draft.ID + "00000000000000000000000000", Type: "image/png"}}), 400, ""},
		{"author", http.MethodPost, questions, with("status", "ON"), 400, ""},
		{"author", http.MethodGet, "/api/v1/exam/bank/custody", nil, 403, "auth.forbidden"},
	} {
		status, body := w.Do(c.who, c.method, c.path, c.body)
		require.Equal(t, c.status, status, "%s %s: %s", c.method, c.path, body)
		if c.code != "" {
			require.Equal(t, c.code, examtest.Code(t, body), string(body))
		}
	}
	require.Equal(t, before, dbtest.Snapshot(t, w.DB))
	w.act(t, "author", draft.ID, "discard")
	status, body := w.Do("author", http.MethodPost, questions+"/"+draft.ID+"/submit", nil)
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.Equal(t, "exam.bank.draft.state", examtest.Code(t, body))
}

// Two authors may draft the same question; one of them gets it reviewed.
func TestSameDraftTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.write(t, "author", caseForm("同一道题")).Row, w.write(t, "author", caseForm("同一道题")).Row
	w.act(t, "author", first.ID, "submit")
	before := dbtest.Snapshot(t, w.DB)
	status, body := w.Do("author", http.MethodPost, questions+"/"+second.ID+"/submit", nil)
	require.Equal(t, http.StatusConflict, status, string(body))
	require.Equal(t, "exam.bank.write.duplicate", examtest.Code(t, body))
	require.Equal(t, before, dbtest.Snapshot(t, w.DB))
}

func TestImportTellsWhatIsNearlyAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.load(t, tf("乘客遗失在车上的物品，驾驶员应当及时归还失主或者上交经营者", "1"), tf("夜间行车应当降低车速", "1"))
	out, err := w.bank.Import(w.As("author"), bank.Upload{Workbook: book(t,
		tf("乘客遗失在车上的物品，驾驶员应当及时交还失主或者上交经营者", "1"),
		tf("驾驶员不得疲劳驾驶，连续驾驶四小时应当休息二十分钟", "1"),
		tf("驾驶员不得疲劳驾驶，连续驾驶四小时必须休息二十分钟", "1"))})
	require.NoError(t, err)
	require.True(t, out.OK, "near duplicates stop nothing")
	require.Len(t, out.Similar, 2)
	require.Equal(t, 2, out.Similar[0].Row)
	require.Equal(t, "Q000001", out.Similar[0].Other)
	require.Equal(t, 4, out.Similar[1].Row)
	require.Equal(t, "第 3 行", out.Similar[1].Other)
	require.Greater(t, out.Similar[0].Percent, 80)
	list, err := w.bank.Batches(w.As("reviewer"), "REVIEW", page())
	require.NoError(t, err)
	require.Equal(t, out.Similar, list.Items[0].Similar, "the reviewer sees them too")
}
