package credit_test

import (
	"bytes"
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/score"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/wire"
)

type world struct {
	*examtest.Story
	credits *credit.Service
	scores  *score.Service
	rules   *conduct.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Story: examtest.NewStory(t)}
	w.rules = conduct.New(w.DB, w.Keys, w.Audit, w.Clock, w.Sittings)
	w.credits = credit.New(w.DB, w.Keys, w.Audit, w.Clock, w.Sittings, w.rules)
	w.scores = score.New(w.DB, w.Keys, w.Audit, w.Clock, w.Sittings, w.rules, w.credits)
	credit.Register(w.Web, w.credits)
	w.Staff("office", credit.PermList, credit.PermExport, credit.PermNotice)
	w.Staff("first", score.PermRun, score.PermConfirm)
	w.Staff("second", score.PermPublish, conduct.PermRule, conduct.PermList)
	return w
}

// hold holds a sitting of two of whom the first answers so many right and the
// second nothing, and publishes it.
func (w *world) hold(t *testing.T, right int) sitting.Sitting {
	t.Helper()
	in, m := w.Released(t, 2)
	h := w.Open(t, in.ID, m)
	w.Sit(t, h, 0, right)
	w.Sit(t, h, 1, 0)
	w.Close(t, h)
	w.publish(t, in.ID)
	return in
}

func (w *world) publish(t *testing.T, id string) {
	t.Helper()
	_, err := w.scores.Run(w.As("first"), id)
	require.NoError(t, err)
	_, err = w.scores.Confirm(w.As("first"), id, "")
	require.NoError(t, err)
	_, err = w.scores.Publish(w.As("second"), id)
	require.NoError(t, err)
}

func (w *world) held(t *testing.T, n int) (subjects, missing []string) {
	t.Helper()
	id, err := person.ParseID(examtest.IDNumber(n))
	require.NoError(t, err)
	have, missing, err := w.credits.Held(context.Background(), w.DB, [][]byte{w.Keys.Person(id)}, "09002")
	require.NoError(t, err)
	for _, c := range have {
		subjects = append(subjects, c.Subject)
	}
	return subjects, missing
}

func (w *world) list(t *testing.T, query string) []credit.Credit {
	t.Helper()
	status, body := w.Do("office", http.MethodGet, "/api/v1/exam/credits"+query, nil)
	require.Equal(t, http.StatusOK, status, string(body))
	return examtest.Decode[db.List[credit.Credit]](t, body).Items
}

