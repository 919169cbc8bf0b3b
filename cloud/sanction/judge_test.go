package sanction

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const today = "2026-11-30"

func entry(list string, change func(*Entry)) Entry {
	e := Entry{
		ID: list, List: list, Reason: "拒不履行生效决定", DecisionNo: "沪交失信〔2026〕1号", Org: "市交通委", ListedAt: "2026-01-05", Status: On, Repair: RepairNone,
	}
	if change != nil {
		change(&e)
	}
	return e
}

func rule(list, situation, action string, e Effect) Rule {
	return Rule{List: list, Situation: situation, Action: action, Effect: e, Severity: 1, Color: e.usual(), Guide: "履行后申请修复", Basis: "依据", Enabled: true}
}

// TestTheStrictestWinsAndCancellationIsFree is the vector of chapter 16.2.
func TestTheStrictestWinsAndCancellationIsFree(t *testing.T) {
	t.Parallel()
	f := Facts{Situation: "RT01", Action: "APPLY", Today: today, Table: Table{Rules: []Rule{
		rule("TRANSPORT_GENERAL", Any, Any, Warn), rule("JUDGMENT", Any, Any, StrictReview), rule("TRANSPORT_SERIOUS", Any, Any, BlockSubmit),
	}}}
	f.Entries = []Entry{entry("TRANSPORT_GENERAL", nil), entry("JUDGMENT", nil), entry("TRANSPORT_SERIOUS", nil)}
	v := Weigh(f)
	require.Equal(t, BlockSubmit, v.Effect)
	require.True(t, v.Blocked)
	require.Len(t, v.Hits, 3)
	require.Equal(t, []Effect{BlockSubmit, StrictReview, Warn}, []Effect{v.Hits[0].Effect, v.Hits[1].Effect, v.Hits[2].Effect})
	require.Equal(t, Red, v.Color)
	require.Equal(t, "因交通运输领域严重失信主体：拒不履行生效决定（沪交失信〔2026〕1号，市交通委），当前不能办理申领。解除方式：履行后申请修复。如有异议可"+remedyOfList+"。", v.Message)
	require.NotNil(t, v.Guide)
	require.Equal(t, "FAIL", v.Checks[0].Result)

	f.Action, f.Situation = "CANCEL", "RT07"
	f.Locks = []Lock{lockOf(nil)}
	v = Weigh(f)
	require.Equal(t, None, v.Effect)
	require.False(t, v.Blocked)
	require.False(t, v.Strict)
	require.True(t, v.Released)
	for _, c := range v.Checks {
		require.Equal(t, "PASS", c.Result, c.Code)
	}
}

// Strict review is the lists': a revocation bars, and a list beside it still asks for it.
func TestOnlyListsAskForStrictReview(t *testing.T) {
	t.Parallel()
	f := Facts{Situation: "TX03", Action: "REISSUE", Today: today, Table: Table{Rules: []Rule{rule("JUDGMENT", Any, Any, StrictReview), rule("TRANSPORT_SERIOUS", Any, Any, BlockSubmit)}}}
	f.Locks = []Lock{lockOf(nil)}
	v := Weigh(f)
	require.True(t, v.Blocked && v.Revoked())
	require.False(t, v.Strict)
	for _, list := range []string{"JUDGMENT", "TRANSPORT_SERIOUS"} {
		f.Entries = []Entry{entry(list, nil)}
		v = Weigh(f)
		h, listed := v.Strictly()
		require.True(t, v.Strict && listed && v.Revoked(), list)
		require.Equal(t, []string{HitList, list}, []string{h.Kind, h.Ref})
	}
}

