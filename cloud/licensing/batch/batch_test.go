package batch_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/batch"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// A roster of three becomes three cases that are decided one by one, made and
// fetched together.
func TestABatchFromTheRosterToTheSignature(t *testing.T) {
	t.Parallel()
	h := newDepot(t)
	for i := range 3 {
		h.holder(i, "13902", "2024-01-10")
	}
	files := map[string][]byte{number(0) + ".png": portrait(t), "照片/" + number(1) + ".png": portrait(t), number(2) + ".png": portrait(t), "310101199001010000.png": portrait(t)}
	for i := range 2 {
		files[number(i)+"_M03.pdf"] = []byte("%PDF-1.4 身份证 %%EOF")
	}
	got, err := h.Take(h.As("clerk"), upload(roster(t, lost(0), lost(1), lost(2)), zipped(t, files)))
	require.NoError(t, err)
	require.True(t, got.OK, got.Problems)
	require.Equal(t, []any{3, 5, 1, "PL202611230001"}, []any{got.Rows, got.Files, len(got.Strays), got.Number})
	require.NotContains(t, got.Strays[0], "310101199001010000")
	h.open()

	rows := h.rows(got.Batch)
	require.Empty(t, rows[0].Missing)
	require.Equal(t, []string{"居民身份证"}, []string{rows[2].Missing[0].Name}, "one has no identity card yet")
	require.Equal(t, 2, h.complete(got.Batch), "not the one that lacks something")
	done := h.act(got.Batch, licensing.Submit)
	require.Equal(t, []bool{true, true, false}, []bool{done[0].OK, done[1].OK, done[2].OK})
	require.Contains(t, done[2].Text, "居民身份证")
	seen, err := h.Originals(h.As("clerk"), got.Batch, batch.Seen{Code: "M03", Rows: []int{4}})
	require.NoError(t, err)
	require.Len(t, seen.Items, 1, "the others were not looked at")
	require.True(t, seen.Items[0].OK)
	require.Equal(t, []int{1, 1, 0}, []int{h.complete(got.Batch), len(h.act(got.Batch, licensing.Submit)), h.complete(got.Batch)})
	for _, e := range []licensing.Event{licensing.Receive, licensing.Accept} {
		for _, r := range h.act(got.Batch, e) {
			require.True(t, r.OK, "%s: %s", e, r.Text)
		}
	}
	_, err = h.Act(h.As("boss"), got.Batch, batch.Asked{Event: licensing.Grant})
	require.True(t, fault.Is(err, "licensing.batch.event"), "decisions are made one by one: %v", err)
	for _, r := range h.rows(got.Batch) {
		h.decide(r.Case)
	}
	h.act(got.Batch, licensing.MakeCertificate)
	h.act(got.Batch, licensing.CertificateDone)

	in := batch.Fetched{ID: "collect-one", Collector: "王经办", Phone: "13900001111", Signature: portrait(t), Rows: []batch.Given{{No: 2, Mark: batch.Taken}, {No: 3, Mark: batch.Taken}, {No: 4, Mark: batch.Wrong}}}
	_, err = h.Collect(h.As("clerk"), got.Batch, in)
	require.True(t, fault.Is(err, "licensing.batch.collect.note"), err)
	require.Equal(t, licensing.Delivering, h.rows(got.Batch)[0].CaseState, "all of it or nothing")
	in.Rows[2].Note = "照片印错"
	double := in
	double.Rows = append(slices.Clone(in.Rows), batch.Given{No: 4, Mark: batch.Short, Note: "少一张"})
	_, err = h.Collect(h.As("clerk"), got.Batch, double)
	require.True(t, fault.Is(err, "licensing.batch.collect.twice"), err)
	c, err := h.Collect(h.As("clerk"), got.Batch, in)
	require.NoError(t, err)
	require.Equal(t, []any{2, 0, 1, "139****1111"}, []any{c.Taken, c.Short, c.Wrong, c.Phone})
	again, err := h.Collect(h.As("clerk"), got.Batch, in)
	require.NoError(t, err)
	require.Equal(t, c.ID, again.ID, "the same event twice")
	p, err := h.Show(h.As("reader"), got.Batch)
	require.NoError(t, err)
	require.Equal(t, []batch.Count{{State: "COMPLETED", Rows: 2}, {State: "DELIVERING", Rows: 1}}, p.Counts)
	require.Len(t, p.Collections, 1)
	kind, data, err := h.Signature(h.As("reader"), got.Batch, c.ID)
	require.NoError(t, err)
	require.Equal(t, "image/png", kind)
	require.NotEmpty(t, data)
	in.ID, in.Rows = "collect-two", []batch.Given{{No: 4, Mark: batch.Taken}}
	_, err = h.Collect(h.As("clerk"), got.Batch, in)
	require.NoError(t, err, "made anew and fetched later")
	_, err = h.Collect(h.As("clerk"), got.Batch, batch.Fetched{ID: "collect-three", Collector: "王经办", Phone: "13900001111", Signature: portrait(t), Rows: in.Rows})
	require.True(t, fault.Is(err, "licensing.batch.collect.row"), err)
	list, err := h.List(h.As("reader"), batch.Filter{State: batch.Done}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, 1, list.Total)
	require.True(t, h.holds(name(0)), "the search finds what is there")
	require.False(t, h.holds(number(0)), "no number in clear anywhere")
	taken, err := db.Value[int](t.Context(), h.DB, `SELECT count(*)::int FROM licensing_event WHERE event_id LIKE 'batch%' AND event_id NOT LIKE '%:%'`)
	require.NoError(t, err)
	require.Zero(t, taken, "ids that a caller could take beforehand")
	h.proved()
}

