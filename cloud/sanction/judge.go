package sanction

import (
	"fmt"
	"slices"
	"strings"

	"huyun.internal/protocol/clock"
)

// Kinds of hits.
const (
	HitList = "LIST"
	HitLock = "LOCK"
	HitBan  = "BAN"
)

// Verdict is what holds against somebody for one application.
type Verdict struct {
	Effect   Effect    `json:"effect" enum:"NONE,WARN,NO_FAST,STRICT_REVIEW,BLOCK_SUBMIT"`
	Color    Color     `json:"color" enum:"RED,ORANGE,YELLOW,BLUE,GREEN"`
	Blocked  bool      `json:"blocked" doc:"不能提交、受理、决定、制证"`
	Strict   bool      `json:"strict" doc:"加强审核：取消告知承诺、容缺和承诺提速，双人审查，可以延期"`
	NoFast   bool      `json:"no_fast" doc:"不享受绿色通道和优先"`
	Message  string    `json:"message"`
	Hits     []Hit     `json:"hits" doc:"最严的在前"`
	Guide    *Guide    `json:"guide,omitempty" doc:"恢复引导卡"`
	Notices  []Prompt  `json:"notices" doc:"修复中、已解除等说明"`
	Checks   []Checked `json:"checks" doc:"E15 E16 E17 E22"`
	Rules    int       `json:"rules" doc:"所依据的影响规则版本"`
	Released bool      `json:"released" doc:"注销一律放行"`
}

// Hit is one thing that holds.
type Hit struct {
	Kind       string `json:"kind" enum:"LIST,LOCK,BAN"`
	Ref        string `json:"ref"`
	Title      string `json:"title"`
	Effect     Effect `json:"effect" enum:"NONE,WARN,NO_FAST,STRICT_REVIEW,BLOCK_SUBMIT"`
	Color      Color  `json:"color" enum:"RED,ORANGE,YELLOW,BLUE,GREEN"`
	Severity   int    `json:"severity"`
	Reason     string `json:"reason"`
	DecisionNo string `json:"decision_no"`
	Org        string `json:"org"`
	Basis      string `json:"basis"`
	Message    string `json:"message"`
	Until      string `json:"until" doc:"到这一天自动解除，空为不会自动解除"`
	Objected   bool   `json:"objected" doc:"当事人有异议，正在处理"`
	Guide      Guide  `json:"guide"`
}

// Prompt is a line that informs and stops nothing.
type Prompt struct {
	Color Color  `json:"color" enum:"RED,ORANGE,YELLOW,BLUE,GREEN"`
	Text  string `json:"text"`
}

// Checked is the answer to one of the checks of chapter 2.3.
type Checked struct {
	Code   string `json:"code" enum:"E15,E16,E17,E22"`
	Result string `json:"result" enum:"PASS,FAIL"`
	Reason string `json:"reason"`
	Guide  string `json:"guide"`
}

// Facts are what a judgement goes by.
type Facts struct {
	Situation, Name, Action string   // Name is what the situation is called
	Categories              []string // what is applied for; nil while nobody has said
	Today                   string
	Late                    string // the day to which a decision may be extended; empty when the calendar does not say
	RepairDays              int    // what a repair usually takes
	Entries                 []Entry
	Locks                   []Lock
	Table                   Table
	Version                 int
}

// Weigh is the rule: the strictest of all hits, and nothing for who only wants to
// give something back.
func Weigh(f Facts) Verdict {
	v := Verdict{Effect: None, Color: Green, Hits: []Hit{}, Notices: notices(f), Rules: f.Version, Released: releasing(f.Action)}
	for i := range f.Locks {
		v.Hits = append(v.Hits, ofLock(&f.Locks[i], f)...)
	}
	for i := range f.Entries {
		if h, ok := ofEntry(&f.Entries[i], f); ok {
			v.Hits = append(v.Hits, h)
		}
	}
	slices.SortStableFunc(v.Hits, func(a, b Hit) int {
		if n := b.Effect.rank() - a.Effect.rank(); n != 0 {
			return n
		}
		return b.Severity - a.Severity
	})
	v.Checks = checks(v.Hits, f)
	if v.Released {
		for i := range v.Hits {
			v.Hits[i].Effect, v.Hits[i].Color, v.Hits[i].Message = None, Blue, "办理注销不受限制。"
		}
	}
	v.conclude(f)
	return v
}

// Revoked says that a revocation, or the ban that came with it, bars the
// application: a list alone does not make it so.
func (v Verdict) Revoked() bool {
	return slices.ContainsFunc(v.Hits, func(h Hit) bool { return h.Kind != HitList && h.Effect == BlockSubmit })
}

// Strictly is the list, the strictest first, that wants a stricter review: a revocation
// bars and does not (chapter 13.3).
func (v Verdict) Strictly() (Hit, bool) {
	i := slices.IndexFunc(v.Hits, func(h Hit) bool { return h.Kind == HitList && h.Effect.rank() >= StrictReview.rank() })
	if i < 0 {
		return Hit{}, false
	}
	return v.Hits[i], true
}

// conclude takes over the strictest hit.
func (v *Verdict) conclude(f Facts) {
	if len(v.Hits) > 0 {
		h := &v.Hits[0]
		v.Effect, v.Color, v.Message = h.Effect, h.Color, h.Message
		if h.Effect != None {
			v.Guide = &h.Guide
		}
	}
	v.Blocked = v.Effect.rank() >= BlockSubmit.rank()
	_, v.Strict = v.Strictly()
	v.NoFast = v.Effect.rank() >= NoFast.rank()
	if v.Message == "" && v.Effect == None {
		v.Message = "没有限制，可以办理" + f.what() + "。"
	}
}

func (f Facts) reach() reach { return reaches(f.Situation, f.Categories) }