func TestWhichRuleCounts(t *testing.T) {
	t.Parallel()
	table := Table{Rules: []Rule{
		rule("JUDGMENT", Any, Any, Warn), rule("JUDGMENT", Any, "RENEW", StrictReview), rule("JUDGMENT", "RT03", Any, None),
		rule("JUDGMENT", "DG02", "RENEW", NoFast), rule("JUDGMENT", "TX04", Any, StrictReview),
	}}
	table.Rules[4].To = "2026-11-29" // until yesterday
	off := rule("JUDGMENT", "NT04", Any, BlockSubmit)
	off.Enabled = false
	later := rule("JUDGMENT", "BU02", Any, StrictReview)
	later.From = "2026-12-01"
	table.Rules = append(table.Rules, off, later)
	for _, c := range []struct {
		situation, action string
		want              Effect
	}{
		{"RT04", "REISSUE", Warn}, {"XP03", "RENEW", StrictReview}, {"RT03", "RENEW", None}, {"DG02", "RENEW", NoFast},
		{"TX04", "RENEW", StrictReview}, {"TX04", "CHANGE", Warn}, {"NT04", "CHANGE", Warn}, {"BU02", "CHANGE", Warn},
	} {
		v := Weigh(Facts{Situation: c.situation, Action: c.action, Today: today, Entries: []Entry{entry("JUDGMENT", nil)}, Table: table})
		require.Equal(t, c.want, v.Effect, "%s %s", c.situation, c.action)
	}
	v := Weigh(Facts{Situation: "RT01", Action: "APPLY", Today: today, Entries: []Entry{entry("WAGES_SERIOUS", nil)}, Table: table})
	require.Equal(t, None, v.Effect, "what is not published restricts nobody")
	require.Len(t, v.Hits, 1)
}

func TestWhichEntriesCount(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Entry)
		hits   int
	}{
		"on":            {nil, 1},
		"last day":      {func(e *Entry) { e.ExpireAt = today }, 1},
		"expired":       {func(e *Entry) { e.ExpireAt = "2026-11-29" }, 0},
		"not yet":       {func(e *Entry) { e.ListedAt = "2026-12-01" }, 0},
		"off":           {func(e *Entry) { e.Status = Off }, 0},
		"repaired":      {func(e *Entry) { e.Repair = RepairDone }, 0},
		"annulled":      {func(e *Entry) { e.Repair = RepairAnnulled }, 0},
		"being mended":  {func(e *Entry) { e.Repair = RepairApplied }, 1},
		"repair failed": {func(e *Entry) { e.Repair = RepairRefused }, 1},
		"deleted":       {func(e *Entry) { e.Status = Deleted }, 0},
		"objected":      {func(e *Entry) { e.Objected = true }, 1},
	} {
		f := Facts{Situation: "RT01", Action: "APPLY", Today: today, RepairDays: 10, Table: Defaults(), Entries: []Entry{entry("TRANSPORT_SERIOUS", c.change)}}
		v := Weigh(f)
		require.Len(t, v.Hits, c.hits, name)
		if name == "being mended" {
			require.Equal(t, []Prompt{{Blue, "信用修复申请处理中，预计10个工作日。"}}, v.Notices)
			require.Contains(t, v.Guide.When, "预计 10 个工作日")
		}
		if name == "objected" {
			require.Contains(t, v.Guide.Ways[1], "异议")
		}
	}
}

func TestTextsColoursAndGuide(t *testing.T) {
	t.Parallel()
	one := func(action, late string) Verdict {
		return Weigh(Facts{Situation: "RT03", Name: "换证", Action: action, Today: today, Late: late, Table: Defaults(), Entries: []Entry{entry("TRANSPORT_SERIOUS", nil)}})
	}
	v := one("RENEW", "2027-01-12")
	require.Equal(t, Orange, v.Color)
	require.True(t, v.Strict && v.NoFast && !v.Blocked)
	require.Equal(t, "本申请将按加强审核办理，期限可能延长至2027-01-12。", v.Message)
	require.Contains(t, one("RENEW", "").Message, "以延期通知书为准", "no date is invented")
	require.Equal(t, Yellow, one("REISSUE", "").Color)
	require.True(t, one("APPOINT", "").NoFast)
	free := one("TRAIN_CERT", "")
	require.Equal(t, None, free.Effect)
	require.Nil(t, free.Guide)
	require.Contains(t, free.Message, "没有限制")
	g := one("APPLY", "").Guide
	for name, part := range map[string]string{
		"restricted": g.Restricted, "cause": g.Cause, "ways": strings.Join(g.Ways, ""), "office": g.Office, "papers": strings.Join(g.Papers, ""), "when": g.When,
	} {
		require.NotEmpty(t, part, name)
	}
	require.Empty(t, Weigh(Facts{Situation: "RT01", Action: "APPLY", Today: today, Table: Defaults()}).Hits)
}