// A line that was edited behind the program's back, and may point at another's case,
// hands in nothing.
func TestFilesGoToTheirOwnCase(t *testing.T) {
	t.Parallel()
	h := newDepot(t)
	for i := range 2 {
		h.holder(i, "13902", "2024-01-10")
	}
	got, err := h.Take(h.As("clerk"), upload(roster(t, lost(0), lost(1)), nil))
	require.NoError(t, err)
	h.open()
	rows := h.rows(got.Batch)
	_, err = h.DB.Exec(t.Context(), `UPDATE licensing_batch_row SET name = 'x' WHERE batch = $1 AND no = $2`, got.Batch, rows[0].No)
	require.NoError(t, err)
	more, err := h.Supply(h.As("clerk"), got.Batch, zipped(t, map[string][]byte{number(0) + ".png": portrait(t)}))
	require.NoError(t, err)
	require.Zero(t, more.Files)
	require.Contains(t, more.Strays[0], "被改动过")
}

// proved: nothing is wrong with what the program wrote, and what is edited is named.
func (h *depot) proved() {
	h.t.Helper()
	wrong := 0
	for _, table := range []string{"", "licensing_batch", "licensing_batch_row", "licensing_batch_collection"} {
		if table != "" {
			column := map[string]string{"licensing_batch": "company", "licensing_batch_row": "name", "licensing_batch_collection": "collector"}[table]
			_, err := h.DB.Exec(h.t.Context(), `UPDATE `+table+` SET `+column+` = 'x'`)
			require.NoError(h.t, err)
			wrong++
		}
		list, err := h.Prove(h.t.Context(), h.DB)
		require.NoError(h.t, err)
		bad := 0
		for _, t := range list {
			require.NotZero(h.t, t.Rows, t.Name)
			if t.Wrong > 0 {
				bad++
			}
		}
		require.Equal(h.t, wrong, bad, table)
	}
}