// undecided says that nobody has said yet what an examination is sat for: what
// would bar some categories is told beforehand and bars none.
func (f Facts) undecided() bool { return examines(f.Situation) && len(f.Categories) == 0 }

func (f Facts) what() string {
	if f.Name != "" {
		return "“" + f.Name + "”"
	}
	return nameOf(ActionNames(), f.Action)
}

func ofLock(l *Lock, f Facts) []Hit {
	name := nameOf(CertTypes(), l.CertType)
	lock, ban := l.bars(f.reach(), f.Action, f.Today)
	var out []Hit
	add := func(kind, title, basis, until string, way string) {
		h := Hit{
			Kind: kind, Ref: l.ID, Title: title, Effect: BlockSubmit, Color: Red, Severity: 9, Reason: l.Reason, DecisionNo: l.DecisionNo,
			Org: l.Org, Basis: basis, Until: until,
		}
		h.Guide = Guide{
			Restricted: "暂不能办理" + f.what(), Cause: cause(h), Ways: []string{way, "原决定经听证、复议、诉讼改变或者撤案的，凭文书申请解除"},
			Office: l.Org + "；从业资格业务窗口", Papers: []string{"居民身份证", "行政处罚（撤销）决定书", "改变原决定的文书（有的话）"}, When: when(until),
		}
		h.Message = fill(frames[Red], h, f.what(), h.Guide.Ways[0], remedyOfDecision, f.Late)
		if f.undecided() {
			h.Effect, h.Color, h.Severity = Warn, Yellow, Warn.rank()+1
			h.Message = fill("因{原因}（{文号}，{机关}），现在不能报考与"+name+"有关的类别；报考其他类别不受影响。", h, f.what(), "", "", "")
		}
		out = append(out, h)
	}
	if lock {
		way, until := "原决定经法定程序改变后解除", ""
		if entering(f.Action) && l.BanUntil != "" {
			way, until = "禁入期满后重新申请", l.BanUntil
		}
		add(HitLock, name+"被"+causeNames[l.Cause], l.BanBasis, until, way)
	}
	if ban {
		add(HitBan, "禁止申请期", l.BanBasis, l.BanUntil, l.BanUntil+" 起可以重新申请")
	}
	return out
}

func ofEntry(e *Entry, f Facts) (Hit, bool) {
	if !e.counts(f.Today) {
		return Hit{}, false
	}
	t, _ := listType(e.List)
	// What is not published restricts nobody: without a rule there is no effect.
	r, _ := f.Table.closest(e.List, f.Situation, f.Action, f.Today)
	if r.Effect == "" {
		r.Effect, r.Color, r.Severity = None, Blue, 1
	}
	h := Hit{
		Kind: HitList, Ref: e.ID, Title: t.Name, Effect: r.Effect, Color: r.Color, Severity: r.Severity, Reason: e.Reason, DecisionNo: e.DecisionNo,
		Org: e.Org, Basis: r.Basis, Until: e.ExpireAt, Objected: e.Objected,
	}
	h.Guide = Guide{
		Restricted: restricted(r.Effect, f.what()), Cause: cause(h), Ways: ways(r, e), Office: r.Office, Papers: r.Papers, When: whenListed(e, f.RepairDays),
	}
	if h.Guide.Papers == nil {
		h.Guide.Papers = []string{}
	}
	text := r.Message
	if text == "" {
		text = frame(r.Effect)
	}
	h.Message = fill(text, h, f.what(), r.Guide, remedyOfList, f.Late)
	return h, true
}

// checks are E15 to E17 and E22. E22 looks back five years at any revoked taxi
// qualification, whatever ban was set; a cancellation asks for none of them.
func checks(hits []Hit, f Facts) []Checked {
	out := []Checked{{Code: "E15"}, {Code: "E16"}, {Code: "E17"}, {Code: "E22"}}
	kind := map[string]string{"E15": HitList, "E16": HitLock, "E17": HitBan}
	for i := range out {
		c := &out[i]
		c.Result = "PASS"
		for _, h := range hits {
			if !releasing(f.Action) && kind[c.Code] == h.Kind && h.Effect.rank() >= BlockSubmit.rank() {
				c.Result, c.Reason, c.Guide = "FAIL", h.Guide.Cause, strings.Join(h.Guide.Ways, "；")
				break
			}
		}
		if l := taxiRevoked(f); c.Code == "E22" && l != nil {
			c.Result = "FAIL"
			c.Reason = fmt.Sprintf("五年内被吊销出租汽车从业资格（%s，%s）", l.DecisionNo, l.DecisionDate)
			c.Guide = fiveYears(l.DecisionDate) + " 起可以申请"
		}
	}
	return out
}

func taxiRevoked(f Facts) *Lock {
	if f.Action != "APPLY" || !slices.ContainsFunc(f.reach().certs, func(c string) bool { return familyOf(c) == "TAXI" }) {
		return nil
	}
	for i := range f.Locks {
		l := &f.Locks[i]
		if l.took() && familyOf(l.CertType) == "TAXI" && f.Today < fiveYears(l.DecisionDate) {
			return l
		}
	}
	return nil
}

func fiveYears(day string) string { return yearsAfter(day, 5) }

// yearsAfter is the day so many years later; a 29 February becomes the 1 March.
func yearsAfter(day string, n int) string {
	d, err := clock.ParseDate(day)
	if err != nil {
		return ""
	}
	return clock.DateOf(d.Start().AddDate(n, 0, 0)).String()
}

// renewalDays is how long after its end a licence may still be renewed (chapter 1.5).
const renewalDays = 180

func daysAfter(day string, n int) string {
	d, err := clock.ParseDate(day)
	if err != nil {
		return ""
	}
	return d.Add(n).String()
}
