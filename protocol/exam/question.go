package exam

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

// Bounds of a question. They are wide enough for any bank we have seen and keep
// a range in memory and a question on one screen.
const (
	MinOptions = 2
	MaxOptions = 8
	MinSubs    = 2
	MaxSubs    = 5

	maxStem  = 2000 // characters
	maxText  = 500
	maxShort = 100
	maxID    = 64
	maxMedia = 6
)

// TypeName is the Chinese name of a type, for screens and fault texts.
func TypeName(t Type) string {
	switch t {
	case TF:
		return "判断题"
	case Single:
		return "单选题"
	case Multi:
		return "多选题"
	case Case:
		return "案例题"
	}
	return "未知题型"
}

// Validate returns the first problem of a question, or nil.
func (q *Question) Validate() error { return problems(q.Problems()).first() }

// Problems lists everything that is wrong with a question, in the order of its
// fields, so that an import can tell an author all of it at once. Codes:
// exam.question.id, .version, .industry, .category, .subject, .chapter,
// .difficulty, .type, .text, .media, .options, .answer, .sub.
func (q *Question) Problems() []*fault.Error {
	var l problems
	if q.ID == "" || len(q.ID) > maxID || !tidy(q.ID) {
		l.add("exam.question.id", "题目编号不能为空，且不超过 %d 个字符", maxID)
	}
	if q.Version < 1 {
		l.add("exam.question.version", "题目版本须从 1 开始")
	}
	l.text("exam.question.industry", "行业", q.Industry, maxShort, true)
	if len(q.Categories) == 0 {
		l.add("exam.question.category", "请填写至少一个适用类别")
	}
	for i, c := range q.Categories {
		if !isCategory(c) || slices.Contains(q.Categories[:i], c) {
			l.add("exam.question.category", "适用类别须为五位数字代码且不重复（第 %d 个）", i+1)
		}
	}
	l.text("exam.question.subject", "科目", q.Subject, maxShort, true)
	l.text("exam.question.chapter", "章节", q.Chapter, maxShort, true)
	if q.Difficulty < 1 || q.Difficulty > levels {
		l.add("exam.question.difficulty", "难度须为 1 至 %d", levels)
	}
	l.text("exam.question.text", "法规依据", q.LawRef, maxText, false)
	q.core(&l, "")
	return l
}

// core checks what a question and a sub-question have in common. where is ""
// or "第 2 小题：".
func (q *Question) core(l *problems, where string) {
	l.text("exam.question.text", where+"题干", q.Stem, maxStem, true)
	l.text("exam.question.text", where+"解析", q.Explain, maxStem, false)
	if len(q.Media) > maxMedia {
		l.add("exam.question.media", "%s图片不超过 %d 张", where, maxMedia)
	}
	for i, m := range q.Media {
		_, err := sm.ParseDigest(m.Digest)
		if err != nil || m.Type != "image/png" && m.Type != "image/jpeg" {
			l.add("exam.question.media", "%s第 %d 张图片无效，只接受 PNG 或 JPEG", where, i+1)
		}
		l.text("exam.question.media", where+"图片说明", m.Alt, maxText, false)
	}
	switch q.Type {
	case TF:
		if len(q.Options) > 0 {
			l.add("exam.question.options", "%s判断题不应有选项", where)
		}
		if len(q.Answer) != 1 || q.Answer[0] != "T" && q.Answer[0] != "F" {
			l.add("exam.question.answer", "%s判断题答案须为 T（正确）或 F（错误）", where)
		}
	case Single, Multi:
		q.choices(l, where)
	case Case:
		q.subs(l, where)
	default:
		l.add("exam.question.type", "%s题型须为 TF、SINGLE、MULTI 或 CASE", where)
	}
	if q.Type != Case && len(q.Sub) > 0 {
		l.add("exam.question.sub", "%s只有案例题可以有小题", where)
	}
}

func (q *Question) choices(l *problems, where string) {
	if len(q.Options) < MinOptions || len(q.Options) > MaxOptions {
		l.add("exam.question.options", "%s选项须为 %d 至 %d 个", where, MinOptions, MaxOptions)
		return
	}
	for i, o := range q.Options {
		if o.Key != letter(i) {
			l.add("exam.question.options", "%s第 %d 个选项的编号应为 %s", where, i+1, letter(i))
		}
		l.text("exam.question.options", where+"选项 "+letter(i), o.Text, maxText, true)
		if slices.ContainsFunc(q.Options[:i], func(p Option) bool { return p.Text == o.Text }) {
			l.add("exam.question.options", "%s选项 %s 与前面的选项相同", where, letter(i))
		}
	}
	for i, a := range q.Answer {
		if !q.hasOption(a) || i > 0 && q.Answer[i-1] >= a {
			l.add("exam.question.answer", "%s答案须是已有选项，按字母顺序且不重复", where)
			return
		}
	}
	if q.Type == Single && len(q.Answer) != 1 {
		l.add("exam.question.answer", "%s单选题须有且只有一个答案", where)
	}
	if q.Type == Multi && len(q.Answer) < 2 {
		l.add("exam.question.answer", "%s多选题至少要有两个答案", where)
	}
}

func (q *Question) subs(l *problems, where string) {
	if where != "" {
		l.add("exam.question.sub", "%s小题不能再是案例题", where)
		return
	}
	if len(q.Options) > 0 || len(q.Answer) > 0 {
		l.add("exam.question.answer", "案例题的选项和答案应写在小题里")
	}
	if len(q.Sub) < MinSubs || len(q.Sub) > MaxSubs {
		l.add("exam.question.sub", "案例题须有 %d 至 %d 个小题", MinSubs, MaxSubs)
	}
	for i := range q.Sub {
		q.Sub[i].core(l, fmt.Sprintf("第 %d 小题：", i+1))
	}
}

func (q *Question) hasOption(key string) bool {
	return slices.ContainsFunc(q.Options, func(o Option) bool { return o.Key == key })
}

type problems []*fault.Error

func (l problems) first() error {
	if len(l) == 0 {
		return nil
	}
	return l[0]
}

func (l *problems) add(code, text string, args ...any) {
	*l = append(*l, fault.Invalidf(code, text, args...))
}

func (l *problems) text(code, name, s string, most int, required bool) {
	switch {
	case required && strings.TrimSpace(s) == "":
		l.add(code, "%s不能为空", name)
	case utf8.RuneCountInString(s) > most:
		l.add(code, "%s不能超过 %d 个字", name, most)
	case !tidy(s):
		l.add(code, "%s含有不可见或无法显示的字符，请重新输入", name)
	}
}

// tidy refuses what cannot be shown or stored: broken UTF-8, control characters
// (PostgreSQL refuses U+0000) and invisible format characters, which can turn a
// line around or hide text.
func tidy(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r != '\n' && r != '\t' && !person.Seen(r) {
			return false
		}
	}
	return true
}

// isCategory reports a five-digit category code of JT/T 697.7.
func isCategory(s string) bool {
	return len(s) == 5 && strings.Trim(s, "0123456789") == ""
}

// letter is the i-th option key, A for 0.
func letter(i int) string { return letters[i : i+1] }

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
