package stats_test

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/bank"
	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/score"
	"huyun.internal/cloud/exam/stats"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/wire"
)

// city is a story with a sitting of five that was held and published (three
// came, one passed, one was voided), one that is planned and one called off.
type city struct {
	*examtest.Story
	stats *stats.Service
	all   stats.Filter
}

func newCity(t *testing.T) *city {
	t.Helper()
	c := &city{Story: examtest.NewStory(t)}
	rules := conduct.New(c.DB, c.Keys, c.Audit, c.Clock, c.Sittings)
	scores := score.New(c.DB, c.Keys, c.Audit, c.Clock, c.Sittings, rules, credit.New(c.DB, c.Keys, c.Audit, c.Clock, c.Sittings, rules))
	c.stats = stats.New(c.DB, c.Audit)
	stats.Register(c.Web, c.stats)
	c.Staff("first", score.PermRun, score.PermConfirm)
	c.Staff("other", score.PermPublish, conduct.PermRule)
	c.Staff("reader", stats.PermRead, stats.PermExport)
	c.Scoped("elsewhere", auth.Scope{Venues: []string{"another"}}, stats.PermRead)
	now := c.Clock.Now()
	c.all = stats.Filter{From: now.AddDate(0, -1, 0), To: now.AddDate(0, 1, 0)}

	in, m := c.Released(t, 5)
	hall := c.Open(t, in.ID, m)
	c.Sit(t, hall, 0, 10)
	c.Sit(t, hall, 1, 10)
	c.Sit(t, hall, 2, 0)
	caught := hall.Roster.Candidates[1].ID
	c.Report(t, wire.KindIrregularity, in.ID, wire.Irregularity{ID: "i-1", Sitting: in.ID, Candidate: caught, Code: "V02", By: "甲"})
	c.Report(t, wire.KindIrregularity, in.ID, wire.Irregularity{ID: "i-2", Sitting: in.ID, Candidate: caught, Code: "V05", By: "甲"})
	for i, decision := range []string{wire.DecisionFail, wire.DecisionManual, wire.DecisionPass, wire.DecisionPass} {
		c.Report(t, wire.KindVerification, in.ID, wire.Verification{
			ID: "v-" + string(rune('0'+i)), Sitting: in.ID, Candidate: caught, Stage: wire.StageEntry, Decision: decision, Engine: "classic",
			By: []string{"machine", "machine", "machine", "甲"}[i],
		})
	}
	c.Report(t, wire.KindAlarm, in.ID, wire.Alarm{ID: "a-1", Sitting: in.ID, Level: wire.AlarmRed, Code: "seat.other", Text: "x"})
	c.Close(t, hall)
	clean := hall.Roster.Candidates[0].ID
	c.Report(t, wire.KindIrregularity, in.ID, wire.Irregularity{ID: "i-3", Sitting: in.ID, Candidate: clean, Code: "V03", By: "甲"})
	// The last is not made out: it counts for nobody.
	for id, what := range map[string]conduct.Consequence{"i-1": conduct.Warn, "i-2": conduct.Void, "i-3": conduct.None} {
		require.NoError(t, rules.Rule(c.As("other"), in.ID, id, conduct.Decision{Consequence: what, Reason: "看过录像"}))
	}
	_, err := scores.Run(c.As("first"), in.ID)
	require.NoError(t, err)
	_, err = scores.Confirm(c.As("first"), in.ID, "")
	require.NoError(t, err)
	_, err = scores.Publish(c.As("other"), in.ID)
	require.NoError(t, err)

	c.Clock.Advance(48 * time.Hour)
	gone := c.Planned(t, 2)
	_, err = c.Sittings.Cancel(c.As("boss"), gone.ID, "停电改期")
	require.NoError(t, err)
	c.Planned(t, 4)
	return c
}

func TestFiguresAreWhatHappened(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	sum, err := c.stats.Summary(c.As("reader"), c.all, []string{"venue", "category", "month"})
	require.NoError(t, err)
	require.Equal(t, stats.Figures{
		Sittings: 2, Held: 1, Cancelled: 1, Booked: 9, Expected: 4, Admitted: 3, Absent: 2, Started: 3, HandedIn: 3, Passed: 1, Failed: 2, Voided: 1,
		Irregular: 1, Irregularities: 2, Checks: 4, ChecksHand: 1, ChecksFailed: 1, ChecksManual: 1, RedAlarms: 1,
	}, sum.Total)
	require.Contains(t, sum.Kinds, stats.Count{Measure: stats.Irregularities, Detail: "V05", Count: 1})
	require.Contains(t, sum.Kinds, stats.Count{Measure: stats.Checks, Detail: "ENTRY pass", Count: 1})
	require.Contains(t, sum.Kinds, stats.Count{Measure: stats.Checks, Detail: "ENTRY pass hand", Count: 1}, "a person looked, no face was compared")

	none, err := c.stats.Summary(c.As("elsewhere"), c.all, []string{"venue"})
	require.NoError(t, err)
	require.Equal(t, stats.Summary{Groups: []stats.Group{}, Kinds: []stats.Count{}}, none, "another venue's people see nothing of this one")
}