// Rows with faults come back with why, numbers masked, and leave nothing; the
// others go on.
func TestRowsWithFaultsComeBackAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	h := newDepot(t)
	h.holder(0, "13902", "2024-01-10")
	h.holder(9, "13902", "2024-01-10")
	bad := number(1)[:17] + string('0'+(number(1)[17]-'0'+1)%10)
	book := roster(
		t, lost(0), entry(1, "调度员", "新证", 1, bad), entry(2, "站长", "新证"), entry(3, "售票员", "迁入"), entry(4, "售票员", "补证", 5, "遗失", 6, "不详"),
		entry(5, "售票员", "换证"), entry(6, "售票员", "新证", 4, "12345"), entry(7, "售票员", "新证", 6, "本人 "+number(7)), lost(0), entry(9, "调度员", "新证"),
		entry(9, "调度员", "补证", 0, "别的姓名", 5, "毁损", 6, "证件被水浸泡损坏"), entry(12, "驾驶员", "新证", 8, "ZZ", 9, "x"),
	)
	before := dbtest.Snapshot(t, h.DB)
	got, err := h.Take(h.As("clerk"), upload(book, nil))
	require.NoError(t, err)
	require.Equal(t, []any{1, 11, false}, []any{got.Rows, got.Errors, got.OK}, got.Problems)
	says := ""
	for _, p := range got.Problems {
		says += fmt.Sprintf("%d %s %s\n", p.Row, p.Column, p.Text)
	}
	for _, part := range []string{
		"3 身份证号", "4 岗位 应为驾驶员、售票员、调度员之一", "5 办理事项 应为新证、换证、补证之一", "6 备注 补证请写明", "7 身份证号 没有查到该人员的从业资格证", "8 手机号", "9 备注",
		"10 身份证号 与第 2 行是同一人", "11 办理事项 已持有这一岗位的有效证件", "12 姓名 与该身份证号在册的姓名不同", "13 驾驶证初领日期",
	} {
		require.Contains(t, says, part)
	}
	require.NotContains(t, says, number(7))
	report, err := h.Report(h.As("clerk"), got.Report)
	require.NoError(t, err)
	rows, err := sheet.Read(report, append([]sheet.Column{{Name: "原行号"}}, batch.Columns()...), sheet.Limits{Rows: 100, Unzipped: 1 << 22})
	require.NoError(t, err)
	require.Len(t, rows, 11)
	all := fmt.Sprint(rows)
	for n := range 12 {
		require.NotContains(t, all, number(n), "masked")
	}
	require.Equal(t, "310***********"+bad[14:], rows[0].Get("身份证号"))
	_, err = h.Report(h.As("nobody"), got.Report)
	require.Error(t, err)

	after := dbtest.Snapshot(t, h.DB)
	for _, table := range []string{"licensing_case", "practitioner", "practitioner_event"} {
		require.Equal(t, before[table], after[table], table)
	}
	for n := range 12 {
		require.False(t, h.holds(number(n)), "no number in clear anywhere")
	}
	only, err := h.Take(h.As("clerk"), upload(roster(t, entry(2, "站长", "新证")), nil))
	require.NoError(t, err)
	require.Empty(t, only.Batch, "with nothing to take there is no batch")
}

