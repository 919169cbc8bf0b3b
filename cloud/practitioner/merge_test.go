package practitioner_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/cloud/practitioner"
)

// The first is the base of near numbers, the last somebody else of the same birthday.
var numbers = []string{"310101198501010014", "", "", "310115198501010017"}

// number completes 17 digits.
func number(digits string) string {
	sum := 0
	for _, d := range digits {
		sum = (sum + int(d-'0')) * 2 % 11
	}
	return digits + "10X98765432"[sum:sum+1]
}

func (o *office) pairs(state string) []practitioner.Pair {
	o.t.Helper()
	got, err := o.Pairs(o.As("ann"), practitioner.PairFilter{State: state}, db.Page{})
	require.NoError(o.t, err)
	return got.Items
}

func TestDuplicatesAreFound(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	base := o.file("王一", numbers[0], "")
	o.file("王一", number(numbers[3][:17]), "")
	require.Empty(t, o.pairs(""), "the same name and birthday alone are two people")
	o.file("王二", number("31010119850101004"), "")
	require.Empty(t, o.pairs(""), "near numbers of other names neither")
	near := o.file("王一", number("31010119850101002"), "")
	found := o.pairs("")
	require.Len(t, found, 1)
	require.Equal(t, []string{base.ID, near.ID}, []string{found[0].One, found[0].Other})
	require.Contains(t, found[0].Reasons[0], "身份证号只差一处")
	turned := o.file("王一", number("31010119851001001"), "")
	require.Len(t, o.pairs(""), 2, "01 and 10 exchanged in the birthday")
	o.file("李三", number("31010419880808003"), "13900001111")
	o.file("李三", number("31011519920612002"), "13900001111")
	require.Len(t, o.pairs(""), 3)
	require.Equal(t, []string{"姓名、手机号相同"}, o.pairs("")[0].Reasons)

	examtest.RequireFault(t, o.Distinguish(o.As("reader"), found[0].ID, "查过"), "auth.forbidden")
	require.NoError(t, o.Distinguish(o.As("ann"), found[0].ID, "查过户籍"))
	examtest.RequireFault(t, o.Distinguish(o.As("ann"), found[0].ID, "查过户籍"), "practitioner.pair.state")
	require.Len(t, o.pairs(""), 2)
	require.Len(t, o.pairs("DIFFERENT"), 1)
	p, err := o.Get(o.As("ann"), o.DB, near.ID)
	require.NoError(t, err)
	_, err = o.Correct(o.As("ann"), near.ID, practitioner.Correction{Version: p.Version, Name: "王一", Nation: "汉族", Why: "补登"})
	require.NoError(t, err)
	require.Len(t, o.pairs("DIFFERENT"), 1, "told apart stays told apart")
	require.NotEmpty(t, turned.ID)
}

func TestMergingLosesNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	kept, gone := o.file("王一", numbers[0], ""), o.file("王一", number("31010119850101002"), "13900001111")
	third := o.file("王一", number("31010119850101003"), "")
	l := o.first(kept.ID, practitioner.Road, "2024-03-15", "02001")
	moved := o.first(gone.ID, practitioner.Taxi, "2024-05-01", "09002")
	ann := o.As("ann")
	require.NoError(t, o.SetDriving(ann, gone.ID, practitioner.Driving{Class: "A1", First: o.day("2010-05-01"), Status: "正常", Source: "公安交管"}))
	for _, of := range []string{kept.ID, gone.ID} {
		require.NoError(t, o.Register(ann, of, practitioner.RegistrationDraft{Category: "09002", Employer: "强生出租" + of[:1], From: o.day("2024-06-01"), Source: "企业"}))
	}
	require.NoError(t, o.Educate(ann, gone.ID, practitioner.Education{Category: "09002", Org: "学校", Hours: 27, Begins: o.day("2025-01-01"), Ends: o.day("2025-01-03"), Mode: "ONSITE", Source: "学校"}))
	require.NoError(t, o.Assess(ann, gone.ID, practitioner.Assessment{Category: "09002", From: o.day("2024-05-01"), To: o.day("2025-04-30"), Grade: "AA", Points: 5, Source: "考核"}))

	early, err := o.Propose(ann, gone.ID, third.ID, "同一人")
	require.NoError(t, err)
	_, err = o.Decide(o.As("bob"), early.ID, true, "")
	require.NoError(t, err)
	m, err := o.Propose(ann, kept.ID, gone.ID, "同一人，号码登记错一位")
	require.NoError(t, err)
	_, err = o.Propose(o.As("bob"), kept.ID, gone.ID, "同一人")
	examtest.RequireFault(t, err, "practitioner.merge.twice")
	_, err = o.Decide(ann, m.ID, true, "")
	examtest.RequireFault(t, err, "practitioner.merge.self")
	_, err = o.Decide(o.As("bob"), m.ID, false, "")
	examtest.RequireFault(t, err, "practitioner.merge.why")
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() { _, errs[i] = o.Decide(o.As("bob"), m.ID, true, "已核对") })
	}
	wg.Wait()
	went := 0
	for _, err := range errs {
		if err == nil {
			went++
		} else {
			examtest.RequireFault(t, err, "practitioner.merge.state")
		}
	}
	require.Equal(t, 1, went, "pressed four times, merged once")

	o.Cases = func(_ context.Context, _ db.Q, of string) ([]practitioner.Case, error) {
		return []practitioner.Case{{ID: of}}, nil
	}
	o.Holds = func(_ context.Context, _ db.Q, of string) ([]practitioner.Hold, error) {
		return []practitioner.Hold{{Text: of}}, nil
	}
	f, err := o.Show(o.As("reader"), gone.ID)
	require.NoError(t, err)
	require.Equal(t, kept.ID, f.ID, "the merged file's address shows the other for ever")
	require.Equal(t, []practitioner.Case{{ID: kept.ID}}, f.Cases.Items, "asked once: who answers knows of the merge")
	require.Equal(t, []practitioner.Hold{{Text: kept.ID}}, f.Holds.Items)
	require.Len(t, f.Licences, 2)
	require.ElementsMatch(t, []string{l.ID, moved.ID}, []string{f.Licences[0].ID, f.Licences[1].ID})
	require.Equal(t, []int{1, 2, 1, 1, 2}, []int{len(f.Driving), len(f.Registrations), len(f.Education), len(f.Assessments), len(f.Merged)})
	require.Equal(t, []string{"ACTIVE", "ENDED"}, []string{f.Registrations[0].State, f.Registrations[1].State})
	require.Equal(t, []string{"139****1111", "2027-06-01"}, []string{f.Mobile, f.Expires.String()})
	for _, of := range []string{kept.ID, gone.ID} { // a case that began with the other file asks for that
		hours, err := o.Hours(ann, o.DB, of, "09002", o.day("2024-01-01"))
		require.NoError(t, err)
		require.Equal(t, 27, hours)
		list, err := o.Licences(ann, o.DB, of)
		require.NoError(t, err)
		require.Len(t, list, 2)
		_, found, err := o.Driving(ann, o.DB, of)
		require.NoError(t, err)
		require.True(t, found)
		grade, found, err := o.Integrity(ann, o.DB, of, "09002")
		require.NoError(t, err)
		require.True(t, found && grade.Grade == "AA")
		works, found, err := o.Employer(ann, o.DB, of, "09002")
		require.NoError(t, err)
		require.True(t, found && works.To.String() == "2027-06-01")
	}
	for _, id := range []string{gone.ID, third.ID} {
		p, err := o.Get(ann, o.DB, id)
		require.NoError(t, err)
		require.Equal(t, kept.ID, p.ID, "a chain of merges ends in one step")
	}
	p, found, err := o.Find(ann, o.DB, o.id(number("31010119850101002")))
	require.NoError(t, err)
	require.True(t, found && p.ID == kept.ID, "and so does the other number")
	got, err := o.List(o.As("reader"), practitioner.Filter{}, db.Page{Q: number("31010119850101003")})
	require.NoError(t, err)
	require.Equal(t, []any{1, kept.ID}, []any{got.Total, got.Items[0].ID})
	kinds := strings.Join(o.kinds(kept.ID), " ")
	for _, kind := range []string{"MERGE", "MERGED", "DRIVING", "EDUCATION", "ASSESSMENT", "ISSUE"} {
		require.Contains(t, kinds, kind)
	}
	value, err := o.Reveal(ann, gone.ID, "mobile", "核对身份")
	require.NoError(t, err)
	require.Equal(t, "13900001111", value, "sealed anew in its new place")
	require.NoError(t, o.state(moved.ID, practitioner.Cancelled), "a moved certificate is sound")
	require.Empty(t, o.pairs(""))
}

