package sitting_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/training/class"
)

// finished is a finished class of category 09002 with three members, the last
// of whom failed.
func finished(t *testing.T, s *examtest.Story, first int) class.Class {
	t.Helper()
	ctx := s.As("boss")
	plan, err := s.Classes.SavePlan(ctx, "", 0, class.PlanDraft{Year: 2026, Month: 11, Category: "09002", Kind: class.Retrain, Classes: 5, People: 100})
	require.NoError(t, err)
	c, err := s.Classes.Create(ctx, class.Draft{
		Plan: plan.ID, Venue: s.Venue.ID, Begins: "2026-11-01", Ends: "2026-11-20", DailyFrom: "09:00", DailyTo: "16:00",
		Place: "二楼教室", Capacity: 20, Teacher: "周老师", Hours: 27,
	})
	require.NoError(t, err)
	move := func(v class.Verb) {
		c, err = s.Classes.Move(ctx, c.ID, v, "")
		require.NoError(t, err)
	}
	move(class.VerbOpen)
	for i := range 3 {
		require.NoError(t, s.Classes.Enrol(ctx, c.ID, class.MemberDraft{Name: "王一", IDNo: examtest.IDNumber(first + i), Mobile: "13900000000"}))
	}
	move(class.VerbStart)
	people, err := s.Classes.Members(ctx, c.ID, "", db.Page{})
	require.NoError(t, err)
	for i, m := range people.Items {
		r := class.Result{Members: []string{m.ID}, Hours: 27, Result: class.Passed}
		if i == 2 {
			r = class.Result{Members: []string{m.ID}, Hours: 3, Result: class.Failed}
		}
		require.NoError(t, s.Classes.Decide(ctx, c.ID, r))
	}
	move(class.VerbFinish)
	return c
}

func TestWhoPassedAClassIsRegistered(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Planned(t, 2) // persons 0 and 1
	c := finished(t, s, 1)
	path := "/api/v1/exam/sittings/" + in.ID + "/enrol"
	status, body := s.Do("boss", http.MethodPost, path, `{"class":"`+c.ID+`","consent":true}`)
	require.Equal(t, http.StatusOK, status, string(body))
	got := examtest.Decode[sitting.Enrolled](t, body)
	require.Equal(t, 1, got.Added)
	require.Len(t, got.Refused, 1, "person 1 is in the sitting already, person 3 did not pass")
	require.Equal(t, "该考生已在本场次中", got.Refused[0].Why)
	require.NotContains(t, string(body), examtest.IDNumber(1))

	list, err := s.Sittings.Candidates(s.As("boss"), in.ID, sitting.CandidateFilter{}, db.Page{Q: examtest.IDNumber(2)})
	require.NoError(t, err)
	one := list.Items[0]
	require.Equal(t, []string{c.Number, class.Retrain}, []string{one.ClassNumber, one.Kind})
	require.Len(t, one.Checks, 9)
	for _, check := range one.Checks {
		require.True(t, check.OK, check.Name)
	}
	require.Equal(t, s.Clock.Now(), one.CheckedAt.UTC())

	exams, err := s.Sittings.OfClass(s.As("boss"), c.ID, "", db.Page{})
	require.NoError(t, err)
	require.Equal(t, 1, exams.Total)
	require.Equal(t, "WAITING", exams.Items[0].Outcome)
	for _, f := range []struct {
		outcome, q string
		want       int
	}{{"WAITING", "", 1}, {"PASSED", "", 0}, {"", exams.Items[0].Admission, 1}, {"WAITING", "没有这个人", 0}} {
		got, err := s.Sittings.OfClass(s.As("boss"), c.ID, f.outcome, db.Page{Q: f.q})
		require.NoError(t, err)
		require.Equal(t, f.want, got.Total, f)
	}

	status, body = s.Do("boss", http.MethodPost, path, `{"class":"`+c.ID+`","consent":true,"members":["nobody"]}`)
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.Equal(t, "training.class.graduates.none", examtest.Code(t, body))
}

func TestOneApplicantIsToldEverythingAtOnce(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Planned(t, 1)
	c := finished(t, s, 4)
	ctx := s.As("boss")
	add := func(a sitting.Application) (sitting.Candidate, error) { return s.Sittings.AddCandidate(ctx, in.ID, a) }

	before := s.Audited("exam.sitting.apply")
	_, err := add(sitting.Application{Name: "1", IDNo: examtest.IDNumber(0), Mobile: "12", Photo: []byte("x")})
	examtest.RequireFault(t, err, "exam.sitting.apply.refused")
	for _, part := range []string{"姓名", "手机", "照片", "已在本场次中"} {
		require.ErrorContains(t, err, part)
	}
	_, err = add(sitting.Application{Name: "王一", IDNo: examtest.IDBorn("20150101", 1)})
	require.ErrorContains(t, err, "身份证号")
	_, err = add(sitting.Application{Name: "王一", IDNo: examtest.IDNumber(6), Class: c.ID})
	examtest.RequireFault(t, err, "training.class.member.none")
	require.Equal(t, before, s.Audited("exam.sitting.apply"), "a refusal changed something")

	got, err := add(sitting.Application{Name: "王一", IDNo: examtest.IDNumber(4), Class: c.ID, Kind: class.PrePost, Consent: true, Photo: examtest.Portrait(t, 1)})
	require.NoError(t, err)
	require.True(t, got.HasPhoto)
	require.Equal(t, class.Retrain, got.Kind, "the class's kind counts")
	require.Equal(t, c.ID, got.Class)
	_, err = add(sitting.Application{Name: "王一", IDNo: examtest.IDNumber(4)})
	require.ErrorContains(t, err, "已在本场次中")
	require.Equal(t, before+1, s.Audited("exam.sitting.apply"))
}

// One person registered for two sittings at the same moment is in one of them.
func TestNobodyIsRegisteredTwiceAtOnce(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	a := s.Planned(t, 1)
	s.Clock.Advance(24 * time.Hour)
	b := s.Planned(t, 1)
	for n := 100; n < 112; n++ {
		statuses := make(chan int, 2)
		for _, id := range []string{a.ID, b.ID} {
			go func() {
				_, err := s.Sittings.AddCandidate(s.As("boss"), id, sitting.Application{Name: "王一", IDNo: examtest.IDNumber(n), Kind: class.PrePost, Consent: true})
				if err != nil {
					statuses <- 0
					return
				}
				statuses <- 1
			}()
		}
		require.Equal(t, 1, <-statuses+<-statuses, "person %d", n)
	}
}