// The same workbook twice, and two at once: a case a person and matter; again when
// the case has ended.
func TestTheSameRosterTwiceOpensNothingTwice(t *testing.T) {
	t.Parallel()
	h := newDepot(t)
	for i := range 6 {
		h.holder(i, "13902", "2024-01-10")
	}
	book := roster(t, lost(0), lost(1), lost(2), lost(3), lost(4), lost(5))
	var wg sync.WaitGroup
	var rows, same atomic.Int64
	for range 4 {
		wg.Go(func() {
			got, err := h.Take(h.As("clerk"), upload(book, nil))
			if err != nil {
				t.Error(err)
			}
			rows.Add(int64(got.Rows))
			same.Add(int64(len(got.Same)))
		})
	}
	wg.Wait()
	require.Equal(t, []int64{6, 18}, []int64{rows.Load(), same.Load()})
	for range 3 { // several copies of the worker
		wg.Go(func() {
			if _, err := h.Open(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	h.open()
	n, err := db.Value[int](t.Context(), h.DB, `SELECT count(*)::int FROM licensing_case WHERE channel = 'E'`)
	require.NoError(t, err)
	require.Equal(t, 6, n)
	got, err := h.Take(h.As("clerk"), upload(book, nil))
	require.NoError(t, err)
	require.Equal(t, []any{0, 6, ""}, []any{got.Rows, len(got.Same), got.Batch})

	list, err := h.List(h.As("clerk"), batch.Filter{}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, 1, list.Total)
	first := h.rows(list.Items[0].ID)[0]
	p, err := h.cases.Show(h.As("clerk"), first.Case)
	require.NoError(t, err)
	_, err = h.cases.Do(h.As("clerk"), first.Case, licensing.Withdraw, application.Order{ID: "withdraw-it", Version: p.Revision, Text: "企业撤回"})
	require.NoError(t, err)
	got, err = h.Take(h.As("clerk"), upload(book, nil))
	require.NoError(t, err)
	require.Equal(t, []any{1, 5}, []any{got.Rows, len(got.Same)}, "the one that ended can be asked for again")
}

// A company's agent sees and does only what is their company's, and nothing that
// is a clerk's.
func TestACompanySeesOnlyItsOwn(t *testing.T) {
	t.Parallel()
	h := newDepot(t)
	h.holder(0, "13902", "2024-01-10")
	mine, theirs := agent(pudong), agent(other)
	_, err := h.Take(theirs, upload(roster(t, lost(0)), nil))
	require.True(t, fault.Is(err, "licensing.batch.company"), err)
	got, err := h.Take(mine, upload(roster(t, lost(0)), zipped(t, map[string][]byte{number(0) + ".png": portrait(t)})))
	require.NoError(t, err)
	h.open()
	_, err = h.Show(theirs, got.Batch)
	require.True(t, fault.Is(err, db.Missing().Code), err)
	_, err = h.Rows(theirs, got.Batch, batch.RowFilter{}, db.Page{})
	require.True(t, fault.Is(err, db.Missing().Code), err)
	_, err = h.Act(theirs, got.Batch, batch.Asked{Event: licensing.Submit})
	require.True(t, fault.Is(err, db.Missing().Code), err)
	_, err = h.Supply(theirs, got.Batch, nil)
	require.True(t, fault.Is(err, db.Missing().Code), err)
	list, err := h.List(theirs, batch.Filter{}, db.Page{})
	require.NoError(t, err)
	require.Zero(t, list.Total)
	more, err := h.Supply(mine, got.Batch, zipped(t, map[string][]byte{
		number(0) + "_M03.pdf": []byte("%PDF-1.4 %%EOF"), number(0) + "_M04.pdf": []byte("%PDF-1.4 %%EOF"), number(1) + ".png": portrait(t), number(0) + "_X.pdf": []byte("%PDF-1.4 %%EOF"),
	}))
	require.NoError(t, err)
	require.Equal(t, 1, more.Files, more.Strays)
	require.Len(t, more.Strays, 3)
	require.NotContains(t, strings.Join(more.Strays, ""), number(0))
	done, err := h.Act(mine, got.Batch, batch.Asked{Event: licensing.Submit})
	require.NoError(t, err)
	require.True(t, done.Items[0].OK, done.Items[0].Text)
	for _, e := range []licensing.Event{licensing.Receive, licensing.Accept, licensing.MakeCertificate} {
		_, err = h.Act(mine, got.Batch, batch.Asked{Event: e})
		require.True(t, fault.Is(err, "auth.forbidden"), "%s: %v", e, err)
	}
	_, err = h.Collect(mine, got.Batch, batch.Fetched{})
	require.True(t, fault.Is(err, "auth.forbidden"), err)
	_, err = h.Originals(mine, got.Batch, batch.Seen{})
	require.True(t, fault.Is(err, "auth.forbidden"), err)
	p, err := h.Show(mine, got.Batch)
	require.NoError(t, err)
	require.Equal(t, []licensing.Event{licensing.Submit}, p.Acts)
	_, err = h.DB.Exec(t.Context(), `UPDATE licensing_batch SET company_code = $1`, other)
	require.NoError(t, err)
	_, err = h.Show(theirs, got.Batch)
	require.True(t, fault.Is(err, "licensing.batch.tampered"), "handed over behind the program's back: %v", err)
}

// New certificates: the roster proves the employment, the exam result its part;
// an interrupted opening goes on where it was.
func TestAnInterruptedOpeningGoesOn(t *testing.T) {
	t.Parallel()
	h := newDepot(t)
	rows := make([][]any, 0, 120)
	for n := range 120 {
		rows = append(rows, entry(n, "售票员", "新证"))
	}
	id, err := person.ParseID(number(0))
	require.NoError(t, err)
	h.Passed(id, name(0), "13901")
	got, err := h.Take(h.As("clerk"), upload(roster(t, rows...), zipped(t, map[string][]byte{number(0) + ".png": portrait(t), number(0) + "_M03.png": portrait(t)})))
	require.NoError(t, err)
	require.Equal(t, 120, got.Rows)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = h.Open(ctx)
	require.Error(t, err, "stopped at once")
	n, err := h.Open(t.Context())
	require.NoError(t, err)
	require.Equal(t, 100, n, "a bite")
	p, err := h.Show(h.As("reader"), got.Batch)
	require.NoError(t, err)
	require.Equal(t, []any{batch.Opening, 20, 120}, []any{p.State, p.Pending, p.Unfinished}, "what has no case yet is not done either")
	h.open()
	list := h.rows(got.Batch)
	require.Empty(t, list[0].Missing, "the roster is M23, the record of the exam M07")
	require.Equal(t, "考试合格成绩", list[1].Missing[len(list[1].Missing)-1].Name)
	c, err := h.cases.Show(h.As("clerk"), list[0].Case)
	require.NoError(t, err)
	require.Equal(t, []any{licensing.Company, "浦东公交（演示）", pudong}, []any{c.Channel, c.Values["employer"], c.Values["employer_code"]})
	for _, m := range c.Materials {
		if m.Code == "M23" {
			require.Equal(t, "企业名册 "+got.Number+" 第 2 行", m.Name)
		}
	}
	left, err := db.Value[int](t.Context(), h.DB, `SELECT count(*)::int FROM licensing_batch_row WHERE body IS NOT NULL`)
	require.NoError(t, err)
	require.Zero(t, left, "what a line said is forgotten")
}

func TestBatchesOverHTTP(t *testing.T) {
	t.Parallel()
	h := newDepot(t)
	h.holder(0, "13902", "2024-01-10")
	about := []byte(fmt.Sprintf(`{"company":"浦东公交（演示）","company_code":"%s","contact":"王经办","phone":"13900001111","address":"上海市浦东新区杨高路 1 号"}`, pudong))
	book := roster(t, lost(0))
	for who, want := range map[string]int{"clerk": 200, "reader": 403, "nobody": 403, "": 401} {
		status, answer := h.Upload(who, "/api/v1/licensing/batches", map[string][]byte{"workbook": book, "about": about})
		require.Equal(t, want, status, "%s: %s", who, answer)
		require.NotContains(t, string(answer), number(0))
	}
	status, answer := h.Upload("clerk", "/api/v1/licensing/batches", map[string][]byte{"workbook": book, "about": bytes.Replace(about, []byte(pudong), []byte("111000000000197131"), 1)})
	require.Equal(t, http.StatusBadRequest, status, string(answer))
	require.Contains(t, string(answer), "校验码")
	status, answer = h.Do("reader", http.MethodGet, "/api/v1/licensing/batches?q=浦东", nil)
	require.Equal(t, 200, status)
	require.Contains(t, string(answer), "PL202611230001")
}