func lockOf(change func(*Lock)) Lock {
	l := Lock{
		ID: "l", CertType: "RE-075", DecisionNo: "沪交罚〔2026〕9号", DecisionDate: "2026-03-01", EffectiveDate: "2026-03-10", Org: "市交通委执法总队", Reason: "严重违规",
		Cause: "REVOKED", Scope: ScopeFamily, BanUntil: "2031-03-01", Status: Locked, Categories: []string{},
	}
	if change != nil {
		change(&l)
	}
	return l
}

func TestWhatALockBars(t *testing.T) {
	t.Parallel()
	at := func(l *Lock) { l.Scope = ScopeCert }
	road := func(l *Lock) {
		l.CertType, l.Scope, l.Categories, l.BanUntil = "RE-071", ScopeCategory, []string{"03001"}, "2029-03-01"
	}
	for name, c := range map[string]struct {
		change            func(*Lock)
		situation, action string
		today             string
		kinds             string
	}{
		"its renewal":                       {nil, "TX04", "RENEW", today, "LOCK"},
		"a new application in the trade":    {nil, "NT01", "APPLY", today, "LOCK BAN"},
		"another trade":                     {nil, "RT01", "APPLY", today, ""},
		"this certificate alone":            {at, "NT03", "REISSUE", today, ""},
		"but its ban covers the trade":      {at, "NT01", "APPLY", today, "BAN"},
		"last day of the ban":               {nil, "TX01", "APPLY", "2031-02-28", "LOCK BAN"},
		"after the ban":                     {nil, "TX01", "APPLY", "2031-03-01", ""},
		"after the ban the old stays taken": {nil, "TX04", "RENEW", "2031-03-01", "LOCK"},
		"before it takes effect":            {nil, "TX04", "RENEW", "2026-03-09", ""},
		"its categories":                    {road, "DG01", "APPLY", today, "LOCK BAN"},
		"other categories":                  {road, "RT02", "ADD_CATEGORY", today, ""},
		"no ban set":                        {func(l *Lock) { l.BanUntil = "" }, "TX01", "APPLY", today, "LOCK"},
		"lifted":                            {func(l *Lock) { l.Status = Lifted }, "TX01", "APPLY", today, ""},
		"stopped":                           {func(l *Lock) { l.Status = Suspended }, "TX04", "RENEW", today, ""},
		"a matter nobody described":         {nil, "ZZ01", "RENEW", today, "LOCK"},
		"cancelling the registration":       {nil, "TR03", "REG_CANCEL", today, "LOCK"},
	} {
		v := Weigh(Facts{Situation: c.situation, Action: c.action, Today: c.today, Locks: []Lock{lockOf(c.change)}, Table: Defaults()})
		var kinds []string
		for _, h := range v.Hits {
			kinds = append(kinds, h.Kind)
		}
		require.Equal(t, c.kinds, strings.Join(kinds, " "), name)
		require.Equal(t, c.kinds != "" && !releasing(c.action), v.Blocked, name)
	}
}

// TestAnExaminationIsBarredForWhatItLeadsTo: a ban keeps nobody from another trade.
func TestAnExaminationIsBarredForWhatItLeadsTo(t *testing.T) {
	t.Parallel()
	judge := func(day string, categories ...string) Verdict {
		return Weigh(Facts{Situation: "EX01", Action: "EXAM_ENROLL", Categories: categories, Today: day, Locks: []Lock{lockOf(nil)}, Table: Defaults()})
	}
	require.True(t, judge(today, "09002").Blocked)
	require.True(t, judge(today, "09003").Blocked, "the trade's other certificate")
	require.Empty(t, judge(today, "02001").Hits)
	require.Empty(t, judge(today, "13001").Hits)
	require.False(t, judge("2031-03-01", "09002").Blocked, "after the ban")
	open := judge(today)
	require.False(t, open.Blocked, "nobody has said what for")
	require.Equal(t, Warn, open.Effect)
	require.Contains(t, open.Message, "报考其他类别不受影响")
}

