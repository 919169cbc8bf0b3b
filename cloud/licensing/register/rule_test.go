package register

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/clock"
)

var today = clock.Date{Year: 2026, Month: 11, Day: 23}

func day(y, m, d int) clock.Date {
	return clock.DateOf(clock.Date{Year: y, Month: 1, Day: d}.Start().AddDate(0, m-1, 0))
}

func licence(change func(*DrivingLicence)) map[Service]Answer {
	d := &DrivingLicence{Class: "A1A2", First: day(2008, 5, 6), ValidTo: day(2032, 5, 6), Status: "NORMAL"}
	change(d)
	return map[Service]Answer{Driving: {Driving: d}}
}

func record(change func(*Record)) map[Service]Answer {
	r := &Record{Points: []int{0, 3, 0}}
	change(r)
	return map[Service]Answer{Traffic: {Traffic: r}, Background: {Background: map[string]Has{
		TrafficCrime: No, DangerousDriving: No, Drugs: No, DrinkDriving: No, ViolentCrime: No,
	}}}
}

func has(kind string, what Has) map[Service]Answer {
	out := record(func(*Record) {})
	out[Background].Background[kind] = what
	return out
}

func accident(on clock.Date, grade, duty int) map[Service]Answer {
	return record(func(r *Record) { r.Accidents = []Accident{{on, grade, duty}} })
}

func residence(r ResidenceStatus) map[Service]Answer {
	return map[Service]Answer{Residence: {Residence: &r}}
}

func TestWhatEachCheckComesTo(t *testing.T) {
	t.Parallel()
	limits, err := ReadLimits(t.Context(), dbtest.New(t))
	require.NoError(t, err)
	none := map[Service]Answer{}
	same := func(*DrivingLicence) {}
	for _, s := range []struct {
		name, code, category string
		answers              map[Service]Answer
		want, says           string
	}{
		{"a licence in order", "E03", "02001", licence(same), Pass, ""},
		{"its last day", "E03", "02001", licence(func(d *DrivingLicence) { d.ValidTo = today }), Pass, ""},
		{"one that ended yesterday", "E03", "02001", licence(func(d *DrivingLicence) { d.ValidTo = today.Add(-1) }), Fail, "已经过期"},
		{"one for ever", "E03", "02001", licence(func(d *DrivingLicence) { d.ValidTo = clock.Date{} }), Pass, ""},
		{"one that is kept by the police", "E03", "02001", licence(func(d *DrivingLicence) { d.Status = "DETAINED" }), Fail, "暂扣"},
		{"a class too small", "E03", "02001", licence(func(d *DrivingLicence) { d.Class = "C1" }), Fail, "需要 A2 或 B2"},
		{"a class that covers it", "E03", "02001", licence(func(d *DrivingLicence) { d.Class = "A1D" }), Pass, ""},
		{"a small car for a taxi", "E03", "09002", licence(func(d *DrivingLicence) { d.Class = "C2" }), Pass, ""},
		{"a bus needs more", "E03", "13001", licence(func(d *DrivingLicence) { d.Class = "A2" }), Fail, "A1 或 A3 或 N"},
		{"a trolley bus", "E03", "13001", licence(func(d *DrivingLicence) { d.Class = "N" }), Pass, ""},
		{"no licence", "E03", "02001", none, Fail, "没有查到"},
		{"who does not drive", "E03", "03003", none, Pass, ""},

		{"a year to the day", "E04", "01001", licence(func(d *DrivingLicence) { d.First = day(2025, 11, 23) }), Pass, ""},
		{"a day short", "E04", "01001", licence(func(d *DrivingLicence) { d.First = day(2025, 11, 24) }), Fail, "不满 1 年"},
		{"a taxi wants three", "E04", "09002", licence(func(d *DrivingLicence) { d.First = day(2024, 1, 1) }), Fail, "不满 3 年"},
		{"freight wants none", "E04", "02001", none, Pass, ""},

		{"nothing happened", "E05", "01001", record(func(*Record) {}), Pass, ""},
		{"a grave one, half to blame", "E05", "01001", accident(day(2025, 1, 2), 3, 2), Fail, "重大以上"},
		{"a grave one, hardly to blame", "E05", "01001", accident(day(2025, 1, 2), 4, 1), Pass, ""},
		{"a small one", "E05", "01001", accident(day(2025, 1, 2), 2, 4), Pass, ""},
		{"three years ago to the day", "E05", "01001", accident(day(2023, 11, 23), 3, 4), Fail, "未满 3 年"},
		{"a day more", "E05", "01001", accident(day(2023, 11, 22), 3, 4), Pass, ""},
		{"nobody of the number", "E05", "01001", none, Unknown, "没有申请人的记录"},

		{"a clean driver", "E06", "09003", record(func(*Record) {}), Pass, ""},
		{"a full score two cycles ago", "E06", "09003", record(func(r *Record) { r.Points = []int{0, 0, 12} }), Fail, "3 个记分周期"},
		{"four cycles ago", "E06", "09003", record(func(r *Record) { r.Points = []int{0, 0, 11, 12} }), Pass, ""},
		{"no cycle at all", "E06", "09003", record(func(r *Record) { r.Points = []int{} }), Unknown, "没有给出"},
		{"a young licence", "E06", "09003", record(func(r *Record) { r.Points = []int{0} }), Pass, ""},
		{"drugs", "E06", "09003", has(Drugs, Yes), Fail, "吸毒"},
		{"drink", "E06", "13001", has(DrinkDriving, Yes), Fail, "饮酒后驾驶"},
		{"drugs are not asked of a bus driver", "E06", "13001", has(Drugs, Yes), Pass, ""},
		{"they do not say", "E06", "09003", has(TrafficCrime, Unsure), Unknown, "交通肇事犯罪"},
		{"violence is another check", "E06", "09003", has(ViolentCrime, Yes), Pass, ""},
		{"violence", "E07", "09003", has(ViolentCrime, Yes), Fail, "暴力犯罪"},
		{"no violence", "E07", "09003", has(ViolentCrime, No), Pass, ""},
		{"no word of violence", "E07", "09003", none, Unknown, "没有给出结论"},

		{"nothing unsettled", "E14", "02001", map[Service]Answer{Penalty: {Penalties: &Unsettled{}}}, Pass, ""},
		{"one unsettled", "E14", "02001", map[Service]Answer{Penalty: {Penalties: &Unsettled{1, []string{"执法大队"}}}}, Fail, "1 件"},
		{"no word of penalties", "E14", "02001", none, Unknown, "没有给出结论"},

		{"from here", "E20", "09003", residence(ResidenceStatus{Local: true}), Pass, ""},
		{"from elsewhere with a permit", "E20", "09003", residence(ResidenceStatus{PermitTo: today}), Pass, ""},
		{"a permit that ended", "E20", "09003", residence(ResidenceStatus{PermitTo: today.Add(-1)}), Fail, "已经过期"},
		{"no permit", "E20", "09002", residence(ResidenceStatus{}), Fail, "也没有有效的居住证"},
		{"where no permit helps", "E20", "13001", residence(ResidenceStatus{PermitTo: today}), Fail, "不是本市户籍"},
		{"nobody there", "E20", "09003", none, Unknown, "没有查到"},

		{"four offences", "E21", "09003", record(func(r *Record) { r.Offences, r.Unhandled = 4, 4 }), Pass, ""},
		{"five offences", "E21", "09003", record(func(r *Record) { r.Offences = 5 }), Fail, "违法 5 次"},
		{"five unhandled", "E21", "09003", record(func(r *Record) { r.Unhandled = 5 }), Fail, "5 起"},
		{"no word of offences", "E21", "09003", none, Unknown, "没有申请人的记录"},

		{"a company in force", "E23", "13001", map[Service]Answer{Company: {Company: &Firm{"甲公司", "IN_FORCE"}}}, Pass, ""},
		{"one that was closed", "E23", "13001", map[Service]Answer{Company: {Company: &Firm{"甲公司", "CLOSED"}}}, Fail, "注销"},
		{"one that nobody knows", "E23", "13001", none, Fail, "没有查到服务单位"},

		{"nine years of school", "E25", "09002", map[Service]Answer{Education: {Level: 70}}, Pass, ""},
		{"more", "E25", "09002", map[Service]Answer{Education: {Level: 20}}, Pass, ""},
		{"six years", "E25", "09002", map[Service]Answer{Education: {Level: 80}}, Fail, "低于初中"},
		{"not on record", "E25", "09002", none, Unknown, "没有查到申请人的学历"},
		{"a check that nobody answers", "E27", "09002", none, Unknown, "没有接入"},
	} {
		got := Judge(s.code, Facts{Categories: []string{s.category}, On: today, Limits: limits, Answers: s.answers})
		require.Equal(t, s.want, got.Result, "%s %s: %+v", s.code, s.name, got)
		require.Contains(t, got.Reason, s.says, "%s %s", s.code, s.name)
		require.Equal(t, s.want == Pass, got.Guide == "", "%s %s: what to do next", s.code, s.name)
	}
	both := Facts{Categories: []string{"02001", "01001"}, On: today, Limits: limits, Answers: licence(func(d *DrivingLicence) { d.Class = "C1" })}
	require.Equal(t, Fail, Judge("E03", both).Result, "the worst category counts")
}