// TestAPassCountsFromPublicationUntilItsDay: who passed has the subject, from
// publication on and three years long, and needs the other one; a correction
// takes it back and a publication gives it again; what was withdrawn stays to be
// seen with its reason.
func TestAPassCountsFromPublicationUntilItsDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := w.hold(t, 10)
	have, missing := w.held(t, 0)
	require.Equal(t, []string{"区域科目"}, have)
	require.Equal(t, []string{"全国公共科目"}, missing)
	have, missing = w.held(t, 1)
	require.Empty(t, have)
	require.Len(t, missing, 2)

	all := w.list(t, "")
	require.Len(t, all, 1)
	require.Contains(t, all[0].Name, "*")
	require.Equal(t, credit.Valid, all[0].State)
	require.Equal(t, all[0].PassedOn.AddDate(3, 0, 0), all[0].ValidUntil)
	require.Empty(t, w.list(t, "?complete=yes"))
	require.Len(t, w.list(t, "?complete=no&q="+examtest.IDNumber(0)), 1)
	require.Empty(t, w.list(t, "?q="+examtest.IDNumber(1)))

	_, err := w.scores.Correct(w.As("first"), in.ID, "评分规则有误")
	require.NoError(t, err)
	have, _ = w.held(t, 0)
	require.Empty(t, have, "not while it is being corrected")
	w.publish(t, in.ID)
	have, _ = w.held(t, 0)
	require.Len(t, have, 1)
	all = w.list(t, "?sort=passed_on")
	require.Len(t, all, 2)
	gone := w.list(t, "?state=WITHDRAWN")
	require.Len(t, gone, 1)
	require.Equal(t, "成绩更正中撤回，以重新公布的为准", gone[0].Why)

	w.InTx(t, func(ctx context.Context, tx examtest.Tx) error { // again: nothing changes
		return w.credits.Settle(ctx, tx, in.ID, "x")
	})
	require.Len(t, w.list(t, ""), 2)

	w.Clock.Advance(3 * 366 * 24 * time.Hour)
	have, _ = w.held(t, 0)
	require.Empty(t, have)
	require.Len(t, w.list(t, "?state=EXPIRED"), 1)

	w.InTx(t, func(ctx context.Context, tx examtest.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE exam_credit SET valid_until = valid_until + 3000`)
		return err
	})
	id, _ := person.ParseID(examtest.IDNumber(0))
	_, _, err = w.credits.Held(context.Background(), w.DB, [][]byte{w.Keys.Person(id)}, "09002")
	require.True(t, fault.Is(err, "exam.credit.tampered"), "%v", err)
	status, _ := w.Do("office", http.MethodGet, "/api/v1/exam/credits", nil)
	require.Equal(t, http.StatusInternalServerError, status)
}

// TestOneExamAndOneMakeup: after a failure there is one make-up, after that only
// a new registration; who passed is told until when they need not come.
func TestOneExamAndOneMakeup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.hold(t, 0)
	again := func() []string {
		var turns []string
		out, err := w.credits.Career(w.As("office"), first.ID, w.candidate(t, first.ID), db.Page{Sort: "starts_at"})
		require.NoError(t, err)
		for _, e := range out.Items {
			turns = append(turns, map[int]string{1: "first", 2: "make-up"}[e.Turn]+" "+e.Outcome)
		}
		return turns
	}
	w.Clock.Advance(71 * time.Hour) // the third day, at an earlier hour
	w.People = 0
	w.hold(t, 0)
	require.Equal(t, []string{"first FAILED", "make-up FAILED"}, again())

	w.Clock.Advance(4 * 24 * time.Hour)
	in, err := w.Sittings.Create(w.As("boss"), sitting.Plan{
		Title: "第三次", Venue: w.Venue.ID, Room: "一号机房", Rule: w.Rule.ID, RuleVersion: w.Rule.Version, StartsAt: w.Clock.Now().Add(time.Hour),
	})
	require.NoError(t, err)
	a := sitting.Application{Name: "李四", IDNo: examtest.IDNumber(5), Kind: "NEW", Consent: true, Renewed: true}
	_, err = w.Sittings.AddCandidate(w.As("boss"), in.ID, a)
	require.ErrorContains(t, err, "没有需要重新报名缴费的考试", "nobody pays twice for nothing")
	a = sitting.Application{Name: "张三", IDNo: examtest.IDNumber(0), Kind: "NEW", Consent: true}
	_, err = w.Sittings.AddCandidate(w.As("boss"), in.ID, a)
	require.True(t, fault.Is(err, "exam.sitting.apply.refused"), "%v", err)
	require.Contains(t, fault.From(err).Text, "的补考（场次")
	a.Renewed = true
	got, err := w.Sittings.AddCandidate(w.As("boss"), in.ID, a)
	require.NoError(t, err)
	require.Equal(t, 1, got.Turn)
	require.True(t, got.Renewed)
	require.NoError(t, w.Sittings.Remove(w.As("boss"), in.ID, got.ID))

	w.Clock.Advance(2 * time.Hour)
	w.People, w.Renewed = 0, "是"
	w.hold(t, 10)
	require.Equal(t, []string{"first FAILED", "make-up FAILED", "first PASSED"}, again())
	for path, want := range map[string]int{"/careers/export": 6, "/careers/export?outcome=PASSED": 1, "/credits/export?state=VALID": 1} {
		status, book := w.Do("office", http.MethodGet, "/api/v1/exam"+path, nil)
		require.Equal(t, http.StatusOK, status, string(book))
		require.Equal(t, want, rows(t, book), path)
	}
	status, book := w.Do("office", http.MethodGet, "/api/v1/exam/credits/export?state=VALID", nil)
	require.Equal(t, http.StatusOK, status)
	lines, err := sheet.Read(book, []sheet.Column{{Name: "姓名"}, {Name: "考试日期"}, {Name: "有效期至"}}, sheet.Limits{Rows: 10, Unzipped: 8 << 20})
	require.NoError(t, err)
	require.NotContains(t, lines[0].Get("姓名"), "*", "the permission says: whole names")
	until, err := time.Parse(time.DateOnly, lines[0].Get("考试日期"))
	require.NoError(t, err)
	require.Equal(t, until.AddDate(3, 0, -1).Format(time.DateOnly), lines[0].Get("有效期至"), "the last day on which it counts")
	require.Equal(t, 2, w.Audited(credit.PermExport))
	require.Equal(t, 2, w.Audited("exam.credit.exams.export"))
}

// TestWhoCheatedHasPassedNothing: a void exam is no pass, whatever was reached.
func TestWhoCheatedHasPassedNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in, m := w.Released(t, 2)
	h := w.Open(t, in.ID, m)
	w.Sit(t, h, 0, 10)
	w.Sit(t, h, 1, 10)
	c := h.Roster.Candidates[0].ID
	w.Report(t, wire.KindIrregularity, in.ID, wire.Irregularity{Sitting: in.ID, Candidate: c, Code: "V05", Note: "使用手机"})
	w.Close(t, h)
	found, err := w.rules.List(w.As("second"), in.ID)
	require.NoError(t, err)
	require.NoError(t, w.rules.Rule(w.As("second"), in.ID, found[0].ID, conduct.Decision{Consequence: conduct.Void, Reason: "录像属实"}))
	w.publish(t, in.ID)
	all := w.list(t, "")
	require.Len(t, all, 1)
	require.NotEqual(t, c, all[0].Candidate)

	status, pdf := w.Do("office", http.MethodGet, "/api/v1/exam/sittings/"+in.ID+"/notices", nil)
	if status == http.StatusServiceUnavailable && testing.Short() {
		t.Skip("the quick checks build no pages and have no font; make test has it")
	}
	require.Equal(t, http.StatusOK, status, string(pdf))
	require.True(t, bytes.HasPrefix(pdf, []byte("%PDF")))
	w.Clock.Advance(2 * time.Hour)
	status, body := w.Do("office", http.MethodGet, "/api/v1/exam/sittings/"+w.Planned(t, 1).ID+"/notices", nil)
	require.Equal(t, http.StatusPreconditionFailed, status, string(body))
	require.Equal(t, "exam.credit.notice.state", examtest.Code(t, body))
}

// A pass and a history are found under every number of the person, and a category is
// complete with subjects passed under several.
func TestAMergedPersonHasOneCareer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := w.hold(t, 10)
	other, err := person.ParseID(examtest.IDNumber(21))
	require.NoError(t, err)
	w.Passed(other, "张三", "09002")
	career := func() int {
		out, err := w.credits.Career(w.As("office"), in.ID, w.candidate(t, in.ID), db.Page{})
		require.NoError(t, err)
		return out.Total
	}
	require.Equal(t, 1, career())
	require.Empty(t, w.list(t, "?complete=yes&q="+examtest.IDNumber(0)))
	before := len(w.list(t, "?q="+examtest.IDNumber(21)))
	w.credits.Aliases = w.Merged(21, 0).Numbers
	require.Len(t, w.list(t, "?q="+examtest.IDNumber(0)), before+1)
	require.Len(t, w.list(t, "?q="+examtest.IDNumber(21)), before+1)
	require.Len(t, w.list(t, "?complete=yes&q="+examtest.IDNumber(0)), before+1)
	require.Greater(t, career(), 1)
}

func (w *world) candidate(t *testing.T, id string) string {
	t.Helper()
	out, err := w.Sittings.Candidates(w.As("boss"), id, sitting.CandidateFilter{}, db.Page{Q: examtest.IDNumber(0)})
	require.NoError(t, err)
	return out.Items[0].ID
}

func rows(t *testing.T, book []byte) int {
	t.Helper()
	got, err := sheet.Read(book, []sheet.Column{{Name: "姓名", Required: true}}, sheet.Limits{Rows: 100, Unzipped: 1 << 20})
	require.NoError(t, err)
	return len(got)
}
