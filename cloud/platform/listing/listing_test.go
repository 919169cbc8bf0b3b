package listing_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

type row struct {
	Name string
	Seen int
}

type in struct {
	db.Page
	State string `query:"state" enum:"ON,OFF" required:"false"`
}

type reader struct{}

func (reader) Authenticate(context.Context, *http.Request) (auth.Actor, error) {
	return auth.Actor{ID: "u", Kind: auth.KindStaff, Perms: auth.NewPerms("thing.list")}, nil
}

// world is a list of total rows and what its exports left in the audit.
type world struct {
	web     *web.Web
	asked   []in
	records []map[string]any
	total   int
	refuse  error
}

func newWorld(total int) *world {
	w := &world{web: web.New(web.Options{Title: "t", Version: "1", Auth: reader{}}), total: total}
	sheet := listing.Sheet[row]{Name: "事物", Columns: []listing.Column[row]{
		listing.Col("名称", 20, func(r row) any { return r.Name }),
		listing.Col("次数", 8, func(r row) any { return r.Seen }),
	}}
	record := func(_ context.Context, action, _ string, detail any) error {
		got, _ := detail.(map[string]any)
		w.records = append(w.records, map[string]any{"action": action, "detail": got})
		return w.refuse
	}
	listing.Export(w.web, web.Op{ID: "thing.export", Path: "/api/v1/things", Perm: "thing.list"}, sheet, record,
		func(_ context.Context, asked *in) (db.List[row], error) {
			w.asked = append(w.asked, *asked)
			return db.List[row]{Total: w.total, Items: []row{{"=1+1", 3}, {"二", 0}}}, nil
		})
	return w
}

func (w *world) get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	w.web.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return rec
}

func TestExportIsTheListUnderItsFilter(t *testing.T) {
	t.Parallel()
	w := newWorld(2)
	rec := w.get(t, "/api/v1/things/export?state=ON&sort=-name&q=310101199001011237")
	require.Equal(t, http.StatusOK, rec.Code, rec.Body.String())
	require.Contains(t, rec.Header().Get("Content-Disposition"), "filename*=UTF-8''%E4%BA%8B%E7%89%A9.xlsx")
	require.Equal(t, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", rec.Header().Get("Content-Type"))
	book, err := excelize.OpenReader(bytes.NewReader(rec.Body.Bytes()))
	require.NoError(t, err)
	rows, err := book.GetRows("事物")
	require.NoError(t, err)
	require.Equal(t, [][]string{{"名称", "次数"}, {"'=1+1", "3"}, {"二", "0"}}, rows, "nothing that a spreadsheet would run")

	require.Equal(t, "ON", w.asked[0].State)
	require.Equal(t, "-name", w.asked[0].Sort)
	require.Equal(t, listing.Limit, w.asked[0].PageSize)
	require.Equal(t, map[string]any{"action": "thing.export", "detail": map[string]any{
		"rows": 2, "filter": map[string]any{"State": "ON", "Sort": "-name", "Q": "…"},
	}}, w.records[0], "an ID number that was searched for stays out of the audit")
}

func TestExportRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(listing.Limit + 1)
	rec := w.get(t, "/api/v1/things/export")
	require.Equal(t, http.StatusRequestEntityTooLarge, rec.Code)
	require.Contains(t, rec.Body.String(), "list.export.size")
	require.Contains(t, rec.Body.String(), "5001 条，一次最多导出 5000 条")
	require.Empty(t, w.records, "what was refused is not exported")

	require.Equal(t, http.StatusBadRequest, w.get(t, "/api/v1/things/export?state=MAYBE").Code)
	require.Equal(t, http.StatusBadRequest, w.get(t, "/api/v1/things/export?colour=red").Code, "a filter that nobody reads")

	w = newWorld(2)
	w.refuse = errors.New("boom")
	require.Equal(t, http.StatusInternalServerError, w.get(t, "/api/v1/things/export").Code, "no workbook that is not in the audit")
}