// A figure that the customer changes holds from its day on, for its categories.
func TestFiguresAreRows(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	_, err := d.Exec(t.Context(), `INSERT INTO licensing_threshold (code, key, category, effective_from, value, basis, confidence) VALUES
		('E04', 'years', '01', '2026-11-23', 2, 'x', 'assumed'), ('E04', 'years', '01001', '2027-01-01', 5, 'x', 'assumed')`)
	require.NoError(t, err)
	limits, err := ReadLimits(t.Context(), d)
	require.NoError(t, err)
	for on, want := range map[clock.Date]int{today.Add(-1): 1, today: 2, day(2027, 1, 1): 5} {
		got, ok := limits.figure("E04", "years", "01001", on)
		require.True(t, ok)
		require.Equal(t, want, got, on)
	}
	_, ok := limits.figure("E04", "years", "02001", today)
	require.False(t, ok)
}

// No more is asked than the checks need.
func TestWhatIsAsked(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	dbtest.Prepare(t, d, figuresSQL, classesSQL, coversSQL)
	limits, err := ReadLimits(t.Context(), d)
	require.NoError(t, err)
	codes := []string{"E03", "E06", "E07", "E14", "E21"}
	require.Equal(t, []Service{Driving, Traffic, Background, Penalty}, Wanted(codes))
	require.Equal(t, []string{"E06", "E07"}, Serves(Background, codes))
	q := limits.Ask(Question{Service: Traffic}, codes, []string{"09003"}, today)
	require.True(t, q.AccidentsSince.IsZero(), "E05 is not among the checks")
	require.Equal(t, day(2025, 11, 23), q.OffencesSince)
	require.Equal(t, 3, q.Cycles)
	q = limits.Ask(Question{Service: Background}, []string{"E06"}, []string{"13001"}, today)
	require.Equal(t, []string{TrafficCrime, DangerousDriving, DrinkDriving}, q.Kinds)
	require.Equal(t, "A2", first(limits.Fitting("A2D", "02001", today)))
	require.Equal(t, "A1", first(limits.Fitting("A1", "02001", today)))
}

func first(s string, _ bool) string { return s }
