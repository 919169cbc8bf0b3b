package db

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/protocol/fault"
)

// Page is what a list request asks for. Embed it in a huma input struct.
type Page struct {
	Page     int    `query:"page" minimum:"1" maximum:"100000" default:"1" doc:"页码，从 1 开始"`
	PageSize int    `query:"page_size" minimum:"1" maximum:"200" default:"20" doc:"每页条数"`
	Sort     string `query:"sort" maxLength:"40" doc:"排序字段，前加 - 为倒序"`
	Q        string `query:"q" maxLength:"60" doc:"关键字"`
	whole    bool   // set by Whole
}

// Whole turns the request into one for everything under its filter, at most
// limit rows, in one statement: what an export holds is of one moment. No
// request can ask for it.
func (p *Page) Whole(limit int) { p.Page, p.PageSize, p.whole = 1, limit, true }

// List is one page of a list and how many rows there are in all.
type List[T any] struct {
	Items []T `json:"items"`
	Total int `json:"total"`
}

// Where collects conditions and their arguments. Text given to its methods is
// code, never input: input only ever becomes an argument.
type Where struct {
	conds []string
	args  []any
}

// And adds a condition; each ? becomes the next argument's placeholder.
func (w *Where) And(cond string, args ...any) *Where {
	var b strings.Builder
	n := 0
	for _, r := range cond {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		w.args = append(w.args, args[n])
		n++
		b.WriteString("$" + strconv.Itoa(len(w.args)))
	}
	if n != len(args) {
		panic("db: " + cond + ": wrong number of arguments")
	}
	w.conds = append(w.conds, "("+b.String()+")")
	return w
}

// Eq adds column = value unless the value is empty.
func (w *Where) Eq(column, value string) *Where {
	if value == "" {
		return w
	}
	return w.And(column+" = ?", value)
}

// Scope limits the list to the venues a reader may see. Every list takes one.
func (w *Where) Scope(column string, all bool, venues []string) *Where {
	if all {
		return w
	}
	if venues == nil {
		venues = []string{}
	}
	return w.And(column+" = ANY(?)", venues)
}

// Contains is the pattern of LIKE for "contains the text", in which % and _ are
// themselves; empty for no text.
func Contains(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	return "%" + Begins(text)
}

// Begins is the pattern of LIKE for "begins with the text", which an index answers.
func Begins(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

// Like adds "one of the columns contains the text", unless the text is empty.
// % and _ in the text are themselves.
func (w *Where) Like(text string, columns ...string) *Where {
	pattern := Contains(text)
	if pattern == "" {
		return w
	}
	parts := make([]string, len(columns))
	args := make([]any, len(columns))
	for i, c := range columns {
		parts[i], args[i] = c+" ILIKE ?", pattern
	}
	return w.And(strings.Join(parts, " OR "), args...)
}

// SQL returns the WHERE clause, or nothing, and its arguments.
func (w *Where) SQL() (string, []any) {
	if len(w.conds) == 0 {
		return "", w.args
	}
	return " WHERE " + strings.Join(w.conds, " AND "), w.args
}

// Sorts whitelists sort keys: the name in a request to the SQL expression.
// The key "" is the order when none is asked for, direction included; it also
// breaks ties, so it has to end in something unique.
type Sorts map[string]string

func (s Sorts) clause(sort string) (string, error) {
	name, desc := strings.CutPrefix(sort, "-")
	if name == "" {
		return " ORDER BY " + s[""], nil
	}
	expr, ok := s[name]
	if !ok {
		return "", fault.New(fault.Invalid, "list.sort", "不支持按该字段排序，请点击表头选择排序方式")
	}
	if desc {
		expr += " DESC"
	}
	return " ORDER BY " + expr + " NULLS LAST, " + s[""], nil
}

// Select runs a list: base is "SELECT … FROM …" without WHERE, rows are read
// by column name into T. Faults: list.sort.
func Select[T any](ctx context.Context, q Q, base string, w *Where, sorts Sorts, p Page) (List[T], error) {
	return selectRows[T](ctx, q, base, "SELECT count(*) FROM ("+base+"%s) AS rows", w, sorts, p)
}

// Most is where SelectSome stops counting, and where paging ends.
const Most = 10_000

// SelectSome is Select for tables of millions: it counts to Most and no further,
// so that a page costs the same however many rows there are, and goes no deeper.
// count is "SELECT 1 FROM …" of the same rows. A Total of Most says "so many or
// more", which the page has to say too. Faults: list.sort, list.deep.
func SelectSome[T any](ctx context.Context, q Q, base, count string, w *Where, sorts Sorts, p Page) (List[T], error) {
	if !p.whole && max(p.Page, 1)*max(p.PageSize, 20) > Most+max(p.PageSize, 20) {
		return List[T]{Items: []T{}}, fault.Newf(fault.Invalid, "list.deep", "只能翻看前 %d 条，请用筛选或关键字缩小范围", Most)
	}
	return selectRows[T](ctx, q, base, "SELECT count(*) FROM ("+count+"%s LIMIT "+strconv.Itoa(Most)+") AS rows", w, sorts, p)
}

func selectRows[T any](ctx context.Context, q Q, base, count string, w *Where, sorts Sorts, p Page) (List[T], error) {
	out := List[T]{Items: []T{}}
	order, err := sorts.clause(p.Sort)
	if err != nil {
		return out, err
	}
	where, args := w.SQL()
	// Planned for these values each time: a plan kept for all of them walks a whole
	// table along the list's order for the one number that is looked for.
	args = append([]any{pgx.QueryExecModeCacheDescribe}, args...)
	size := min(max(p.PageSize, 1), 200)
	switch {
	case p.whole:
		size = p.PageSize
	case p.PageSize == 0:
		size = 20
	}
	if err := q.QueryRow(ctx, strings.Replace(count, "%s", where, 1), args...).Scan(&out.Total); err != nil {
		return out, fmt.Errorf("count list: %w", err)
	}
	offset := (max(p.Page, 1) - 1) * size
	sql := base + where + order + " LIMIT " + strconv.Itoa(size) + " OFFSET " + strconv.Itoa(offset)
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return out, fmt.Errorf("read list: %w", err)
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	if err != nil {
		return out, fmt.Errorf("read list: %w", err)
	}
	if items != nil {
		out.Items = items
	}
	return out, nil
}
