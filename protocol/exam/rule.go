package exam

import "slices"

// Bounds of a rule: a paper fits a working day, a screen and a journal record.
const (
	maxSections = 12
	maxItems    = 300
	maxMinutes  = 600
	maxEach     = Points(1000)
	levels      = 5 // difficulty 1 … 5
)

// Items is how many scored positions a paper of this rule has.
func (r *Rule) Items() int {
	n := 0
	for _, s := range r.Sections {
		n += s.items()
	}
	return n
}

// Full is the highest score a paper of this rule can get.
func (r *Rule) Full() Points {
	var p Points
	for _, s := range r.Sections {
		p += s.Each * Points(s.items())
	}
	return p
}

func (s *Section) items() int {
	if s.Type == Case {
		return s.Count * s.Subs
	}
	return s.Count
}

// Validate checks a rule by itself, without a bank. Codes: exam.rule.id,
// .version, .name, .category, .subject, .minutes, .section, .size, .chapter,
// .difficulty, .partial, .pass, .early.
func (r *Rule) Validate() error {
	var l problems
	if r.ID == "" || len(r.ID) > maxID || !tidy(r.ID) {
		l.add("exam.rule.id", "组卷规则编号不能为空，且不超过 %d 个字符", maxID)
	}
	if r.Version < 1 {
		l.add("exam.rule.version", "组卷规则版本须从 1 开始")
	}
	l.text("exam.rule.name", "规则名称", r.Name, maxShort, true)
	if !isCategory(r.Category) {
		l.add("exam.rule.category", "类别须为五位数字代码")
	}
	l.text("exam.rule.subject", "科目", r.Subject, maxShort, true)
	if r.Minutes < 1 || r.Minutes > maxMinutes {
		l.add("exam.rule.minutes", "考试时长须为 1 至 %d 分钟", maxMinutes)
	}
	if len(r.Sections) == 0 || len(r.Sections) > maxSections {
		l.add("exam.rule.section", "请设置 1 至 %d 个大题", maxSections)
	}
	for i := range r.Sections {
		r.Sections[i].validate(&l, i, r.MultiPartial)
	}
	if len(l) > 0 {
		return l.first() // the sums below are only meaningful over sound sections
	}
	if r.Items() > maxItems {
		l.add("exam.rule.size", "一份试卷不超过 %d 题（案例题按小题计）", maxItems)
	}
	if r.Pass < 1 || r.Pass > r.Full() {
		l.add("exam.rule.pass", "合格分须大于 0 且不超过满分 %s 分", r.Full())
	}
	if r.EarlyMinutes < 0 || r.EarlyMinutes > r.Minutes {
		l.add("exam.rule.early", "最早交卷时间须在 0 至考试时长之间")
	}
	return l.first()
}

func (s *Section) validate(l *problems, i int, partial bool) {
	n := i + 1
	if !slices.Contains([]Type{TF, Single, Multi, Case}, s.Type) {
		l.add("exam.rule.section", "第 %d 大题的题型无效", n)
	}
	if s.Count < 1 || s.Count > maxItems {
		l.add("exam.rule.section", "第 %d 大题的题数须为 1 至 %d", n, maxItems)
	}
	if s.Each < 1 || s.Each > maxEach {
		l.add("exam.rule.section", "第 %d 大题的每题分值须大于 0 且不超过 %s 分", n, maxEach)
	}
	if s.Type == Case && (s.Subs < MinSubs || s.Subs > MaxSubs) {
		l.add("exam.rule.section", "第 %d 大题须写明每个案例的小题数（%d 至 %d）", n, MinSubs, MaxSubs)
	}
	if s.Type != Case && s.Subs != 0 {
		l.add("exam.rule.section", "第 %d 大题不是案例题，不能设置小题数", n)
	}
	if partial && (s.Type == Multi || s.Type == Case) && s.Each%2 != 0 {
		// Half of an odd number of tenths would have to be rounded.
		l.add("exam.rule.partial", "第 %d 大题允许漏选得半分，每题分值须能平分（如 2 分、1 分、0.4 分）", n)
	}
	s.validateQuotas(l, n)
	s.validateShares(l, n)
}

func (s *Section) validateQuotas(l *problems, n int) {
	least := 0
	for j, c := range s.Chapters {
		l.text("exam.rule.chapter", "章节名称", c.Chapter, maxShort, true)
		if c.Min < 0 || c.Max < 0 || c.Min > maxItems || c.Max > 0 && c.Max < c.Min {
			l.add("exam.rule.chapter", "第 %d 大题章节「%s」的上限不能低于下限", n, c.Chapter)
			return
		}
		if slices.ContainsFunc(s.Chapters[:j], func(o Quota) bool { return o.Chapter == c.Chapter }) {
			l.add("exam.rule.chapter", "第 %d 大题章节「%s」重复", n, c.Chapter)
		}
		least += c.Min
	}
	if least > s.Count {
		l.add("exam.rule.chapter", "第 %d 大题各章节下限之和 %d 超过题数 %d", n, least, s.Count)
	}
}

func (s *Section) validateShares(l *problems, n int) {
	if len(s.Difficulty) == 0 {
		return
	}
	sum, seen := 0, [levels + 1]bool{}
	for _, d := range s.Difficulty {
		if d.Level < 1 || d.Level > levels || d.Percent < 0 || d.Percent > 100 || seen[d.Level] {
			l.add("exam.rule.difficulty", "第 %d 大题的难度比例须按 1 至 %d 级各写一次，0 至 100", n, levels)
			return
		}
		seen[d.Level] = true
		sum += d.Percent
	}
	if sum != 100 {
		l.add("exam.rule.difficulty", "第 %d 大题的难度比例合计为 %d%%，应为 100%%", n, sum)
	}
}
