package matter_test

import (
	"bytes"
	"context"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
)

// files are the definitions of the tree that a test may change.
func files(t *testing.T, change func(body string) string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	names, err := fs.Glob(matter.Files(), "*.yaml")
	require.NoError(t, err)
	earlier, err := fs.Glob(matter.Files(), "earlier/*.yaml")
	require.NoError(t, err)
	names = append(names, earlier...)
	for _, name := range names {
		body, err := fs.ReadFile(matter.Files(), name)
		require.NoError(t, err)
		if name == "RT04.yaml" && change != nil {
			changed := change(string(body))
			require.NotEqual(t, string(body), changed)
			body = []byte(changed)
		}
		out[name] = &fstest.MapFile{Data: body}
	}
	return out
}

func second(body string) string {
	body = strings.Replace(body, "version: 1", "version: 2", 1)
	body = strings.Replace(body, "promised_days: 3", "promised_days: 5", 1)
	body = strings.Replace(body, "  - {code: M09, required: true, source: FORM, forms: [generated]}\n", "", 1)
	return strings.Replace(body, "    - 证件遗失或者毁损\n", "    - 证件遗失或者毁损\n    - 已登报声明\n", 1)
}

type world struct {
	*examtest.World
	c *matter.Catalogue
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: examtest.New(t)}
	w.c = w.another()
	require.NoError(t, w.c.Load(context.Background(), matter.Files()))
	matter.Register(w.Web, w.c)
	w.Staff("clerk", matter.PermList, matter.PermExport)
	w.Staff("nobody")
	return w
}

// another is one more copy of the cloud on the same database.
func (w *world) another() *matter.Catalogue { return matter.New(w.DB, w.Keys, w.Audit, w.Clock) }

// TestACaseKeepsTheVersionItBeganWith: a new version is for new cases; the old
// one stands as it was, also for the copy of the cloud that never had it as a file
// and for the one that started before it existed.
func TestACaseKeepsTheVersionItBeganWith(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	before, err := w.c.Current("RT04")
	require.NoError(t, err)
	newer := w.another()
	require.NoError(t, newer.Load(ctx, files(t, second)))

	now, err := newer.Current("RT04")
	require.NoError(t, err)
	require.Equal(t, [2]int{2, 5}, [2]int{now.Version, now.PromisedDays})
	old, err := newer.At("RT04", 1)
	require.NoError(t, err)
	require.Equal(t, before, old)
	seen, err := w.c.At("RT04", 2)
	require.NoError(t, err)
	require.Equal(t, now, seen)
	still, err := w.c.Current("RT04")
	require.NoError(t, err)
	require.Equal(t, 1, still.Version)

	_, err = w.c.At("RT04", 3)
	examtest.RequireFault(t, err, "licensing.matter.version")
	_, err = w.c.Current("RT99")
	examtest.RequireFault(t, err, "licensing.matter.missing")
	require.Equal(t, 2, w.Audited("licensing.matter.load"))
	require.NoError(t, newer.Load(ctx, files(t, second)))
	require.Equal(t, 2, w.Audited("licensing.matter.load"), "nothing new is nothing to record")
}

// TestAChangedFileNeedsANewVersion: it is refused by name, and nothing of that
// start is stored.
func TestAChangedFileNeedsANewVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	changed := files(t, func(body string) string { return strings.Replace(body, "promised_days: 3", "promised_days: 2", 1) })
	changed["ZZ01.yaml"] = &fstest.MapFile{Data: []byte(strings.NewReplacer("code: RT04", "code: ZZ01", "310190001004", "310190099001").Replace(string(changed["RT04.yaml"].Data)))}
	err := w.another().Load(ctx, changed)
	examtest.RequireFault(t, err, "licensing.matter.changed")
	require.ErrorContains(t, err, "RT04.yaml 第 1 版")
	require.NotContains(t, err.Error(), "RT05")
	_, err = w.c.At("ZZ01", 1)
	examtest.RequireFault(t, err, "licensing.matter.version")

	commented := files(t, func(body string) string { return "# 说明\n" + body })
	require.NoError(t, w.another().Load(ctx, commented), "a comment is no change")
}

// TestAVersionEditedInTheDatabaseIsFound, whether it is read at start or later.
func TestAVersionEditedInTheDatabaseIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	require.NoError(t, w.another().Load(ctx, files(t, second)))
	_, err := w.DB.Exec(ctx, `UPDATE licensing_matter SET body = replace(body, 'promised_days: 5', 'promised_days: 1') WHERE code = 'RT04' AND version = 2`)
	require.NoError(t, err)
	_, err = w.c.At("RT04", 2)
	examtest.RequireFault(t, err, "licensing.matter.tampered")
	examtest.RequireFault(t, w.another().Load(ctx, matter.Files()), "licensing.matter.tampered")
}