// Every figure of every group is the number of rows of its list, and groups add
// up to the total.
func TestEveryFigureEqualsItsList(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	for _, by := range [][]string{nil, {"venue"}, {"category", "subject"}, {"year"}, {"quarter", "venue"}, {"month", "category"}} {
		sum, err := c.stats.Summary(c.As("reader"), c.all, by)
		require.NoError(t, err)
		added := stats.Figures{}
		for _, g := range sum.Groups {
			f := c.all
			f.Venue, f.Category, f.Subject = g.Venue, g.Category, g.Subject
			for i, m := range stats.Measures() {
				list, err := c.stats.List(c.As("reader"), f, stats.Counted{Measure: m}, db.Page{Page: 1, PageSize: 3})
				require.NoError(t, err)
				require.EqualValues(t, list.Total, reflect.ValueOf(g.Figures).Field(i).Int(), "%v %s", by, m)
				require.LessOrEqual(t, len(list.Items), 3)
				sumField := reflect.ValueOf(&added).Elem().Field(i)
				sumField.SetInt(sumField.Int() + int64(list.Total))
			}
		}
		require.Equal(t, sum.Total, added, "%v", by)
	}
	sum, err := c.stats.Summary(c.As("reader"), c.all, nil)
	require.NoError(t, err)
	require.NotEmpty(t, sum.Kinds)
	for _, k := range sum.Kinds {
		list, err := c.stats.List(c.As("reader"), c.all, stats.Counted{Measure: k.Measure, Detail: k.Detail}, db.Page{Page: 1, PageSize: 3})
		require.NoError(t, err)
		require.Equal(t, k.Count, list.Total, "%+v", k)
	}
	list, err := c.stats.List(c.As("reader"), c.all, stats.Counted{Measure: stats.Passed}, db.Page{Page: 1, PageSize: 10})
	require.NoError(t, err)
	require.Contains(t, list.Items[0].Name, "*")
	require.Equal(t, "160", list.Items[0].Detail)
	for word, want := range map[string]int{list.Items[0].Admission: 1, list.Items[0].Number: 1, "%": 0, "没有这个人": 0} {
		found, err := c.stats.List(c.As("reader"), c.all, stats.Counted{Measure: stats.Passed}, db.Page{Page: 1, PageSize: 10, Q: word})
		require.NoError(t, err)
		require.Equal(t, want, found.Total, word)
	}
	past, err := c.stats.List(c.As("reader"), c.all, stats.Counted{Measure: stats.Passed}, db.Page{Page: 1000, PageSize: 10})
	require.NoError(t, err)
	require.Equal(t, list.Total, past.Total, "a page past the end still says how many there are")
	require.Empty(t, past.Items)
}

func TestExportsAreRecordedAndBadQuestionsRefused(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	period := "from=" + url.QueryEscape(c.all.From.Format(time.RFC3339)) + "&to=" + url.QueryEscape(c.all.To.Format(time.RFC3339))
	status, book := c.Do("reader", http.MethodGet, "/api/v1/exam/stats/export?by=venue,month&"+period, nil)
	require.Equal(t, http.StatusOK, status)
	rows, err := sheet.Read(book, []sheet.Column{{Name: "考场"}, {Name: "实到"}, {Name: "合格率"}}, sheet.Limits{Rows: 10, Unzipped: 8 << 20})
	require.NoError(t, err)
	require.Equal(t, "合计", rows[len(rows)-1].Get("考场"))
	for name, has := range map[string]bool{"考场": true, "期间": true, "类别": false, "科目": false} {
		_, err := sheet.Read(book, []sheet.Column{{Name: name, Required: true}}, sheet.Limits{Rows: 10, Unzipped: 8 << 20})
		require.Equal(t, has, err == nil, "only what it is grouped by has a column: "+name)
	}
	require.Equal(t, "33.3%", rows[len(rows)-1].Get("合格率"))
	status, book = c.Do("reader", http.MethodGet, "/api/v1/exam/stats/export?measure=absent&"+period, nil)
	require.Equal(t, http.StatusOK, status)
	rows, err = sheet.Read(book, []sheet.Column{{Name: "准考证号"}}, sheet.Limits{Rows: 10, Unzipped: 8 << 20})
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Equal(t, 2, c.Audited(stats.PermExport))

	for query, code := range map[string]string{
		"?" + period + "&by=seat": "exam.stats.by", "?" + period + "&by=month,year": "exam.stats.by", "?" + period + "&by=venue,venue": "exam.stats.by",
		"?from=2026-12-01T00:00:00Z&to=2026-11-01T00:00:00Z": "exam.stats.period", "?from=2016-12-01T00:00:00Z&to=2026-11-01T00:00:00Z": "exam.stats.period",
		"/list?" + period + "&measure=everything": "exam.stats.measure", "/export?measure=absent": "exam.stats.period",
	} {
		status, body := c.Do("reader", http.MethodGet, "/api/v1/exam/stats"+query, nil)
		require.Equal(t, http.StatusBadRequest, status, query+string(body))
		require.Equal(t, code, examtest.Code(t, body), query+string(body))
	}
	status, _ = c.Do("elsewhere", http.MethodGet, "/api/v1/exam/stats/export?"+period, nil)
	require.Equal(t, http.StatusForbidden, status)
	require.Equal(t, len(stats.Measures()), reflect.TypeFor[stats.Figures]().NumField())
	for i, m := range stats.Measures() {
		require.Equal(t, string(m), strings.TrimSpace(reflect.TypeFor[stats.Figures]().Field(i).Tag.Get("db")))
	}
}

