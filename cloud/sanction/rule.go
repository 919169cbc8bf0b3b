package sanction

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Any stands in a rule for every situation or every action.
const Any = "*"

// Rule says what being on a list means: for one situation, for one action, or
// for all. The closest rule of a list counts, then the strictest of all lists.
type Rule struct {
	List      string   `json:"list" maxLength:"40" doc:"名单种类"`
	Situation string   `json:"situation" maxLength:"10" doc:"情形代码，* 为全部"`
	Action    string   `json:"action" maxLength:"20" doc:"业务种类，* 为全部"`
	Effect    Effect   `json:"effect" enum:"NONE,WARN,NO_FAST,STRICT_REVIEW,BLOCK_SUBMIT"`
	Severity  int      `json:"severity" minimum:"1" maximum:"5" doc:"同等影响中先显示数字大的"`
	Color     Color    `json:"color" enum:"RED,ORANGE,YELLOW,BLUE,GREEN"`
	Message   string   `json:"message" maxLength:"300" doc:"提示；空为通用文案。可用 {原因} {文号} {机关} {情形} {解除方式} {救济} {日期}"`
	Guide     string   `json:"guide" maxLength:"300" doc:"解除方式"`
	Office    string   `json:"office" maxLength:"200" doc:"办理入口与电话"`
	Papers    []string `json:"papers" maxItems:"10" doc:"恢复所需材料"`
	Basis     string   `json:"basis" maxLength:"300" doc:"法律依据"`
	From      string   `json:"from" maxLength:"10" doc:"自哪天起适用，空为立即"`
	To        string   `json:"to" maxLength:"10" doc:"适用到哪天（含），空为长期"`
	Enabled   bool     `json:"enabled"`
}

// key is what makes two rules the same line of the table.
func (r Rule) key() string { return r.List + "\n" + r.Situation + "\n" + r.Action + "\n" + r.From }

// holds tells whether the rule applies on a day.
func (r Rule) holds(today string) bool {
	return r.Enabled && (r.From == "" || r.From <= today) && (r.To == "" || today <= r.To)
}

// closeness is how exactly the rule names what is applied for; 0: it does not.
func (r Rule) closeness(situation, action string) int {
	n := 1
	switch r.Situation {
	case Any:
	case situation:
		n += 2
	default:
		return 0
	}
	switch r.Action {
	case Any:
	case action:
		n++
	default:
		return 0
	}
	return n
}

// Ban is how long somebody may not apply again after a revocation, by its cause
// and trade (chapter 13.4).
type Ban struct {
	Cause  string `json:"cause" enum:"REVOKED,FRAUD,FALSE_APPLICATION"`
	Family string `json:"family" enum:"ROAD,TAXI,BUS,*"`
	Years  int    `json:"years" minimum:"0" maximum:"99"`
	Basis  string `json:"basis" maxLength:"300"`
}

// Table is one version of what hits mean.
type Table struct {
	Rules []Rule `json:"rules" maxItems:"500"`
	Bans  []Ban  `json:"bans" maxItems:"50"`
}

// closest is the rule of a list that counts for an application, if there is one.
func (t Table) closest(list, situation, action, today string) (Rule, bool) {
	var best Rule
	near := 0
	for _, r := range t.Rules {
		if r.List != list || !r.holds(today) {
			continue
		}
		n := r.closeness(situation, action)
		if n > near || n == near && n > 0 && r.Effect.rank() > best.Effect.rank() {
			best, near = r, n
		}
	}
	return best, near > 0
}

// years of the ban that follows a revocation; the exact trade before any.
func (t Table) years(cause, family string) (Ban, bool) {
	for _, f := range []string{family, Any} {
		for _, b := range t.Bans {
			if b.Cause == cause && b.Family == f {
				return b, true
			}
		}
	}
	return Ban{}, false
}

// Problem is one thing wrong with a proposed table.
type Problem struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

// Check names everything that keeps a table from being used.
func (t Table) Check() []Problem {
	out := []Problem{}
	seen := map[string]bool{}
	for i, r := range t.Rules {
		at := fmt.Sprintf("规则第 %d 行", i+1)
		for _, what := range r.wrong() {
			out = append(out, Problem{at, what})
		}
		if r.Enabled && seen[r.key()] {
			out = append(out, Problem{at, "与前面一行的名单、情形、业务、起始日相同，请合并"})
		}
		seen[r.key()] = seen[r.key()] || r.Enabled
	}
	for i, b := range t.Bans {
		if strings.TrimSpace(b.Basis) == "" {
			out = append(out, Problem{fmt.Sprintf("禁入期第 %d 行", i+1), "请填写依据"})
		}
	}
	return out
}