// TestAVersionOfANewerProgram can't be read here; the case is refused in words,
// and the rest of the catalogue works.
func TestAVersionOfANewerProgram(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	body := "code: RT04\nversion: 7\nhologram: true\n"
	row := matter.StoredRow(w.Keys, "RT04", 7, body, w.Clock.Now())
	_, err := w.DB.Exec(ctx, `INSERT INTO licensing_matter (code, version, digest, body, first_seen, mac) VALUES ($1, $2, $3, $4, $5, $6)`, row...)
	require.NoError(t, err)
	c := w.another()
	require.NoError(t, c.Load(ctx, matter.Files()))
	_, err = c.At("RT04", 7)
	examtest.RequireFault(t, err, "licensing.matter.unreadable")
	view, err := w.c.Show(w.As("clerk"), "RT04", 0)
	require.NoError(t, err)
	require.Equal(t, 1, view.Version)
	require.False(t, view.Versions[0].Readable)
}

// TestSeveralCopiesStartAtOnce: every version is there once, every copy works,
// and of two that disagree one is refused.
func TestSeveralCopiesStartAtOnce(t *testing.T) {
	t.Parallel()
	w := &world{World: examtest.New(t)}
	ctx := context.Background()
	const copies = 6
	other := files(t, func(body string) string { return strings.Replace(body, "promised_days: 3", "promised_days: 2", 1) })
	errs := make([]error, copies)
	var all sync.WaitGroup
	for i := range copies {
		all.Go(func() {
			from := matter.Files()
			if i%2 == 1 {
				from = other
			}
			errs[i] = w.another().Load(ctx, from)
		})
	}
	all.Wait()
	for i := 2; i < copies; i++ {
		require.Equal(t, errs[i%2] == nil, errs[i] == nil, "%v", errs)
	}
	require.NotEqual(t, errs[0] == nil, errs[1] == nil, "exactly one of two contents stands: %v", errs)
	var rows int
	require.NoError(t, w.DB.QueryRow(ctx, `SELECT count(*) FROM licensing_matter`).Scan(&rows))
	require.Equal(t, len(files(t, nil)), rows)
	require.Equal(t, 1, w.Audited("licensing.matter.load"))
}

// What a program's definitions were before is there from the start, to be compared and
// for cases that began with it; a version with a gap before it would have nothing to be
// compared with.
func TestEarlierVersionsAreThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	several := 0
	for _, d := range w.c.All() {
		for n := 1; n < d.Version; n++ {
			old, err := w.c.At(d.Code, n)
			require.NoError(t, err, "%s %d", d.Code, n)
			require.Equal(t, n, old.Version)
			several++
		}
	}
	require.NotZero(t, several)
	view, err := w.c.Show(w.As("clerk"), "EX01", 0)
	require.NoError(t, err)
	require.Len(t, view.Versions, view.Version)
	got, err := w.c.Compare(w.As("clerk"), "EX01", 2, 3)
	require.NoError(t, err)
	require.Equal(t, 2, got.Changes, "the check that was added, and what can be chosen")

	wrong := files(t, nil)
	wrong["earlier/RT02-9.yaml"] = wrong["RT02.yaml"]
	err = w.another().Load(t.Context(), wrong)
	examtest.RequireFault(t, err, "licensing.matter.definition")
	require.ErrorContains(t, err, "RT02-9.yaml")
}

func (w *world) list(t *testing.T, query string) db.List[matter.Summary] {
	t.Helper()
	status, body := w.Do("clerk", http.MethodGet, "/api/v1/licensing/matters"+query, nil)
	require.Equal(t, http.StatusOK, status, string(body))
	return examtest.Decode[db.List[matter.Summary]](t, body)
}

func TestTheListFiltersSearchesSortsAndPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, 44, w.list(t, "").Total)
	require.Len(t, w.list(t, "").Items, 20)
	require.Equal(t, "RT01", w.list(t, "").Items[0].Code, "the catalogue's own order")
	require.Len(t, w.list(t, "?page=3").Items, 4)
	require.Empty(t, w.list(t, "?page=4").Items)
	require.Equal(t, "XT03", w.list(t, "?sort=-code").Items[0].Code)
	require.Equal(t, 20, w.list(t, "?sort=-legal_days").Items[0].LegalDays)
	require.Equal(t, 7, w.list(t, "?trade=ROAD").Total)
	require.Equal(t, 6, w.list(t, "?trade=DANGEROUS").Total)
	require.Equal(t, 1, w.list(t, "?trade=ROAD&action=REISSUE").Total)
	require.Equal(t, 9, w.list(t, "?channel=K").Total)
	require.Equal(t, 5, w.list(t, "?q=%E6%9C%8D%E5%8A%A1%E7%9B%91%E7%9D%A3%E5%8D%A1%20").Total, "three for the card, two that lead to it")
	require.Equal(t, "RT04", w.list(t, "?q=rt04").Items[0].Code)
	require.Zero(t, w.list(t, "?q=%25").Total)
	require.Zero(t, w.list(t, "?state=RETIRED").Total)
	for query, status := range map[string]int{"?sort=name;": 400, "?state=X": 400, "?venue=1": 400, "?channel=WW": 400} {
		got, _ := w.Do("clerk", http.MethodGet, "/api/v1/licensing/matters"+query, nil)
		require.Equal(t, status, got, query)
	}
	for _, path := range []string{"", "/export", "/RT04", "/RT04/compare?from=1&to=1"} {
		got, _ := w.Do("nobody", http.MethodGet, "/api/v1/licensing/matters"+path, nil)
		require.Equal(t, http.StatusForbidden, got, path)
	}
}

func TestAMatterThatIsNoLongerOfferedStaysToBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	less := files(t, nil)
	delete(less, "SC03.yaml")
	require.NoError(t, w.c.Load(context.Background(), less))
	_, err := w.c.Current("SC03")
	examtest.RequireFault(t, err, "licensing.matter.missing")
	gone := w.list(t, "?state=RETIRED")
	require.Equal(t, 1, gone.Total)
	require.Equal(t, "SC03", gone.Items[0].Code)
	view, err := w.c.Show(w.As("clerk"), "SC03", 0)
	require.NoError(t, err)
	require.Equal(t, matter.Retired, view.State)
}

// TestTwoVersionsSideBySide: what was changed is told, and nothing else; how many
// open cases each has is asked of above.
func TestTwoVersionsSideBySide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, w.c.Load(context.Background(), files(t, second)))
	view, err := w.c.Show(w.As("clerk"), "RT04", 0)
	require.NoError(t, err)
	require.Equal(t, 2, view.Version)
	require.Nil(t, view.Versions[0].Open, "nobody counts yet")
	w.c.Holders = func(context.Context, db.Q, string) (map[int]int, error) { return map[int]int{1: 3}, nil }
	view, err = w.c.Show(w.As("clerk"), "RT04", 1)
	require.NoError(t, err)
	require.Equal(t, 1, view.Version)
	require.Equal(t, [2]int{0, 3}, [2]int{*view.Versions[0].Open, *view.Versions[1].Open})

	status, body := w.Do("clerk", http.MethodGet, "/api/v1/licensing/matters/RT04/compare?from=1&to=2", nil)
	require.Equal(t, http.StatusOK, status, string(body))
	got := examtest.Decode[matter.Comparison](t, body)
	require.Equal(t, 3, got.Changes)
	marks := map[string]string{}
	for _, s := range got.Sections {
		for _, l := range s.Lines {
			if l.Mark != matter.Same {
				marks[s.Key+"/"+l.Label] = l.Mark + " " + l.Old + " → " + l.New
			}
		}
	}
	require.Equal(t, map[string]string{
		"days/承诺期限": "CHANGED 3 个工作日（待业主确认） → 5 个工作日（待业主确认）",
		"materials/M09 遗失（毁损）声明承诺书": "REMOVED 必需；系统生成；自动来源：由申请表自动生成 → ",
		"who/申请条件": "ADDED  → 已登报声明",
	}, marks)
	same, err := w.c.Compare(w.As("clerk"), "RT04", 2, 2)
	require.NoError(t, err)
	require.Zero(t, same.Changes)
	status, _ = w.Do("clerk", http.MethodGet, "/api/v1/licensing/matters/RT04/compare?from=1&to=9", nil)
	require.Equal(t, http.StatusNotFound, status)
}

func TestTheExportHoldsWhatTheListShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	status, body := w.Do("clerk", http.MethodGet, "/api/v1/licensing/matters/export?trade=ROAD&sort=-code", nil)
	require.Equal(t, http.StatusOK, status)
	book, err := excelize.OpenReader(bytes.NewReader(body))
	require.NoError(t, err)
	rows, err := book.GetRows("事项目录")
	require.NoError(t, err)
	var codes []string
	for _, r := range rows {
		if strings.HasPrefix(r[0], "RT") {
			codes = append(codes, r[0])
		}
	}
	require.Equal(t, []string{"RT07", "RT06", "RT05", "RT04", "RT03", "RT02", "RT01"}, codes)
	require.Equal(t, 1, w.Audited(matter.PermExport))
}
