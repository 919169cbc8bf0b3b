package class_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/venue"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/cloud/training/class"
	"huyun.internal/protocol/person"
)

// school is a centre with one plan line of two classes and thirty people, and a
// venue that opens them.
type school struct {
	*examtest.World
	*class.Service
	venue, plan string
}

func newSchool(t *testing.T) *school {
	t.Helper()
	s := &school{World: examtest.New(t)}
	s.Service = class.New(s.DB, s.Keys, s.Audit, s.Clock)
	class.Register(s.Web, s.Service)
	s.Staff("boss", venue.PermSave, class.PermPlanList, class.PermPlanSave, class.PermList, class.PermSave, class.PermEnrol, class.PermResult)
	v, err := venue.New(s.DB, s.Keys, s.Audit, s.Clock).Create(s.As("boss"), venue.Draft{
		Code: "101", Name: "浦东分考场", District: "浦东新区", Address: "杨高路 1 号", Rooms: []venue.Room{{Name: "一号机房", Seats: []string{"A01"}}},
	})
	require.NoError(t, err)
	s.venue = v.ID
	s.Scoped("here", auth.Scope{Venues: []string{v.ID}}, class.PermPlanList, class.PermPlanSave, class.PermList, class.PermSave, class.PermEnrol, class.PermResult)
	s.Scoped("elsewhere", auth.Scope{Venues: []string{"another"}}, class.PermList, class.PermSave, class.PermEnrol)
	p, err := s.SavePlan(s.As("boss"), "", 0, class.PlanDraft{Year: 2026, Month: 12, Category: "13001", Kind: class.PrePost, Classes: 2, People: 30})
	require.NoError(t, err)
	require.Equal(t, "bus", p.Industry)
	s.plan = p.ID
	return s
}

func (s *school) draft(change func(*class.Draft)) class.Draft {
	d := class.Draft{
		Plan: s.plan, Venue: s.venue, Begins: "2026-12-01", Ends: "2026-12-05", DailyFrom: "09:00", DailyTo: "16:00",
		Place: "二楼教室", Capacity: 10, Teacher: "周老师", Hours: 40,
	}
	if change != nil {
		change(&d)
	}
	return d
}

// open is a class that takes people.
func (s *school) open(t *testing.T, change func(*class.Draft)) class.Class {
	t.Helper()
	c, err := s.Create(s.As("here"), s.draft(change))
	require.NoError(t, err)
	c, err = s.Move(s.As("here"), c.ID, class.VerbOpen, "")
	require.NoError(t, err)
	return c
}

func (s *school) ids(t *testing.T, of string) []string {
	t.Helper()
	got, err := s.Members(s.As("here"), of, "", db.Page{})
	require.NoError(t, err)
	var out []string
	for _, m := range got.Items {
		out = append(out, m.ID)
	}
	return out
}

func TestThePlanIsTheCentres(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	draft := class.PlanDraft{Year: 2026, Month: 12, Category: "13001", Kind: class.Retrain, Classes: 1, People: 20}
	_, err := s.SavePlan(s.As("here"), "", 0, draft)
	examtest.RequireFault(t, err, "auth.forbidden")
	boss := s.As("boss")
	p, err := s.SavePlan(boss, "", 0, draft)
	require.NoError(t, err)
	_, err = s.SavePlan(boss, "", 0, draft)
	examtest.RequireFault(t, err, "training.plan.save.twice")
	draft.Category = "99999"
	_, err = s.SavePlan(boss, p.ID, 1, draft)
	examtest.RequireFault(t, err, "training.plan.save.category")
	draft.Category, draft.Classes = "13001", 30
	_, err = s.SavePlan(boss, p.ID, 1, draft)
	examtest.RequireFault(t, err, "training.plan.save.people")
	draft.Classes = 3
	_, err = s.SavePlan(boss, p.ID, 1, draft)
	require.NoError(t, err)
	_, err = s.SavePlan(boss, p.ID, 1, draft)
	examtest.RequireFault(t, err, "training.plan.save.stale")
	require.NoError(t, s.RemovePlan(boss, p.ID))

	s.open(t, nil)
	examtest.RequireFault(t, s.RemovePlan(boss, s.plan), "training.plan.remove.used")
	_, err = s.SavePlan(boss, s.plan, 1, class.PlanDraft{Year: 2026, Month: 11, Category: "13001", Kind: class.PrePost, Classes: 2, People: 30})
	examtest.RequireFault(t, err, "training.plan.save.used")
	got, err := s.Plans(s.As("here"), class.PlanFilter{Year: 2026, Industry: "bus"}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, []int{1, 1, 10}, []int{got.Total, got.Items[0].Opened, got.Items[0].Places})
}