func (r Rule) wrong() []string {
	var out []string
	l, known := listType(r.List)
	if !known {
		out = append(out, "没有这种名单")
	}
	if r.Action != Any && nameOf(ActionNames(), r.Action) == r.Action {
		out = append(out, "没有这种业务")
	}
	if r.Situation == "" {
		out = append(out, "请填写情形代码，全部情形填 *")
	}
	if r.Effect.rank() >= len(effects()) {
		out = append(out, "没有这种影响")
	}
	if releasing(r.Action) && r.Effect != None {
		out = append(out, "注销一律不限制，影响只能是“不限制”")
	}
	if r.Effect != None && strings.TrimSpace(r.Basis) == "" {
		out = append(out, "限制必须写明法律依据")
	}
	if r.Effect == BlockSubmit && known && !l.Serious {
		out = append(out, "一般失信只能列为重点审查或提示，不能禁止办理")
	}
	if r.Effect.rank() >= StrictReview.rank() && strings.TrimSpace(r.Guide) == "" {
		out = append(out, "请写明解除方式，申请人要知道怎样恢复")
	}
	for _, day := range []string{r.From, r.To} {
		if _, err := clock.ParseDate(day); day != "" && err != nil {
			out = append(out, "日期应为 年-月-日")
		}
	}
	if r.From != "" && r.To != "" && r.To < r.From {
		out = append(out, "结束日早于起始日")
	}
	return out
}

// Difference is one line in which two tables differ.
type Difference struct {
	Kind   string `json:"kind" enum:"ADDED,REMOVED,CHANGED"`
	Before *Rule  `json:"before,omitempty"`
	After  *Rule  `json:"after,omitempty"`
	Ban    string `json:"ban" doc:"禁入期的变化，用文字"`
}

// Differences says what a table changes in an earlier one.
func Differences(before, after Table) []Difference {
	out := []Difference{}
	for i := range after.Rules {
		r := &after.Rules[i]
		j := slices.IndexFunc(before.Rules, func(o Rule) bool { return o.key() == r.key() })
		switch {
		case j < 0:
			out = append(out, Difference{Kind: "ADDED", After: r})
		case fmt.Sprint(before.Rules[j]) != fmt.Sprint(*r):
			out = append(out, Difference{Kind: "CHANGED", Before: &before.Rules[j], After: r})
		}
	}
	for i := range before.Rules {
		r := &before.Rules[i]
		if !slices.ContainsFunc(after.Rules, func(o Rule) bool { return o.key() == r.key() }) {
			out = append(out, Difference{Kind: "REMOVED", Before: r})
		}
	}
	return append(out, banDifferences(before.Bans, after.Bans)...)
}

func banDifferences(before, after []Ban) []Difference {
	var out []Difference
	text := func(b Ban) string {
		return fmt.Sprintf("%s %s %d 年（%s）", causeNames[b.Cause], familyNames[b.Family], b.Years, b.Basis)
	}
	for _, b := range after {
		if !slices.Contains(before, b) {
			out = append(out, Difference{Kind: "ADDED", Ban: text(b)})
		}
	}
	for _, b := range before {
		if !slices.Contains(after, b) {
			out = append(out, Difference{Kind: "REMOVED", Ban: text(b)})
		}
	}
	return out
}

// State of a version of the table.
const (
	Proposed = "PROPOSED"
	Active   = "ACTIVE"
	Retired  = "RETIRED"
	Refused  = "REFUSED"
)

// Version is a table with its history. Version 0 is what the program comes with.
type Version struct {
	Version    int        `json:"version" db:"version"`
	State      string     `json:"state" db:"state" enum:"PROPOSED,ACTIVE,RETIRED,REFUSED"`
	Base       int        `json:"base" db:"base" doc:"在哪一版上修改"`
	Note       string     `json:"note" db:"note"`
	ProposedBy string     `json:"proposed_by" db:"proposed_by"`
	ProposedAt time.Time  `json:"proposed_at" db:"proposed_at"`
	DecidedBy  string     `json:"decided_by" db:"decided_by"`
	DecidedAt  *time.Time `json:"decided_at,omitempty" db:"decided_at"`
	Answer     string     `json:"answer" db:"answer" doc:"复核意见"`
	Lines      int        `json:"lines" db:"lines" doc:"规则行数"`
	Body       []byte     `json:"-" db:"body"`
	MAC        []byte     `json:"-" db:"mac"`
}

var (
	errRulesStale = fault.New(fault.Conflict, "sanction.rule.stale", "影响规则已有新版本，请在最新版本上重新修改")
	errRulesOpen  = fault.New(fault.Conflict, "sanction.rule.open", "已有一份修改待复核，请先复核完再提出新的修改")
	errRulesSelf  = fault.New(fault.Forbidden, "sanction.rule.self", "提出修改的人不能自己复核，请由另一人复核")
	errRulesDone  = fault.New(fault.Precondition, "sanction.rule.done", "这一版已经复核过")
	errRulesSame  = fault.New(fault.Invalid, "sanction.rule.same", "与现行版本没有差别，不需要提交")
)

// errRules lists what is wrong with a table, the first few lines of it.
func errRules(wrong []Problem) error {
	var lines []string
	for _, p := range wrong[:min(len(wrong), 5)] {
		lines = append(lines, p.Where+"："+p.What)
	}
	return fault.Newf(fault.Invalid, "sanction.rule.invalid", "影响规则有 %d 处需要修改。%s", len(wrong), strings.Join(lines, "；"))
}

var (
	causeNames  = map[string]string{"REVOKED": "吊销", "FRAUD": "以欺骗、贿赂取得许可被撤销", "FALSE_APPLICATION": "隐瞒情况或提供虚假材料申请"}
	familyNames = map[string]string{"ROAD": "道路运输", "TAXI": "出租汽车", "BUS": "公交", Any: "全部行业"}
)
