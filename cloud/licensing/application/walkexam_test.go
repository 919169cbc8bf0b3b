package application_test

import (
	"slices"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/enrolment"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/db"
)

func (w *walk) examines() bool {
	return w.d.Action == licensing.ExamEnrol || w.d.Action == licensing.ExamRetake
}

// papers are the subjects of the walk's category that have a paper.
func (w *walk) papers() []string {
	return slices.DeleteFunc(exam.Required(w.v.categories[0]), func(s string) bool { return s == exam.Practical })
}

// part is all that can be registered for.
func (w *walk) part() string {
	if len(w.papers()) < len(exam.Required(w.v.categories[0])) {
		return enrolment.Both
	}
	return enrolment.Theory
}

func (w *walk) fee() int64 {
	if w.part() == enrolment.Both {
		return 17000
	}
	return 7000
}

// seated pays for a granted registration and has it arranged, subject by subject.
func (w *walk) seated(p application.Page) application.Page {
	w.t.Helper()
	refused := func(text string) {
		_, err := w.Service.Do(w.As("clerk2"), p.ID, licensing.CertificateDone, w.order(p.Revision, ""))
		require.ErrorContains(w.t, err, "licensing.case.exam.place")
		require.ErrorContains(w.t, err, text)
	}
	e := p.Enrolment
	require.NotNil(w.t, e)
	require.Equal(w.t, []any{enrolment.ToPay, w.fee(), w.papers(), "2026-12-23"}, []any{e.State, e.Fen, e.Subjects, e.ArrangeBy.String()})
	require.True(w.t, p.Due.IsZero(), "there is nothing to hand out yet")
	refused("还没有登记缴款")
	_, err := w.enrolments.Pay(w.As("cashier"), e.ID, enrolment.Payment{Notice: "JK" + w.number, On: day(w.t, "2026-11-23"), Fen: w.fee(), Version: e.Version})
	require.NoError(w.t, err)
	for _, subject := range w.papers() {
		refused("还没有为全部科目编入考试场次")
		in := w.Sitting(w.v.categories[0], subject, w.Clock.Now().AddDate(0, 0, 7+slices.Index(w.papers(), subject)))
		out, err := w.enrolments.Arrange(w.As("office"), enrolment.Order{Sitting: in, IDs: []string{e.ID}})
		require.NoError(w.t, err)
		require.Equal(w.t, enrolment.Outcome{Added: 1, Refused: []enrolment.Refused{}}, out)
	}
	p, err = w.Show(w.As("clerk2"), p.ID)
	require.NoError(w.t, err)
	require.Equal(w.t, enrolment.Arranged, p.Enrolment.State)
	own, err := w.OwnShow(w.applicant(w.who.ID), p.ID)
	require.NoError(w.t, err)
	require.Contains(w.t, own.Todo, "准考证号 "+p.Enrolment.Places[0].Admission)
	return p
}

// enrolledForExam: the places are on the case and in the file, and nothing else came
// of it.
func (w *walk) enrolledForExam() {
	w.t.Helper()
	p, err := w.Show(w.As("clerk"), w.id)
	require.NoError(w.t, err)
	require.Len(w.t, p.Enrolment.Places, len(w.papers()))
	last := p.Course[len(p.Course)-2]
	require.Equal(w.t, licensing.CertificateDone, last.Event)
	for _, place := range p.Enrolment.Places {
		require.Contains(w.t, last.Text, place.Admission)
	}
	list, err := w.enrolments.List(w.As("office"), enrolment.Filter{State: enrolment.Arranged}, db.Page{Q: w.number, PageSize: 10})
	require.NoError(w.t, err)
	require.Len(w.t, list.Items, 1)
	require.Equal(w.t, w.id, list.Items[0].Ref)
	for _, h := range p.Course {
		require.NotContains(w.t, p.Names[string(h.Event)]+p.Names[string(h.To)], "许可", "a registration is no licence")
		require.NotContains(w.t, p.Names[string(h.Event)], "制证")
	}
	require.Equal(w.t, "报名完成", p.StateName)
	own, err := w.OwnShow(w.applicant(w.who.ID), p.ID)
	require.NoError(w.t, err)
	require.Equal(w.t, "报名完成", own.StateName)
	require.True(w.t, slices.ContainsFunc(own.Course, func(s application.OwnStep) bool { return s.Name == "准予报名" }))
	none, err := w.people.Licences(w.t.Context(), w.DB, w.who.ID)
	require.NoError(w.t, err)
	require.Empty(w.t, none)
}
