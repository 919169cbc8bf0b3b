package bank_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/bank"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/cloud/platform/sheet"
)

type world struct {
	*examtest.World
	bank *bank.Service
}

func newWorld(t *testing.T) world {
	t.Helper()
	w := examtest.New(t)
	b := bank.New(w.DB, w.Keys, w.Audit, w.Blobs, w.Clock)
	bank.Register(w.Web, b)
	w.Staff("author", bank.PermList, bank.PermImport, bank.PermReview)
	w.Staff("reviewer", bank.PermList, bank.PermShow, bank.PermReview, bank.PermExport, bank.PermCustody)
	w.Staff("clerk")
	return world{w, b}
}

// book makes a workbook of rows in the order of bank.Columns.
func book(t *testing.T, rows ...[]any) []byte {
	t.Helper()
	data, err := sheet.Write("试题", bank.Columns(), rows)
	require.NoError(t, err)
	return data
}

func tf(stem, level string) []any {
	return []any{"判断", "巡游出租", "09002", "区域科目", "服务规范", level, stem, "", "", "", "", "", "", "对", "", "", "", ""}
}

func (w world) load(t *testing.T, rows ...[]any) string {
	t.Helper()
	out, err := w.bank.Import(w.As("author"), bank.Upload{FileName: "题.xlsx", Workbook: book(t, rows...)})
	require.NoError(t, err)
	require.True(t, out.OK, "%+v", out.Problems)
	_, err = w.bank.Decide(w.As("reviewer"), out.Batch, true, "")
	require.NoError(t, err)
	return out.Batch
}

func TestImportReviewShow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	status, body := w.Upload("author", "/api/v1/exam/batches", map[string][]byte{"workbook": book(t, tf("遗失物品应当归还失主", "1"), tf("夜间可以拒载", "3"))})
	require.Equal(t, http.StatusOK, status, string(body))
	got := examtest.Decode[bank.Imported](t, body)
	require.True(t, got.OK)
	require.Equal(t, 2, got.Questions)

	questions, err := w.bank.Range(context.Background(), w.DB, "09002", "区域科目")
	require.NoError(t, err)
	require.Empty(t, questions, "nothing may be used before review")

	status, body = w.Do("author", http.MethodPost, "/api/v1/exam/batches/"+got.Batch+"/decide", map[string]any{"approve": true})
	require.Equal(t, http.StatusForbidden, status)
	require.Equal(t, "exam.bank.review.self", examtest.Code(t, body))
	status, _ = w.Do("reviewer", http.MethodPost, "/api/v1/exam/batches/"+got.Batch+"/decide", map[string]any{"approve": true})
	require.Equal(t, http.StatusOK, status)

	questions, err = w.bank.Range(context.Background(), w.DB, "09002", "区域科目")
	require.NoError(t, err)
	require.Len(t, questions, 2)

	status, body = w.Do("author", http.MethodGet, "/api/v1/exam/questions?category=09002&sort=-difficulty", nil)
	require.Equal(t, http.StatusOK, status)
	rows := examtest.Decode[db.List[bank.Row]](t, body)
	require.Equal(t, 2, rows.Total)
	require.Equal(t, 3, rows.Items[0].Difficulty)
	require.Empty(t, rows.Items[0].Excerpt, "who may not see questions sees none of their text")
	require.NotContains(t, string(body), "拒载")

	_, body = w.Do("reviewer", http.MethodGet, "/api/v1/exam/questions", nil)
	require.Contains(t, string(body), "夜间可以拒载")
	for q, want := range map[string]int{"%E6%8B%92%E8%BD%BD": 1, "Q000001": 1, "%E6%9C%8D%E5%8A%A1": 2, "%E6%97%A0": 0} { // 拒载, 服务, 无
		_, body = w.Do("reviewer", http.MethodGet, "/api/v1/exam/questions?q="+q, nil)
		require.Equal(t, want, examtest.Decode[db.List[bank.Row]](t, body).Total, q)
	}
	_, body = w.Do("author", http.MethodGet, "/api/v1/exam/questions?q=%E6%8B%92%E8%BD%BD", nil)
	require.Zero(t, examtest.Decode[db.List[bank.Row]](t, body).Total, "no oracle for who may not see text")
	status, body = w.Do("reviewer", http.MethodGet, "/api/v1/exam/questions/"+rows.Items[0].ID, nil)
	require.Equal(t, http.StatusOK, status)
	shown := examtest.Decode[bank.Shown](t, body)
	require.Equal(t, []string{"T"}, shown.Question.Answer)
	require.Equal(t, "姓名reviewer（reviewer） 2026-11-23 09:00:00", shown.Mark.Text)
	require.Equal(t, 1, w.Audited(bank.PermShow), "custody")
	require.Equal(t, 1, w.Audited(bank.PermImport))
	require.Equal(t, 1, w.Audited(bank.PermReview))

	var plain bool
	err = w.DB.QueryRow(context.Background(), `SELECT bool_or(position('拒载'::bytea in content) > 0) FROM exam_question`).Scan(&plain)
	require.NoError(t, err)
	require.False(t, plain, "content is sealed at rest")
}

func TestBrokenFileImportsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.load(t, tf("题库里已有的题", "1"))
	before := dbtest.Snapshot(t, w.DB, "exam_import_error", "audit_entry", "audit_head", "audit_anchor")
	bad := tf("没有答案的题", "2")
	bad[13] = ""
	status, body := w.Upload("author", "/api/v1/exam/batches", map[string][]byte{"workbook": {}})
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, "exam.upload.empty", examtest.Code(t, body))
	data := book(t, tf("好题一", "1"), bad, tf("题库里 已有的题！", "1"), tf("好题一", "2"))
	status, body = w.Upload("author", "/api/v1/exam/batches", map[string][]byte{"workbook": data})
	require.Equal(t, http.StatusOK, status, string(body))
	out := examtest.Decode[bank.Imported](t, body)
	require.False(t, out.OK)
	require.Equal(t, 3, out.Errors)
	require.Equal(t, before, dbtest.Snapshot(t, w.DB, "exam_import_error", "audit_entry", "audit_head", "audit_anchor"))

	status, marked := w.Do("author", http.MethodGet, "/api/v1/exam/bank/reports/"+out.Report, nil)
	require.Equal(t, http.StatusOK, status)
	rows, err := sheet.Read(marked, bank.Columns(), sheet.Limits{Rows: 100, Unzipped: 8 << 20})
	require.NoError(t, err)
	require.Empty(t, rows[0].Get(sheet.ErrorColumn))
	require.Contains(t, rows[1].Get(sheet.ErrorColumn), "对 或 错")
	require.Contains(t, rows[2].Get(sheet.ErrorColumn), "题库中已有同样的试题 Q000001")
	require.Contains(t, rows[3].Get(sheet.ErrorColumn), "与第 2 行是同一道题")

	w.Staff("other", bank.PermImport)
	status, _ = w.Do("other", http.MethodGet, "/api/v1/exam/bank/reports/"+out.Report, nil)
	require.Equal(t, http.StatusNotFound, status, "the report is its uploader's alone")
}

func TestPictures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	img := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	img.Set(3, 3, color.NRGBA{200, 0, 0, 255})
	var raw bytes.Buffer
	require.NoError(t, png.Encode(&raw, img))
	row := tf("图中标志表示禁止停车", "1")
	row[16] = "标志.png"

	unanswered := tf("没有答案的题", "1")
	unanswered[13] = ""
	out, err := w.bank.Import(w.As("author"), bank.Upload{Workbook: book(t, row, unanswered)})
	require.NoError(t, err)
	require.False(t, out.OK)
	require.Contains(t, out.Problems[0].Text, "压缩包里没有图片", "in the order of the rows, whoever found it")
	require.Equal(t, 3, out.Problems[1].Row)

	zipped := examtest.Zip(t, map[string][]byte{"标志.png": raw.Bytes()})
	status, body := w.Upload("author", "/api/v1/exam/batches", map[string][]byte{"workbook": book(t, row), "pictures": zipped})
	require.Equal(t, http.StatusOK, status)
	imported := examtest.Decode[bank.Imported](t, body)
	require.True(t, imported.OK, string(body))
	require.Equal(t, 1, imported.Pictures)
	_, err = w.bank.Decide(w.As("reviewer"), imported.Batch, true, "")
	require.NoError(t, err)
	qs, err := w.bank.Range(context.Background(), w.DB, "09002", "区域科目")
	require.NoError(t, err)
	require.Len(t, qs[0].Media, 1)
	status, body = w.Do("reviewer", http.MethodGet, "/api/v1/exam/media/"+qs[0].Media[0].Digest, nil)
	require.Equal(t, http.StatusOK, status)
	_, err = png.Decode(bytes.NewReader(body))
	require.NoError(t, err)
	status, _ = w.Do("reviewer", http.MethodGet, "/api/v1/exam/media/"+strings.Repeat("0", 64), nil)
	require.Equal(t, http.StatusNotFound, status)
	status, _ = w.Do("author", http.MethodGet, "/api/v1/exam/media/"+qs[0].Media[0].Digest, nil)
	require.Equal(t, http.StatusForbidden, status)
}