func TestClassesKeepToPlanAndRoom(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	here := s.As("here")
	for code, change := range map[string]func(*class.Draft){
		"training.class.save.month": func(d *class.Draft) { d.Begins, d.Ends = "2026-11-30", "2026-12-03" },
		"training.class.save.dates": func(d *class.Draft) { d.Ends = "2026-11-30" },
		"training.class.save.daily": func(d *class.Draft) { d.DailyTo = "08:00" },
		"training.class.save.text":  func(d *class.Draft) { d.Teacher = " " },
		"training.class.save.plan":  func(d *class.Draft) { d.Capacity = 31 },
		"clock.date":                func(d *class.Draft) { d.Begins = "2026-12-99" },
		"record.missing":            func(d *class.Draft) { d.Venue = "another" },
	} {
		_, err := s.Create(here, s.draft(change))
		examtest.RequireFault(t, err, code)
	}
	first := s.open(t, nil)
	require.Equal(t, "K2612-101-01", first.Number)
	_, err := s.Create(here, s.draft(func(d *class.Draft) { d.Begins, d.DailyFrom = "2026-12-05", "15:30"; d.DailyTo = "17:00" }))
	examtest.RequireFault(t, err, "training.class.save.room")
	second := s.open(t, func(d *class.Draft) { d.DailyFrom, d.DailyTo = "16:00", "20:00" }) // the evening of the same room
	third := func(d *class.Draft) { d.Place = "三楼教室" }
	_, err = s.Create(here, s.draft(third))
	examtest.RequireFault(t, err, "training.class.save.plan")
	extra := s.open(t, func(d *class.Draft) { third(d); d.Beyond = "报名人数超出预期" })
	require.Equal(t, "报名人数超出预期", extra.Beyond)

	_, err = s.Move(here, second.ID, class.VerbCancel, " ")
	examtest.RequireFault(t, err, "training.class.act.reason")
	_, err = s.Move(here, second.ID, class.VerbCancel, "教师生病")
	require.NoError(t, err)
	_, err = s.Change(here, first.ID, first.Revision, s.draft(func(d *class.Draft) { d.DailyTo = "20:00" }))
	require.NoError(t, err, "the cancelled class no longer holds the room")
	_, err = s.Change(here, first.ID, first.Revision, s.draft(nil))
	examtest.RequireFault(t, err, "training.class.change.stale")
	_, err = s.Change(s.As("elsewhere"), first.ID, first.Revision, s.draft(nil))
	examtest.RequireFault(t, err, "record.missing")
	got, err := s.List(s.As("elsewhere"), class.Filter{}, db.Page{})
	require.NoError(t, err)
	require.Zero(t, got.Total)
	got, err = s.List(here, class.Filter{State: "OPEN", Industry: "bus", From: "2026-12-02", To: "2026-12-31"}, db.Page{Q: "101"})
	require.NoError(t, err)
	require.Equal(t, 2, got.Total)
}