func TestTwoOfOneTypeAreNotMerged(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	a, b := o.file("王一", numbers[0], ""), o.file("王一", number("31010119850101002"), "")
	o.first(a.ID, practitioner.Road, "2024-03-15", "02001")
	l := o.first(b.ID, practitioner.Road, "2024-05-01", "01001")
	_, err := o.Propose(o.As("ann"), a.ID, b.ID, "同一人")
	examtest.RequireFault(t, err, "practitioner.merge.licences")
	require.ErrorContains(t, err, "道路运输从业人员从业资格证")
	_, err = o.Propose(o.As("ann"), a.ID, a.ID, "同一人")
	examtest.RequireFault(t, err, "practitioner.merge.same")
	require.NoError(t, o.state(l.ID, practitioner.Cancelled))
	m, err := o.Propose(o.As("ann"), a.ID, b.ID, "同一人")
	require.NoError(t, err)
	o.first(b.ID, practitioner.Road, "2026-11-01", "01001")
	_, err = o.Decide(o.As("bob"), m.ID, true, "")
	examtest.RequireFault(t, err, "practitioner.merge.licences") // looked at again when it is confirmed
	_, err = o.Decide(o.As("bob"), m.ID, false, "又发了一本")
	require.NoError(t, err)
	require.Equal(t, "OPEN", o.pairs("")[0].State)
}

func book(t *testing.T, rows ...map[string]string) []byte {
	t.Helper()
	var cells [][]any
	for _, r := range rows {
		var line []any
		for _, c := range practitioner.ImportColumns() {
			line = append(line, r[c.Name])
		}
		cells = append(cells, line)
	}
	out, err := sheet.Write("从业人员", practitioner.ImportColumns(), cells)
	require.NoError(t, err)
	return out
}

func record(change map[string]string) map[string]string {
	r := map[string]string{
		"姓名": "王一", "身份证号": numbers[0], "手机": "13900001111", "户籍类型": "本市户籍", "住址": "世纪大道 1 号", "证件种类": "道路运输从业人员从业资格证",
		"从业资格类别": "02001、道路旅客运输驾驶员", "初次领证日期": "2015/3/15", "有效期起": "2021-03-15", "有效期止": "2027-03-15",
		"准驾车型": "A1A2", "驾驶证初领日期": "2008-06-01", "服务单位": "浦东货运公司", "档案号": "31000020150000001",
	}
	for k, v := range change {
		r[k] = v
	}
	return r
}

func TestTakingOverRecords(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	upload := func(b []byte) practitioner.Imported {
		t.Helper()
		status, body := o.Upload("ann", "/api/v1/practitioner-imports", map[string][]byte{"workbook": b})
		require.Equal(t, http.StatusOK, status, string(body))
		return examtest.Decode[practitioner.Imported](t, body)
	}
	taxi := record(map[string]string{"证件种类": "巡游出租汽车驾驶员证", "从业资格类别": "09002", "有效期止": "", "档案号": "", "服务单位": "强生出租", "注册日期": "2024-03-15"})
	bus := record(map[string]string{"姓名": "李二", "身份证号": "310115920612002", "证件种类": "公共汽电车从业人员资格证", "从业资格类别": "13001", "证号": "GJD2021000007", "证件状态": "已注销", "档案号": "", "手机": ""})
	good := book(t, record(nil), taxi, bus)
	require.Equal(t, practitioner.Imported{OK: true, People: 2, Licences: 3, Problems: []sheet.Problem{}}, upload(good))
	again := upload(good)
	require.Equal(t, []int{0, 0, 3}, []int{again.People, again.Licences, again.Same}, "uploaded twice, taken once")
	f := o.shown(numbers[0])
	require.Len(t, f.Licences, 2)
	require.Equal(t, []string{"31000020150000001", "2027-03-15", "A1A2"}, []string{f.ArchiveNo, f.Expires.String(), f.Driving[0].Class})
	require.Len(t, f.Registrations, 2)
	l := o.shown(number("31011519920612002")).Licences[0]
	require.Equal(t, []string{"GJD2021000007", "03"}, []string{l.Number, string(l.State)})

	fresh := record(map[string]string{"身份证号": number("31010419880808003"), "姓名": "赵四", "档案号": ""})
	bad := upload(book(t, fresh, record(map[string]string{"有效期止": "2027-03-16"}), record(map[string]string{"身份证号": "310101198501010015", "证件状态": "很好", "准驾车型": "Z9", "有效期止": "2020-01-01", "从业资格类别": "09002"})))
	require.False(t, bad.OK)
	text := ""
	for _, p := range bad.Problems {
		text += p.Column + p.Text + "\n"
	}
	for _, want := range []string{"校验位", "没有这种证件状态", "准驾车型", "晚于有效期起", "不能写在"} {
		require.Contains(t, text, want, "everything that is wrong at once")
	}
	bad = upload(book(t, fresh, record(map[string]string{"有效期止": "2027-03-16"})))
	require.Equal(t, []any{false, 3}, []any{bad.OK, bad.Problems[0].Row})
	require.Contains(t, bad.Problems[0].Text, "已有有效的道路运输")
	got, err := o.List(o.As("reader"), practitioner.Filter{}, db.Page{Q: "赵"})
	require.NoError(t, err)
	require.Zero(t, got.Total, "nothing half imported")
	report, err := o.Report(o.As("ann"), bad.Report)
	require.NoError(t, err)
	require.NotEmpty(t, report)
	_, err = o.Report(o.As("bob"), bad.Report)
	examtest.RequireFault(t, err, "record.missing")
	_, err = o.Import(o.As("reader"), good)
	examtest.RequireFault(t, err, "auth.forbidden")
}

