// Package listing exports what a list shows: the same filter, search and order,
// the same masking, as a workbook. Every list that pages has one, which a test in
// app holds them to (issue 3, 18). Used by the export.go of the domains.
//
// It reads through the list's own function, so it sees what that one may see and
// knows no table.
package listing

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Limit is the most rows of one workbook.
const Limit = 5000

// perMin keeps one account from reading the database in workbooks.
const perMin = 30

// Column is a column of the workbook and how a row fills it.
type Column[T any] struct {
	Name  string
	Width float64
	Of    func(T) any
}

// Sheet is the workbook of a list.
type Sheet[T any] struct {
	Name    string // of sheet and file
	Whole   bool   // it holds whole names where the page masks them; the permission says so
	Columns []Column[T]
}

// Recorder writes into the audit, in a transaction of its own.
type Recorder func(ctx context.Context, action, object string, detail any) error

// asked is the request of a list: a struct with db.Page in it.
type asked[I any] interface {
	*I
	Whole(limit int)
}

// Export adds GET path/export to the list at op.Path. Fault: list.export.size.
func Export[I, T any, P asked[I]](w *web.Web, op web.Op, of Sheet[T], record Recorder, list func(context.Context, *I) (db.List[T], error)) {
	op.Method, op.Path, op.Audit = http.MethodGet, op.Path+"/export", op.ID
	op.Summary, op.PerMin = "导出"+of.Name, perMin
	if of.Whole {
		op.Summary += "（含完整姓名）"
	}
	web.Saved(w, op, sheet.Type, func(ctx context.Context, in *I) (web.File, error) {
		P(in).Whole(Limit)
		got, err := list(ctx, in)
		if err != nil {
			return web.File{}, err
		}
		if got.Total > Limit {
			return web.File{}, fault.Newf(fault.TooLarge, "list.export.size", "符合条件的有 %d 条，一次最多导出 %d 条，请用筛选或关键字缩小范围后再导出", got.Total, Limit)
		}
		book, err := of.write(got.Items)
		if err != nil {
			return web.File{}, err
		}
		return web.File{Name: of.Name + ".xlsx", Data: book}, record(ctx, op.ID, "", map[string]any{"rows": len(got.Items), "filter": filter(in)})
	})
}

func (s Sheet[T]) write(items []T) ([]byte, error) {
	columns := make([]sheet.Column, len(s.Columns))
	for i, c := range s.Columns {
		columns[i] = sheet.Column{Name: c.Name, Width: c.Width}
	}
	rows := make([][]any, len(items))
	for i, item := range items {
		for _, c := range s.Columns {
			rows[i] = append(rows[i], c.Of(item))
		}
	}
	return sheet.Write(s.Name, columns, rows)
}

// filter is what the request narrowed by, for the audit. The search text may be
// an ID number, so only that there was one is kept.
func filter(in any) map[string]any {
	text, err := json.Marshal(in)
	if err != nil {
		return map[string]any{"unreadable": fmt.Sprint(err)}
	}
	out := map[string]any{}
	if err := json.Unmarshal(text, &out); err != nil {
		return map[string]any{"unreadable": fmt.Sprint(err)}
	}
	if out["Q"] != "" {
		out["Q"] = "…"
	}
	maps.DeleteFunc(out, func(key string, v any) bool {
		s, isText := v.(string)
		return key == "Page" || key == "PageSize" || v == nil || v == false || v == 0.0 || (isText && (s == "" || strings.HasPrefix(s, "0001-01-01T")))
	})
	return out
}

// Col is a column.
func Col[T any](name string, width float64, of func(T) any) Column[T] {
	return Column[T]{Name: name, Width: width, Of: of}
}

// At is a moment as workbooks show it, in Shanghai's time; nil and zero are blank.
func At(t *time.Time) any {
	if t == nil || t.IsZero() {
		return ""
	}
	return clock.Text(*t)
}

// Points are tenths of a point as people count them.
func Points[N ~int | ~int64](tenths N) any { return float64(tenths) / 10 }

// Or is the first word when on, else the other.
func Or(on bool, yes, no string) any {
	if on {
		return yes
	}
	return no
}

// Word is a code in words, or the code itself: an old row must still be readable.
func Word[K ~string](words map[K]string, code K) any {
	if w := words[code]; w != "" {
		return w
	}
	return string(code)
}