func TestFiveYearsAfterATaxiLicence(t *testing.T) {
	t.Parallel()
	e22 := func(change func(*Lock), situation, day string) string {
		v := Weigh(Facts{Situation: situation, Action: "APPLY", Today: day, Locks: []Lock{lockOf(change)}, Table: Defaults()})
		return v.Checks[3].Result
	}
	short := func(l *Lock) { l.BanUntil = "2027-03-01" }
	require.Equal(t, "FAIL", e22(short, "NT01", today))
	require.Equal(t, "FAIL", e22(short, "TX01", "2031-02-28"))
	require.Equal(t, "PASS", e22(short, "TX01", "2031-03-01"))
	require.Equal(t, "PASS", e22(short, "RT01", today))
	require.Equal(t, "PASS", e22(func(l *Lock) { l.Status = Lifted }, "TX01", today))
}

func TestTables(t *testing.T) {
	t.Parallel()
	require.Empty(t, Defaults().Check())
	for want, change := range map[string]func(*Rule){
		"没有这种名单":   func(r *Rule) { r.List = "X" },
		"没有这种业务":   func(r *Rule) { r.Action = "X" },
		"请填写情形代码":  func(r *Rule) { r.Situation = "" },
		"没有这种影响":   func(r *Rule) { r.Effect = "X" },
		"注销一律不限制":  func(r *Rule) { r.Action = "CANCEL" },
		"必须写明法律依据": func(r *Rule) { r.Basis = " " },
		"一般失信":     func(r *Rule) { r.List = "TRANSPORT_GENERAL" },
		"解除方式":     func(r *Rule) { r.Guide = "" },
		"日期应为":     func(r *Rule) { r.From = "2026-13-01" },
		"结束日早于":    func(r *Rule) { r.From, r.To = "2026-02-01", "2026-01-01" },
	} {
		r := rule("JUDGMENT", Any, "APPLY", BlockSubmit)
		change(&r)
		got := Table{Rules: []Rule{r}}.Check()
		require.Len(t, got, 1, want)
		require.Contains(t, got[0].What, want)
	}
	twice := Table{Rules: []Rule{rule("JUDGMENT", Any, Any, Warn), rule("JUDGMENT", Any, Any, StrictReview)}}
	require.Len(t, twice.Check(), 1)
	b, ok := Defaults().years("REVOKED", "TAXI")
	require.True(t, ok)
	require.Equal(t, 5, b.Years)
	b, _ = Defaults().years("FRAUD", "ROAD")
	require.Equal(t, 3, b.Years)
	b, _ = Defaults().years("FALSE_APPLICATION", "BUS")
	require.Equal(t, 1, b.Years)
}

func TestWhatAChangeMeans(t *testing.T) {
	t.Parallel()
	before, after := Defaults(), Defaults()
	for i := range after.Rules {
		if after.Rules[i].List == "JUDGMENT" && after.Rules[i].Action == "APPLY" {
			after.Rules[i].Effect, after.Rules[i].Color = BlockSubmit, Red
		}
	}
	after.Bans[0].Years = 6
	diff := Differences(before, after)
	require.Len(t, diff, 3)
	people := []Entry{entry("JUDGMENT", func(e *Entry) { e.Blind = []byte("a") }), entry("TRANSPORT_SERIOUS", func(e *Entry) { e.Blind = []byte("b") })}
	p, touched := compare(people, today, before, after)
	require.Equal(t, []int{2, 1, 0}, []int{p.People, p.Stricter, p.Looser})
	require.Equal(t, [][]byte{[]byte("a")}, touched)
	require.Equal(t, []Shift{{"APPLY", "申领", 1, 0}}, p.Actions)
}

func TestNoticesInAnyOrder(t *testing.T) {
	t.Parallel()
	at := time.Time{}
	suspended, lift := standing([]Said{{Kind: SaysResume, Step: 3, At: at}, {Kind: SaysSuspend, Step: 2, At: at}})
	require.False(t, suspended)
	require.Nil(t, lift)
	suspended, lift = standing([]Said{{Kind: SaysLift, Step: 4, LiftDocNo: "x"}, {Kind: SaysSuspend, Step: 2}})
	require.True(t, suspended)
	require.Equal(t, "x", lift.LiftDocNo)
}
