package rehearsal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"huyun.internal/protocol/wire"
)

// Report is the drill as it stands, in the words and figures that the centre
// gets when it is over.
func (d *Drill) Report(version string) wire.Rehearsal {
	steps := d.steps()
	return wire.Rehearsal{
		ID: d.ID, By: d.By, Started: d.Started, Ended: d.Ended, Terminals: d.Need, Aborted: d.Aborted, Version: version, Steps: steps,
		Passed: d.Over() && d.Aborted == "" && !slices.ContainsFunc(steps, func(s wire.RehearsalStep) bool { return !s.Passed }),
	}
}

// steps judges each step by what was measured; nobody can tick one off.
func (d *Drill) steps() []wire.RehearsalStep {
	return []wire.RehearsalStep{d.login(), d.cut(), d.restart(), d.swap(), d.close()}
}

func step(code string, figures map[string]int64, missing string, passed string) wire.RehearsalStep {
	s := wire.RehearsalStep{Code: code, Passed: missing == "", Text: missing, Figures: figures}
	if s.Passed {
		s.Text = passed
	}
	return s
}

func (d *Drill) login() wire.RehearsalStep {
	figures := map[string]int64{"terminals": int64(d.Terminals), "need": int64(d.Need), "acked": int64(d.Answers)}
	missing := ""
	if d.Terminals < d.Need {
		missing = fmt.Sprintf("已有 %d 台考试机登录并作答，需要 %d 台", d.Terminals, d.Need)
	}
	return step(wire.RehearseLogin, figures, missing, fmt.Sprintf("%d 台考试机已登录并作答，考场确认保存 %d 题", d.Terminals, d.Answers))
}

// HowName says how a line was lost, as people do.
func HowName(how string) string {
	if how == ByButton {
		return "用按钮断开"
	}
	return "拔线或线路中断"
}

func (d *Drill) cut() wire.RehearsalStep {
	o := d.Outage
	if o == nil {
		return step(wire.RehearseCut, map[string]int64{}, "还没有断过网", "")
	}
	figures := map[string]int64{
		"outage_ms": o.MS, "acked": int64(o.Answers), "terminals": int64(len(o.Terminals)), "last_ms": o.LastMS,
		"strip_looks": int64(o.Looks), "strip_wrong": int64(o.Lies), "waiting": int64(o.Waiting), "drain_ms": o.DrainMS,
		"by_button": number(o.How == ByButton),
	}
	missing := o.missing(d.Need)
	return step(wire.RehearseCut, figures, missing, fmt.Sprintf(
		"%s，断网 %s，其间 %d 台考试机保存作答 %d 题（最后一题在断网后 %s），状态条 %d 次查看均属实；恢复后积压 %d 条，%s内全部送达中心",
		HowName(o.How), words(o.MS), len(o.Terminals), o.Answers, words(o.LastMS), o.Looks, o.Waiting, words(o.DrainMS)))
}

// missing is why an outage does not count, or not yet.
func (o *Outage) missing(need int) string {
	switch {
	case o.Broken:
		return "断网期间服务器重启了，断网要单独做一次"
	case o.Open && o.MS < atLeast.Milliseconds():
		return fmt.Sprintf("已断网 %s，继续作答，满 1 分钟后再恢复", words(o.MS))
	case len(o.Terminals) < need:
		return fmt.Sprintf("断网期间只有 %d 台考试机保存了作答，需要 %d 台", len(o.Terminals), need) + again(o)
	case o.LastMS < atLeast.Milliseconds():
		return fmt.Sprintf("断网满 1 分钟之后还没有考试机再作答（最后一题在断网后 %s）", words(o.LastMS)) + again(o)
	case o.Lies > 0:
		return fmt.Sprintf("断网期间状态条有 %d 次没有如实显示，请联系技术支持", o.Lies)
	case o.Open:
		return fmt.Sprintf("已断网 %s，可以恢复线路了", words(o.MS))
	case !o.Drained:
		return fmt.Sprintf("线路已恢复，积压 %d 条正在送达中心", o.Waiting)
	}
	return ""
}

func again(o *Outage) string {
	if o.Open {
		return ""
	}
	return "，请再断网一次"
}

// ok reports whether one restart held all it had to.
func (r *Restart) ok(need int) bool { return r.missing(need) == "" }

func (r *Restart) missing(need int) string {
	switch {
	case r.Fault != "":
		return "无法核对重启前的记录：" + r.Fault
	case r.Kept < r.Acked:
		return fmt.Sprintf("重启前已确认 %d 题，重启后只有 %d 题，丢失 %d 题；本机不得用于考试，请联系技术支持", r.Acked, r.Kept, r.Acked-r.Kept)
	case r.Acked == 0:
		return "重启前还没有已确认的作答，请先作答再重启"
	case r.BackMS > backMost.Milliseconds() || r.BackMS < -ahead.Milliseconds():
		return fmt.Sprintf("重启前后的剩余时间相差 %s，请联系技术支持", words(max(r.BackMS, -r.BackMS)))
	case r.Placed < r.Writing:
		return fmt.Sprintf("%d 人中有 %d 人的题目位置与重启前不同", r.Writing, r.Writing-r.Placed)
	case r.Resumed < need:
		return fmt.Sprintf("重启后已有 %d 台考试机继续，等待至 %d 台", r.Resumed, need)
	}
	return ""
}

