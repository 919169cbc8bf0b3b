package enrolment_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/enrolment"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
)

// What the list is found by is what the sittings say, whichever way they change.
func TestAnEnrolmentIsFoundWhereItStands(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	e := o.paid(nil)
	in := o.Sitting(freight, "理论", o.in(7))
	exec := func(sql string, args ...any) {
		t.Helper()
		_, err := o.DB.Exec(t.Context(), sql, args...)
		require.NoError(t, err)
	}
	found := func(want enrolment.State) {
		t.Helper()
		for _, s := range []enrolment.State{enrolment.ToPay, enrolment.Waiting, enrolment.Arranged, enrolment.Ended} {
			list, err := o.List(o.As("boss"), enrolment.Filter{State: s}, db.Page{PageSize: 10})
			require.NoError(t, err)
			if s != want {
				require.Empty(t, list.Items, s)
				continue
			}
			require.Len(t, list.Items, 1, s)
			require.Equal(t, want, list.Items[0].State)
		}
	}
	found(enrolment.Waiting)
	_, err := o.Arrange(o.As("boss"), enrolment.Order{Sitting: in, IDs: []string{e.ID}})
	require.NoError(t, err)
	found(enrolment.Arranged)
	exec(`UPDATE exam_sitting SET state = 'PUBLISHED' WHERE id = $1`, in)
	found(enrolment.Ended)
	exec(`UPDATE exam_sitting SET state = 'SCORED' WHERE id = $1`, in) // a result that is corrected
	found(enrolment.Arranged)
	exec(`UPDATE exam_sitting SET state = 'CANCELLED' WHERE id = $1`, in)
	found(enrolment.Waiting)
	exec(`UPDATE exam_sitting SET state = 'PLANNED' WHERE id = $1`, in)
	found(enrolment.Arranged)
	exec(`DELETE FROM exam_candidate WHERE sitting = $1`, in)
	found(enrolment.Waiting)
	require.NoError(t, o.tx(func(ctx context.Context, tx pgx.Tx) error { return o.End(ctx, tx, e.Ref, "不考了") }))
	found(enrolment.Ended)
}

func TestTheListOfEnrolments(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	first := o.paid(nil)
	o.who, o.number = o.person(2)
	o.open(func(d *enrolment.Draft) { d.Category = "03001" })
	read := func(who, query string) []enrolment.Enrolment {
		status, body := o.Do(who, http.MethodGet, "/api/v1/exam/enrolments"+query, nil)
		require.Equal(t, http.StatusOK, status, string(body))
		require.NotContains(t, string(body), examtest.IDNumber(1))
		return examtest.Decode[db.List[enrolment.Enrolment]](t, body).Items
	}
	require.Len(t, read("boss", ""), 2)
	require.Equal(t, "张*", read("boss", "?state=WAITING")[0].Name)
	for query, want := range map[string]int{
		"?state=TO_PAY": 1, "?state=ENDED": 0, "?category=03001": 1, "?q=" + examtest.IDNumber(1): 1, "?q=NO2": 1, "?q=" + examtest.IDNumber(5): 0, "?sort=-arrange_by": 2, "?overdue=yes": 0,
	} {
		require.Len(t, read("boss", query), want, query)
	}
	o.Clock.Advance(31 * 24 * time.Hour)
	late := read("boss", "?overdue=yes")
	require.Len(t, late, 1)
	require.True(t, late[0].Overdue)

	in := o.Sitting(freight, "理论", o.in(7)) // at a venue that is called as the sitting
	o.Scoped("there", auth.Scope{Venues: []string{in}}, enrolment.PermList, enrolment.PermArrange, sitting.PermEnrol)
	o.Scoped("elsewhere", auth.Scope{Venues: []string{"x"}}, enrolment.PermList, enrolment.PermArrange, sitting.PermEnrol)
	_, err := o.Arrange(o.As("elsewhere"), enrolment.Order{Sitting: in, IDs: []string{first.ID}})
	require.Error(t, err)
	require.Equal(t, enrolment.Waiting, o.now(first).State)
	_, err = o.Arrange(o.As("there"), enrolment.Order{Sitting: in, IDs: []string{first.ID}})
	require.NoError(t, err)
	require.Len(t, read("there", ""), 2, "with a place here, and without any")
	require.Len(t, read("elsewhere", ""), 1)

	status, book := o.Do("boss", http.MethodGet, "/api/v1/exam/enrolments/export", nil)
	require.Equal(t, []any{http.StatusOK, 1}, []any{status, o.Audited(enrolment.PermExport)}, string(book))
	for _, path := range []string{"/api/v1/exam/enrolments", "/api/v1/exam/enrolments/export"} {
		status, _ = o.Do("clerk", http.MethodGet, path, nil)
		require.Equal(t, http.StatusForbidden, status)
	}
	status, body := o.Do("clerk", http.MethodPost, "/api/v1/exam/enrolments/"+first.ID+"/pay", `{"notice_no":"31 000000","paid_on":"2026-11-23","fen":7000,"version":1}`)
	require.Equal(t, "exam.enrolment.pay.notice", examtest.Code(t, body), status)
	status, _ = o.Do("there", http.MethodPost, "/api/v1/exam/enrolments/"+first.ID+"/pay", `{"notice_no":"310000000001","paid_on":"2026-11-23","fen":7000,"version":1}`)
	require.Equal(t, http.StatusForbidden, status)
}