func TestQuestionsAreJudgedByTheirAnswers(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	c.Staff("editor", stats.PermQuestions)
	c.Scoped("venue-editor", auth.Scope{Venues: []string{c.Venue.ID}}, stats.PermQuestions)
	list, err := c.stats.Questions(c.As("editor"), stats.QuestionFilter{}, db.Page{Page: 1, PageSize: 100})
	require.NoError(t, err)
	shown := 0
	for _, q := range list.Items {
		shown += q.Shown
		require.Equal(t, "FEW", q.Flag)
		require.InDelta(t, float64(q.Right)/float64(q.Shown), q.Rate, 1e-9)
		require.Equal(t, q.Right > 0 && q.Right < q.Shown, q.Power != nil, "%+v", q)
		if q.Power != nil {
			require.InDelta(t, 1, *q.Power, 1e-9, "who had all right against who had none")
		}
	}
	for _, word := range []string{bank.Number(list.Items[0].Number), strings.ToLower(bank.Number(list.Items[0].Number))} {
		found, err := c.stats.Questions(c.As("editor"), stats.QuestionFilter{}, db.Page{Page: 1, PageSize: 100, Q: word})
		require.NoError(t, err)
		require.NotZero(t, found.Total, "the number as the page shows it")
		for _, q := range found.Items {
			require.Equal(t, list.Items[0].Number, q.Number)
		}
	}
	paper := shown / 2
	require.Equal(t, 2*paper, shown, "two papers count: the third was voided")
	cells, demo, err := c.stats.Spread(c.As("editor"), stats.QuestionFilter{Category: "09002"})
	require.NoError(t, err)
	require.False(t, demo)
	counted := 0
	for _, cell := range cells {
		counted += cell.Count
	}
	require.Equal(t, list.Total, counted)

	status, book := c.Do("editor", http.MethodGet, "/api/v1/exam/stats/questions/export?sort=-shown&category=09002", nil)
	require.Equal(t, http.StatusOK, status, string(book))
	rows, err := sheet.Read(book, []sheet.Column{{Name: "题号"}, {Name: "作答人次"}, {Name: "结论"}}, sheet.Limits{Rows: 1000, Unzipped: 8 << 20})
	require.NoError(t, err)
	require.Len(t, rows, list.Total, "a line for every item of the list")
	require.Equal(t, "样本不足", rows[0].Get("结论"))
	require.Equal(t, 1, c.Audited("exam.stats.questions.export"))
	status, _ = c.Do("venue-editor", http.MethodGet, "/api/v1/exam/stats/questions/export", nil)
	require.Equal(t, http.StatusForbidden, status)

	// The same item over and over, in sittings of made-up figures.
	id := list.Items[0].ID
	for flag, sums := range map[string][5]float64{ // shown, hits, Σx, Σx², Σx of hits
		"NOBODY": {30, 0, 15, 8, 0}, "EVERYBODY": {30, 30, 15, 8, 15}, "REVERSED": {30, 15, 15, 8, 6}, "WEAK": {30, 15, 15, 8, 7.6}, "OK": {30, 15, 15, 8, 9},
	} {
		_, err := c.DB.Exec(t.Context(), `DELETE FROM exam_item_stat`)
		require.NoError(t, err)
		_, err = c.DB.Exec(t.Context(), `INSERT INTO exam_item_stat SELECT id, $1, 0, $2::float8, $3::float8, $4, $5, $6 FROM exam_sitting WHERE state = 'PUBLISHED'`,
			id, sums[0], sums[1], sums[2], sums[3], sums[4])
		require.NoError(t, err)
		list, err := c.stats.Questions(c.As("editor"), stats.QuestionFilter{Flag: flag}, db.Page{Page: 1, PageSize: 10, Sort: "-power"})
		require.NoError(t, err)
		require.Equal(t, 1, list.Total, flag)
	}
	_, err = c.stats.Questions(c.As("venue-editor"), stats.QuestionFilter{}, db.Page{Page: 1, PageSize: 10})
	examtest.RequireFault(t, err, "auth.forbidden")
}