func TestPeopleOfAClass(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	here := s.As("here")
	c := s.open(t, func(d *class.Draft) { d.Capacity = 3 })
	enrol := func(of, name string, n int) error {
		return s.Enrol(here, of, class.MemberDraft{Name: name, IDNo: examtest.IDNumber(n), Mobile: "13900000000"})
	}
	require.NoError(t, enrol(c.ID, "王一", 1))
	err := enrol(c.ID, "王一", 1)
	examtest.RequireFault(t, err, "training.class.enrol.invalid")
	require.Contains(t, err.Error(), "已在本班")
	err = s.Enrol(here, c.ID, class.MemberDraft{Name: "王", IDNo: examtest.IDNumber(2)[:17] + "0", Mobile: "1"})
	examtest.RequireFault(t, err, "training.class.enrol.invalid")
	require.Contains(t, err.Error(), "手机", "everything that is wrong at once")

	same := s.open(t, func(d *class.Draft) { d.Place, d.Begins, d.Ends = "三楼", "2026-12-05", "2026-12-09" })
	err = enrol(same.ID, "王一", 1)
	require.ErrorContains(t, err, c.Number)
	later := s.open(t, func(d *class.Draft) { d.Begins, d.Ends, d.Beyond = "2026-12-06", "2026-12-09", "加班" })
	require.NoError(t, enrol(later.ID, "王一", 1), "days that do not meet")
	later, err = s.Get(here, later.ID)
	require.NoError(t, err)
	_, err = s.Change(here, later.ID, later.Revision, s.draft(func(d *class.Draft) { d.Place, d.Beyond = "四楼", "加班" }))
	examtest.RequireFault(t, err, "training.class.change.met")

	book := func(numbers ...string) []byte {
		var rows [][]any
		for i, n := range numbers {
			rows = append(rows, []any{fmt.Sprintf("李%c", '一'+rune(i)), n, ""})
		}
		out, err := sheet.Write("学员", class.MemberColumns(), rows)
		require.NoError(t, err)
		return out
	}
	upload := func(b []byte) class.Imported {
		status, body := s.Upload("here", "/api/v1/training/classes/"+c.ID+"/members/import", map[string][]byte{"workbook": b})
		require.Equal(t, http.StatusOK, status, string(body))
		return examtest.Decode[class.Imported](t, body)
	}
	bad := upload(book(examtest.IDNumber(2), examtest.IDNumber(1)))
	require.False(t, bad.OK)
	require.Equal(t, 3, bad.Problems[0].Row)
	report, err := s.Report(here, bad.Report)
	require.NoError(t, err)
	require.NotEmpty(t, report)
	_, err = s.Report(s.As("boss"), bad.Report)
	examtest.RequireFault(t, err, "record.missing")
	require.Equal(t, 2, upload(book(examtest.IDNumber(2), examtest.IDNumber(3))).Members)
	examtest.RequireFault(t, enrol(c.ID, "赵四", 4), "training.class.enrol.capacity")

	found, err := s.Members(here, c.ID, "", db.Page{Q: examtest.IDNumber(2)})
	require.NoError(t, err)
	require.Equal(t, 1, found.Total)
	require.NotContains(t, found.Items[0].IDNo, examtest.IDNumber(2)[6:14])
	require.NoError(t, s.Remove(here, c.ID, found.Items[0].ID))
	examtest.RequireFault(t, s.Remove(here, c.ID, found.Items[0].ID), "record.missing")
}

func TestFinishing(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	here := s.As("here")
	c := s.open(t, nil)
	_, err := s.Move(here, c.ID, class.VerbStart, "")
	examtest.RequireFault(t, err, "training.class.act.empty")
	for n := range 3 {
		require.NoError(t, s.Enrol(here, c.ID, class.MemberDraft{Name: "王一", IDNo: examtest.IDNumber(n)}))
	}
	people := s.ids(t, c.ID)
	decide := func(r class.Result) error { return s.Decide(here, c.ID, r) }
	examtest.RequireFault(t, decide(class.Result{Members: people, Hours: 40, Result: class.Passed}), "training.class.result.state")
	_, err = s.Move(here, c.ID, class.VerbStart, "")
	require.NoError(t, err)
	examtest.RequireFault(t, s.Enrol(here, c.ID, class.MemberDraft{Name: "王一", IDNo: examtest.IDNumber(9)}), "training.class.enrol.state")
	examtest.RequireFault(t, decide(class.Result{Members: people, Hours: 39, Result: class.Passed}), "training.class.result.hours")
	examtest.RequireFault(t, decide(class.Result{Members: []string{people[0], "nobody"}, Hours: 40, Result: class.Passed}), "record.missing")
	require.NoError(t, decide(class.Result{Members: people[:2], Hours: 40, Result: class.Passed}))
	_, err = s.Move(here, c.ID, class.VerbFinish, "")
	examtest.RequireFault(t, err, "training.class.act.undecided")
	require.NoError(t, decide(class.Result{Members: people[2:], Hours: 12, Result: class.Failed}))
	graduates := func(members ...string) (n int, err error) {
		return n, s.DB.InTx(context.Background(), func(tx examtest.Tx) error {
			_, got, err := s.Graduates(here, tx, c.ID, members)
			n = len(got)
			return err
		})
	}
	_, err = graduates()
	examtest.RequireFault(t, err, "training.class.graduates.state")
	c, err = s.Move(here, c.ID, class.VerbFinish, "")
	require.NoError(t, err)
	require.Equal(t, 2, c.Passed)
	n, err := graduates()
	require.NoError(t, err)
	require.Equal(t, 2, n)
	_, err = graduates(people[2])
	examtest.RequireFault(t, err, "training.class.graduates.none")

	for state := range map[class.State]bool{class.Finished: true, class.Cancelled: true} {
		for _, v := range []class.Verb{class.VerbOpen, class.VerbStart, class.VerbFinish, class.VerbCancel} {
			_, err := state.Act(v)
			examtest.RequireFault(t, err, "training.class.act.state")
		}
	}
	status, book := s.Do("here", http.MethodGet, "/api/v1/training/classes/export?industry=bus", nil)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "PK", string(book[:2]))
	require.Equal(t, 1, s.Audited("training.class.export"))
}