// A certificate keeps the days of each category, and its holder the hours and the
// grade, or nobody who was taken over could renew.
func TestTakingOverWhatEachCategoryHas(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	row := record(map[string]string{
		"从业资格类别": "02001、01001", "各类别初领日期": "2015-03-15、2024-05-20", "各类别有效期止": "2027-03-15、2030-05-20", "有效期止": "2030-05-20",
		"继续教育学时": "24", "继续教育完成日期": "2026/5/8", "诚信考核等级": "AA", "考核周期止": "2026-03-14",
	})
	upload := func(row map[string]string) practitioner.Imported {
		t.Helper()
		out, err := o.Import(o.As("ann"), book(t, row))
		require.NoError(t, err)
		return out
	}
	require.True(t, upload(row).OK)
	require.Equal(t, 1, upload(row).Same, "taken once")
	f := o.shown(numbers[0])
	require.Len(t, f.Licences, 1)
	for code, want := range map[string][2]string{"02001": {"2015-03-15", "2027-03-15"}, "01001": {"2024-05-20", "2030-05-20"}} {
		c, there := f.Licences[0].Category(code)
		require.True(t, there)
		require.Equal(t, want, [2]string{c.FirstIssue.String(), c.ValidTo.String()}, code)
	}
	require.Len(t, f.Education, 2)
	require.Len(t, f.Assessments, 2)
	require.Equal(t, "2025-03-15", f.Assessments[0].From.String(), "twelve months")
	hours, err := o.Hours(t.Context(), o.DB, f.ID, "01001", o.day("2026-01-01"))
	require.NoError(t, err)
	require.Equal(t, 24, hours)

	for column, change := range map[string]map[string]string{
		"各类别初领日期": {"各类别初领日期": "2015-03-15"}, "各类别有效期止": {"有效期止": "2031-05-20"}, "继续教育学时": {"继续教育学时": "很多"},
		"证件状态": {"证件状态": "已过期"}, "继续教育完成日期": {"继续教育完成日期": ""}, "诚信考核等级": {"诚信考核等级": "C"}, "考核周期止": {"考核周期止": "2099-01-01"},
	} {
		wrong := map[string]string{}
		for k, v := range row {
			wrong[k] = v
		}
		for k, v := range change {
			wrong[k] = v
		}
		got := upload(wrong)
		require.False(t, got.OK, column)
		require.Equal(t, column, got.Problems[0].Column)
	}
}

func (o *office) shown(number string) practitioner.File {
	o.t.Helper()
	p, found, err := o.Find(o.As("ann"), o.DB, o.id(number))
	require.NoError(o.t, err)
	require.True(o.t, found)
	f, err := o.Show(o.As("reader"), p.ID)
	require.NoError(o.t, err)
	return f
}