func TestRetireAndOverview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.load(t, tf("一", "1"), tf("二", "1"), tf("三", "2"))
	_, body := w.Do("author", http.MethodGet, "/api/v1/exam/bank/overview?category=09002", nil)
	counts := examtest.Decode[struct{ Items []bank.Count }](t, body).Items
	require.Len(t, counts, 2)
	require.Equal(t, 2, counts[0].Questions)
	status, book := w.Do("author", http.MethodGet, "/api/v1/exam/bank/overview/export?category=09002", nil)
	require.Equal(t, http.StatusOK, status, string(book))
	lines, err := sheet.Read(book, []sheet.Column{{Name: "判断题"}, {Name: "小计"}}, sheet.Limits{Rows: 10, Unzipped: 8 << 20})
	require.NoError(t, err)
	sum := 0
	for _, l := range lines {
		n, err := strconv.Atoi(l.Get("小计"))
		require.NoError(t, err)
		require.Equal(t, l.Get("判断题"), l.Get("小计"))
		sum += n
	}
	require.Equal(t, 3, sum, "every question in use, once")

	list, err := w.bank.List(w.As("author"), bank.Filter{Difficulty: 2}, db.Page{})
	require.NoError(t, err)
	path := "/api/v1/exam/questions/" + list.Items[0].ID + "/retire"
	status, _ = w.Do("author", http.MethodPost, path, map[string]any{"reason": "法规已修订"})
	require.Equal(t, http.StatusNoContent, status)
	status, body = w.Do("author", http.MethodPost, path, map[string]any{"reason": "再来"})
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.Equal(t, "exam.bank.retire.state", examtest.Code(t, body))
	w.load(t, tf("三", "3")) // a retired stem may come back
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := dbtest.Snapshot(t, w.DB)
	for _, c := range []struct {
		who, method, path string
		body              any
		status            int
	}{
		{"", http.MethodGet, "/api/v1/exam/questions", nil, 401},
		{"clerk", http.MethodGet, "/api/v1/exam/questions", nil, 403},
		{"clerk", http.MethodGet, "/api/v1/exam/bank/template", nil, 403},
		{"author", http.MethodGet, "/api/v1/exam/questions/none", nil, 403},
		{"reviewer", http.MethodGet, "/api/v1/exam/questions/none", nil, 404},
		{"reviewer", http.MethodGet, "/api/v1/exam/questions?sort=content", nil, 400},
		{"reviewer", http.MethodGet, "/api/v1/exam/questions?sort=id;drop", nil, 400},
		{"reviewer", http.MethodGet, "/api/v1/exam/questions?q=%25%27%3B--", nil, 200},
		{"reviewer", http.MethodGet, "/api/v1/exam/questions?type=ESSAY", nil, 400},
		{"reviewer", http.MethodGet, "/api/v1/exam/questions?page_size=1000", nil, 400},
		{"reviewer", http.MethodPost, "/api/v1/exam/batches/none/decide", map[string]any{"approve": true}, 404},
		{"reviewer", http.MethodPost, "/api/v1/exam/batches/none/decide", `{"approve":true,"approve":false}`, 400},
		{"reviewer", http.MethodPost, "/api/v1/exam/batches/none/decide", `{"approve":true,"state":"ON"}`, 400},
	} {
		status, body := w.Do(c.who, c.method, c.path, c.body)
		require.Equal(t, c.status, status, "%s %s: %s", c.method, c.path, body)
	}
	for name, data := range map[string][]byte{"text": []byte("题型,题干"), "empty": {}} {
		status, body := w.Upload("author", "/api/v1/exam/batches", map[string][]byte{"workbook": data})
		require.Equal(t, http.StatusBadRequest, status, "%s: %s", name, body)
	}
	status, body := w.Upload("author", "/api/v1/exam/batches", map[string][]byte{"workbook": book(t, tf("x", "1")), "evil": {1}})
	require.Equal(t, http.StatusBadRequest, status, string(body))
	require.Equal(t, before, dbtest.Snapshot(t, w.DB))
	require.Empty(t, w.Web.Undeclared())
}