func (d *Drill) restart() wire.RehearsalStep {
	if len(d.Restarts) == 0 {
		return step(wire.RehearseRestart, map[string]int64{}, "服务器还没有重启过", "")
	}
	shown, missing := d.Restarts[len(d.Restarts)-1], ""
	for _, r := range d.Restarts {
		if r.Kept < r.Acked { // no later restart makes up for a lost answer
			shown, missing = r, r.missing(d.Need)
		}
	}
	if missing == "" {
		if i := slices.IndexFunc(d.Restarts, func(r Restart) bool { return r.ok(d.Need) }); i >= 0 {
			shown = d.Restarts[i]
		}
		missing = shown.missing(d.Need)
	}
	how := "断电或强制结束"
	if shown.Clean {
		how = "正常停止"
	}
	figures := map[string]int64{
		"restart_ms": shown.GapMS, "heard_ms": shown.HeardMS, "acked": int64(shown.Acked), "kept": int64(shown.Kept), "resumed": int64(shown.Resumed),
		"writing": int64(shown.Writing), "same_item": int64(shown.Placed), "back_ms": shown.BackMS, "clean": number(shown.Clean), "restarts": int64(len(d.Restarts)),
	}
	return step(wire.RehearseRestart, figures, missing, fmt.Sprintf(
		"%s，停机 %s；重启前已确认 %d 题全部还在，%d 台考试机未重新登录即从原题继续，剩余时间相差 %s（停机不计时）",
		how, words(shown.GapMS), shown.Acked, shown.Resumed, words(max(shown.BackMS, -shown.BackMS))))
}

func (d *Drill) swap() wire.RehearsalStep {
	w := d.Swap
	if w == nil {
		return step(wire.RehearseSwap, map[string]int64{}, "还没有换过考试机，或考生还没有在新考试机上登录", "")
	}
	figures := map[string]int64{"swap_ms": w.MS, "fenced": number(w.Fenced), "late_refused": int64(w.Late), "kept": int64(w.Kept), "fence": int64(w.Fence)} //nolint:gosec // a fence counts logins
	missing := ""
	switch {
	case !w.Fenced:
		missing = "旧考试机的登录仍能写入，请联系技术支持：" + w.Refused
	case !w.Went:
		missing = fmt.Sprintf("已换到座位 %s，请在新考试机上再答一题", w.To)
	}
	return step(wire.RehearseSwap, figures, missing, fmt.Sprintf("座位 %s 换到 %s，用时 %s，带来作答 %d 题并继续作答；旧机以原登录写入被拒绝（另有迟到写入 %d 次，均拒绝）",
		w.From, w.To, words(w.MS), w.Kept, w.Late))
}

func (d *Drill) close() wire.RehearsalStep {
	s := d.Sum
	if s == nil {
		return step(wire.RehearseClose, map[string]int64{}, "还没有交卷核对", "")
	}
	figures := map[string]int64{
		"attempts": int64(s.Attempts), "handed": int64(s.Handed), "journal": int64(s.Journal), "store": int64(s.Store),
		"acked": int64(s.Acked), "kept": int64(s.Kept), "differ": int64(len(s.Differ)),
	}
	missing := ""
	switch {
	case s.Attempts == 0:
		missing = "没有人开始作答"
	case s.Handed < s.Attempts:
		missing = fmt.Sprintf("%d 份答卷中只交了 %d 份", s.Attempts, s.Handed)
	case s.Journal != s.Store:
		missing = fmt.Sprintf("日志中有作答记录 %d 条，答卷中为 %d 条，不一致", s.Journal, s.Store)
	case s.Kept < s.Acked:
		missing = fmt.Sprintf("已确认 %d 题，交卷后只有 %d 题", s.Acked, s.Kept)
	case len(s.Differ) > 0:
		missing = "按日志重算的答卷摘要与交卷时不同：座位 " + strings.Join(s.Differ, "、")
	}
	return step(wire.RehearseClose, figures, missing, fmt.Sprintf("%d 份答卷全部交卷；作答记录 %d 条，日志与答卷一致；已确认 %d 题全部在内，按日志重算的摘要全部相同", s.Handed, s.Journal, s.Acked))
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// words says milliseconds the way people do.
func words(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f 秒", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%d 秒", int(d.Seconds()))
	}
	return fmt.Sprintf("%d 分 %d 秒", int(d.Minutes()), int(d.Seconds())%60)
}