// Two people at two desks put one person into two classes of the same days at the
// same moment: one of them is told.
func TestNobodyIsTakenTwiceAtOnce(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	here := s.As("here")
	classes := []class.Class{
		s.open(t, func(d *class.Draft) { d.Capacity = 15 }),
		s.open(t, func(d *class.Draft) { d.Capacity, d.Place = 15, "三楼" }),
	}
	for n := range 12 {
		refused := make(chan error, len(classes))
		for _, c := range classes {
			go func() {
				refused <- s.Enrol(here, c.ID, class.MemberDraft{Name: "王一", IDNo: examtest.IDNumber(n)})
			}()
		}
		first, second := <-refused, <-refused
		require.True(t, (first == nil) != (second == nil), "%v, %v", first, second)
		examtest.RequireFault(t, errors.Join(first, second), "training.class.enrol.invalid")
	}
}

// The last places of a class and of the plan are taken once, however many reach
// for them at the same moment.
func TestNoPlaceIsGivenTwice(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	here := s.As("here")
	c := s.open(t, func(d *class.Draft) { d.Capacity = 3 })
	taken := make(chan error, 12)
	for n := range 12 {
		go func() {
			taken <- s.Enrol(here, c.ID, class.MemberDraft{Name: "王一", IDNo: examtest.IDNumber(n)})
		}()
	}
	for range 12 {
		if err := <-taken; err != nil {
			examtest.RequireFault(t, err, "training.class.enrol.capacity")
		}
	}
	c, err := s.Get(here, c.ID)
	require.NoError(t, err)
	require.Equal(t, 3, c.Members)

	opened := make(chan error, 6) // the plan is of two classes
	for n := range 6 {
		go func() {
			_, err := s.Create(here, s.draft(func(d *class.Draft) { d.Place = fmt.Sprintf("%d 号教室", n) }))
			opened <- err
		}()
	}
	for range 6 {
		if err := <-opened; err != nil {
			examtest.RequireFault(t, err, "training.class.save.plan")
		}
	}
	plans, err := s.Plans(here, class.PlanFilter{}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, []int{2, 2}, []int{plans.Items[0].Classes, plans.Items[0].Opened})
}

// Somebody with two numbers is one learner: not twice in a class nor in two at once,
// and what they finished under one counts under the other.
func TestAMergedPersonLearnsOnce(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	here := s.As("here")
	c, other := s.open(t, nil), s.open(t, func(d *class.Draft) { d.Place = "三楼" })
	enrol := func(of string, n int) error {
		return s.Enrol(here, of, class.MemberDraft{Name: "王一", IDNo: examtest.IDNumber(n)})
	}
	require.NoError(t, enrol(c.ID, 1))
	s.Aliases = s.Merged(2, 1).Numbers
	require.ErrorContains(t, enrol(c.ID, 2), "已在本班")
	require.ErrorContains(t, enrol(other.ID, 2), c.Number)
	require.NoError(t, enrol(other.ID, 3))

	s.Aliases = s.Merged(5, 4).Numbers
	rows := [][]any{{"李一", examtest.IDNumber(4), ""}, {"李一", examtest.IDNumber(5), ""}}
	book, err := sheet.Write("学员", class.MemberColumns(), rows)
	require.NoError(t, err)
	status, body := s.Upload("here", "/api/v1/training/classes/"+c.ID+"/members/import", map[string][]byte{"workbook": book})
	require.Equal(t, http.StatusOK, status, string(body))
	bad := examtest.Decode[class.Imported](t, body)
	require.Len(t, bad.Problems, 2)
	require.Contains(t, bad.Problems[0].Text, "两个证件号")

	_, err = s.Move(here, c.ID, class.VerbStart, "")
	require.NoError(t, err)
	require.NoError(t, s.Decide(here, c.ID, class.Result{Members: s.ids(t, c.ID), Hours: 40, Result: class.Passed}))
	_, err = s.Move(here, c.ID, class.VerbFinish, "")
	require.NoError(t, err)
	graduate := func(n int) error {
		no, err := person.ParseID(examtest.IDNumber(n))
		require.NoError(t, err)
		return s.DB.InTx(context.Background(), func(tx examtest.Tx) error {
			_, _, err := s.Graduate(here, tx, c.ID, no)
			return err
		})
	}
	require.NoError(t, graduate(2))
	examtest.RequireFault(t, graduate(3), "training.class.member.none")
}