func TestFindingPeople(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	a, b, c := o.file("王一", numbers[0], "13900001111"), o.file("王二", "310115199206120029", ""), o.file("李王", "310104198808080032", "")
	o.first(a.ID, practitioner.Road, "2020-12-15", "02001")         // ends 2026-12-15
	gone := o.first(b.ID, practitioner.Road, "2019-11-01", "01001") // ended 2025-11-01, still written as in force
	bus := o.first(c.ID, practitioner.Bus, "2024-11-01", "13001")   // ends 2030-11-01
	require.NoError(t, o.Register(o.As("ann"), c.ID, practitioner.RegistrationDraft{Category: "13001", Employer: "浦东公交", From: o.day("2024-11-01"), Source: "企业"}))
	for name, q := range map[string]struct {
		query string
		want  []string
	}{
		"name": {"q=%E7%8E%8B&sort=name", []string{b.ID, a.ID}}, "id": {"q=" + numbers[0], []string{a.ID}}, "mobile": {"q=13900001111", []string{a.ID}},
		"number": {"q=" + bus.Number, []string{c.ID}}, "archive": {"q=31000020200000001", []string{a.ID}}, "15 digits": {"q=310101850101001", []string{a.ID}},
		"category": {"category=13001", []string{c.ID}}, "type": {"type=RE-071&sort=-expires", []string{a.ID, b.ID}}, "in force": {"state=10&type=RE-071", []string{a.ID}},
		"expired": {"state=02", []string{b.ID}}, "expired of a category": {"state=02&category=02001", []string{}}, "soon": {"days=30", []string{a.ID}},
		"employer": {"employer=%E6%B5%A6%E4%B8%9C", []string{c.ID}}, "residence": {"residence=NON_SH", []string{}}, "like is text": {"q=%25", []string{}},
		"by expiry": {"sort=expires", []string{b.ID, a.ID, c.ID}},
	} {
		status, body := o.Do("reader", http.MethodGet, files+"?"+q.query, nil)
		require.Equal(t, http.StatusOK, status, name+string(body))
		got := examtest.Decode[struct{ Items []struct{ ID string } }](t, body)
		ids := []string{}
		for _, i := range got.Items {
			ids = append(ids, i.ID)
		}
		if strings.Contains(q.query, "sort=name") {
			require.ElementsMatch(t, q.want, ids, name)
		} else {
			require.Equal(t, q.want, ids, name)
		}
	}
	require.NoError(t, o.state(gone.ID, practitioner.Expired))
	status, body := o.Do("reader", http.MethodGet, files+"?page=600", nil)
	require.Equal(t, []any{http.StatusBadRequest, "list.deep"}, []any{status, examtest.Code(t, body)})
	status, body = o.Do("reader", http.MethodGet, files+"/export?state=02", nil)
	require.Equal(t, []any{http.StatusOK, "PK"}, []any{status, string(body[:2])})
	status, _ = o.Do("reader", http.MethodGet, "/api/v1/practitioner-numbers/export?why=%E6%A0%B8%E6%9F%A5", nil)
	require.Equal(t, http.StatusForbidden, status)
	status, _ = o.Do("ann", http.MethodGet, "/api/v1/practitioner-numbers/export", nil)
	require.Equal(t, http.StatusBadRequest, status, "whole numbers are for a reason")
	status, body = o.Do("ann", http.MethodGet, "/api/v1/practitioner-numbers/export?why=%E6%A0%B8%E6%9F%A5", nil)
	require.Equal(t, http.StatusOK, status)
	rows, err := sheet.Read(body, []sheet.Column{{Name: "身份证号"}, {Name: "手机"}}, sheet.Limits{Rows: 10, Unzipped: 1 << 20})
	require.NoError(t, err)
	require.Contains(t, []string{rows[0].Get("身份证号"), rows[1].Get("身份证号"), rows[2].Get("身份证号")}, numbers[0])
	require.Equal(t, 1, o.Audited(practitioner.PermWhole))
}

func TestWhoIsNotAskedIsNotNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.file("王一", numbers[0], "")
	f := o.shown(numbers[0])
	require.Equal(t, []bool{false, false, false}, []bool{f.Exams.Connected, f.Holds.Connected, f.Cases.Connected})
	o.Holds = func(_ context.Context, _ db.Q, of string) ([]practitioner.Hold, error) {
		return []practitioner.Hold{{Kind: "吊销", Text: of}}, nil
	}
	f = o.shown(numbers[0])
	require.True(t, f.Holds.Connected)
	require.Equal(t, p.ID, f.Holds.Items[0].Text)
	_ = o.tx(func(context.Context, pgx.Tx) error { return nil })
}
