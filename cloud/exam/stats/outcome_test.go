package stats_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/score"
	"huyun.internal/cloud/exam/stats"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// meets says what Measures promises: nobody is lost between the figures, nobody
// is in two of them.
func meets(t *testing.T, f stats.Figures, when string) {
	t.Helper()
	require.Equal(t, f.Booked, f.Expected+f.Absent+f.Admitted, when)
	require.Equal(t, f.Admitted, f.Waiting+f.Passed+f.Failed+f.Treated+f.Unstarted+f.Withheld, when)
}

// Somebody comes to every outcome there is. At each step the figures meet, and
// in the end they are what careers say, outcome by outcome.
func TestFiguresMeetCareersOverEveryOutcome(t *testing.T) {
	t.Parallel()
	c := examtest.NewStory(t)
	rules := conduct.New(c.DB, c.Keys, c.Audit, c.Clock, c.Sittings)
	credits := credit.New(c.DB, c.Keys, c.Audit, c.Clock, c.Sittings, rules)
	scores := score.New(c.DB, c.Keys, c.Audit, c.Clock, c.Sittings, rules, credits)
	counted := stats.New(c.DB, c.Audit)
	c.Staff("first", score.PermRun, score.PermConfirm)
	c.Staff("other", score.PermPublish, conduct.PermRule, stats.PermRead, credit.PermList)
	all := stats.Filter{From: c.Clock.Now().AddDate(0, -1, 0), To: c.Clock.Now().AddDate(0, 1, 0)}
	figures := func(when string) stats.Figures {
		sum, err := counted.Summary(c.As("other"), all, nil)
		require.NoError(t, err)
		meets(t, sum.Total, when)
		return sum.Total
	}

	in, m := c.Released(t, 9)
	require.Equal(t, 9, figures("before").Expected)
	hall := c.Open(t, in.ID, m)
	who := func(i int) string { return hall.Roster.Candidates[i].ID }
	for i, right := range []int{10, 0, 10, 10, 10, 10} { // passed, failed, void, zero, treated as absent, withheld
		c.Sit(t, hall, i, right)
	}
	rec := func(kind string, body any) journal.Record {
		return c.Device.Record(t, c.Clock.Now(), kind, in.ID, body)
	}
	login := hall.PaperOf(who(6)) // 6 logs in and never begins, 7 never logs in, 8 stays away
	require.NoError(t, c.Apply(
		rec(wire.KindCheckin, wire.Checkin{Sitting: in.ID, Candidate: who(6), Admitted: true}),
		rec(wire.KindLogin, wire.Login{Sitting: in.ID, Candidate: who(6), Attempt: "a-6", Seat: "A07", Fence: 1}),
		rec(wire.KindPaperIssued, wire.PaperIssued{Sitting: in.ID, Candidate: who(6), Attempt: "a-6", Digest: login.Digest().String(), Questions: len(login.Items)}),
		rec(wire.KindCheckin, wire.Checkin{Sitting: in.ID, Candidate: who(7), Admitted: true}),
	))
	hall.Closed.Admitted += 2
	for i, code := range map[int]string{2: "V05", 3: "V03", 4: "V01"} {
		c.Report(t, wire.KindIrregularity, in.ID, wire.Irregularity{ID: fmt.Sprint("i-", i), Sitting: in.ID, Candidate: who(i), Code: code, By: "甲"})
	}
	c.Report(t, wire.KindVerification, in.ID, wire.Verification{ID: "v", Sitting: in.ID, Candidate: who(5), Stage: wire.StageEntry, Decision: wire.DecisionFail, Engine: "none", By: "甲"})
	figures("during")
	c.Close(t, hall)
	require.Equal(t, 8, figures("closed").Waiting)
	for id, what := range map[string]conduct.Consequence{"i-2": conduct.Void, "i-3": conduct.Zero, "i-4": conduct.Absent} {
		require.NoError(t, rules.Rule(c.As("other"), in.ID, id, conduct.Decision{Consequence: what, Reason: "看过录像"}))
	}
	_, err := scores.Run(c.As("first"), in.ID)
	require.NoError(t, err)
	_, err = scores.Confirm(c.As("first"), in.ID, "已核实")
	require.NoError(t, err)
	_, err = scores.Publish(c.As("other"), in.ID)
	require.NoError(t, err)

	f := figures("published")
	want := map[string]int{
		vocabulary.OutcomePassed: f.Passed, vocabulary.OutcomeFailed: f.Failed - f.Voided - 1, vocabulary.OutcomeZero: 1, vocabulary.OutcomeVoid: f.Voided,
		vocabulary.OutcomeAbsent: f.Treated, vocabulary.OutcomeNotStarted: f.Unstarted, vocabulary.OutcomeWithheld: f.Withheld, vocabulary.OutcomeMissed: f.Absent,
	}
	careers := func(outcome string) db.List[credit.Exam] {
		list, err := credits.Exams(c.As("other"), credit.ExamFilter{Outcome: outcome}, db.Page{Page: 1, PageSize: 50})
		require.NoError(t, err)
		return list
	}
	for _, o := range vocabulary.Outcomes() {
		list := careers(o.Code)
		require.Equal(t, want[o.Code], list.Total, o.Code)
		require.Equal(t, o.Code != vocabulary.OutcomeWaiting, list.Total > 0, "the story leaves out "+o.Code)
		for _, e := range list.Items {
			require.Equal(t, vocabulary.Marked(o.Code), e.Score != nil, "marks of "+o.Code)
		}
	}
	require.Equal(t, 2, f.Unstarted, "who logged in and who did not")
	held, err := credits.List(c.As("other"), credit.Filter{}, db.Page{Page: 1, PageSize: 50})
	require.NoError(t, err)
	require.Equal(t, f.Passed, held.Total, "a pass for who passed, and for nobody else")
}