// A row that was changed behind the program's back stops everything, and is found.
func TestATamperedEnrolmentStops(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	e := o.open(nil)
	tables, err := o.Prove(context.Background(), o.DB)
	require.NoError(t, err)
	require.Empty(t, tables[0].Bad)
	_, err = o.DB.Exec(context.Background(), `UPDATE exam_enrolment SET notice_no = '310000000009', paid_on = '2026-11-23'`)
	require.NoError(t, err)
	const want = "exam.enrolment.tampered"
	_, err = o.Arrange(o.As("boss"), enrolment.Order{Sitting: o.Sitting(freight, "理论", o.in(7)), IDs: []string{e.ID}})
	examtest.RequireFault(t, err, want)
	_, err = o.Pay(o.As("clerk"), e.ID, o.payment("310000000001"))
	examtest.RequireFault(t, err, want)
	_, err = o.List(o.As("boss"), enrolment.Filter{}, db.Page{PageSize: 10})
	examtest.RequireFault(t, err, want)
	_, _, err = o.OfCase(context.Background(), o.DB, e.Ref)
	examtest.RequireFault(t, err, want)
	tables, err = o.Prove(context.Background(), o.DB)
	require.NoError(t, err)
	require.Equal(t, []string{"NO1"}, tables[0].Bad)
}

// What came to nothing is ended, but not over the head of who has a place.
func TestAnEnrolmentEnds(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	end := func(e enrolment.Enrolment) error {
		return o.tx(func(ctx context.Context, tx pgx.Tx) error { return o.End(ctx, tx, e.Ref, "办件已终止") })
	}
	e := o.paid(nil)
	in := o.Sitting(freight, "理论", o.in(7))
	o.arrange(in, e)
	examtest.RequireFault(t, end(e), "exam.enrolment.end.placed")
	require.NoError(t, o.sittings.Remove(o.As("boss"), in, o.now(e).Places[0].Candidate))
	require.NoError(t, end(e))
	require.NoError(t, end(e), "twice is once")
	require.Equal(t, 1, o.Audited("exam.enrolment.end"))
	require.Equal(t, enrolment.Ended, o.now(e).State)
	require.Equal(t, "报名已结束", o.arrange(in, e).Refused[0].Why)
	_, err := o.Pay(o.As("clerk"), e.ID, o.payment("310000000007"))
	examtest.RequireFault(t, err, "exam.enrolment.pay.ended")
	o.open(nil)
}

// A taxi driver's exam has two subjects: both need a place, and the results of both
// end it.
func TestEverySubjectNeedsAPlace(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	e := o.paid(func(d *enrolment.Draft) { d.Category = "09002" })
	require.Equal(t, []string{"全国公共科目", "区域科目"}, e.Subjects)
	one, two := o.Sitting("09002", "全国公共科目", o.in(4)), o.Sitting("09002", "区域科目", o.in(5))
	o.arrange(one, e)
	require.Equal(t, enrolment.Waiting, o.now(e).State)
	o.arrange(two, e)
	require.Equal(t, enrolment.Arranged, o.now(e).State)
	for i, in := range []string{one, two} {
		_, err := o.DB.Exec(context.Background(), `UPDATE exam_sitting SET state = 'PUBLISHED' WHERE id = $1`, in)
		require.NoError(t, err)
		require.Equal(t, []enrolment.State{enrolment.Arranged, enrolment.Ended}[i], o.now(e).State)
	}
}

// Who has passed the paper and failed the practical exam alone is told until when the
// paper counts, whichever way they ask: nothing is to be paid a second time.
func TestOnlyThePracticalExamIsMissing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.Sat(o.number, "张三", "02001", "理论", o.in(-10), "PASSED")
	last := clock.DateOf(o.in(-10).AddDate(1, 0, -1))
	for _, anew := range []bool{true, false} {
		for _, part := range []string{enrolment.Theory, enrolment.Both} {
			err := o.May(t.Context(), o.DB, o.draft(func(d *enrolment.Draft) { d.Category, d.Part, d.Again = "02001", part, !anew }))
			examtest.RequireFault(t, err, "exam.enrolment.open.practice")
			require.ErrorContains(t, err, "成绩保留到 "+last.String())
			require.ErrorContains(t, err, "补考只限理论不合格")
		}
	}
}
