// Package enforcement takes in revocations from the enforcement system as they
// are decided (M50), and what happens to them afterwards (M52): controlled fields
// only, signed, once each, in any order. The README is the agreement. What a
// revocation does is package sanction's.
package enforcement

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"huyun.internal/cloud/external"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Where and as whom the enforcement system sends.
const (
	Path   = "/partner/v1/enforcement/"
	Sender = "enforcement-sh"
	Perm   = "external.enforcement.push"
)

type message struct {
	MessageNo     string   `json:"messageNo"`
	Kind          string   `json:"kind"`
	Step          int      `json:"step"`
	PenaltyNo     string   `json:"penaltyNo"`
	CertType      string   `json:"certType"`
	CertNo        string   `json:"certNo"`
	Categories    []string `json:"categories"`
	DecisionDate  string   `json:"decisionDate"`
	EffectiveDate string   `json:"effectiveDate"`
	Org           string   `json:"org"`
	Reason        string   `json:"reason"`
	Cause         string   `json:"cause"`
	LockScope     string   `json:"lockScope"`
	LiftReason    string   `json:"liftReason"`
	LiftDocNo     string   `json:"liftDocNo"`
}

// Inbound receives messages.
type Inbound struct {
	Keys  external.Opener
	Locks *sanction.Service
	Log   *slog.Logger
}

// Register adds the operation to the partner interface.
func (in *Inbound) Register(w *web.Web) {
	external.Receive(w, web.Op{ID: Perm, Method: http.MethodPost, Path: Path + "decisions", Summary: "接收吊销决定"}, in.Log, in.take)
}

func (in *Inbound) take(ctx context.Context, sender string, m message) (sanction.Told, error) {
	n := sanction.Notice{
		Message: m.MessageNo, Kind: m.Kind, Step: m.Step, DecisionNo: strings.TrimSpace(m.PenaltyNo), LiftReason: m.LiftReason, LiftDocNo: m.LiftDocNo,
	}
	wrong := in.always(&m)
	switch m.Kind {
	case sanction.SaysRevoke:
		var bad []string
		n.CertNo, bad = in.decision(&m)
		wrong = append(wrong, bad...)
		n.CertType, n.DecisionDate, n.EffectiveDate, n.Org, n.Reason = m.CertType, m.DecisionDate, m.EffectiveDate, m.Org, m.Reason
		n.Cause, n.Scope, n.Categories = m.Cause, m.LockScope, m.Categories
	case sanction.SaysLift:
		if !known(sanction.LiftReasons(), m.LiftReason) || strings.TrimSpace(m.LiftDocNo) == "" {
			wrong = append(wrong, "liftReason、liftDocNo：解除须有约定的事由和文书号")
		}
	case sanction.SaysSuspend, sanction.SaysResume:
		if strings.TrimSpace(m.LiftDocNo) == "" {
			wrong = append(wrong, "liftDocNo：停止或恢复执行须有文书号")
		}
	default:
		wrong = append(wrong, "kind：应为 REVOKE、SUSPEND、RESUME 或 LIFT")
	}
	if len(wrong) > 0 {
		return sanction.Told{}, fault.Newf(fault.Invalid, "external.enforcement.fields", "未接收，有 %d 处错误：%s", len(wrong), strings.Join(wrong, "；"))
	}
	return in.Locks.Hear(ctx, sender, &n)
}

func (in *Inbound) always(m *message) []string {
	var bad []string
	if !line(m.MessageNo, 60, true) || !line(m.PenaltyNo, 100, true) {
		bad = append(bad, "messageNo、penaltyNo：应为一行文字，不能为空")
	}
	if m.Step < 1 {
		bad = append(bad, "step：应是同一决定内从 1 起递增的整数")
	}
	if !line(m.Org, 100, false) || !line(m.Reason, 500, false) || !line(m.LiftDocNo, 100, false) {
		bad = append(bad, "org、reason、liftDocNo：应为不超长的一行文字")
	}
	if _, err := person.CheckText(struct{ A, B, C, D, E string }{m.Org, m.Reason, m.PenaltyNo, m.LiftDocNo, m.MessageNo}); fault.Is(err, "request.text.id") {
		bad = append(bad, "文字字段中不能出现身份证号码")
	}
	return bad
}

// decision reads what only a revocation has.
func (in *Inbound) decision(m *message) (number string, bad []string) {
	number, err := external.Number(in.Keys, m.CertNo)
	switch {
	case err != nil:
		bad = append(bad, "certNo："+fault.From(err).Text)
	case !line(number, 40, true):
		bad = append(bad, "certNo：证件号无效")
	case m.CertType == "RE-071":
		if _, err := person.ParseID(number); err != nil {
			bad = append(bad, "certNo：道路运输从业资格证号应是有效的身份证号码")
		}
	}
	if !known(sanction.CertTypes(), m.CertType) {
		bad = append(bad, "certType：没有约定这种证件类别")
	}
	decided, err := clock.ParseDate(m.DecisionDate)
	from, err2 := clock.ParseDate(m.EffectiveDate)
	if err != nil || err2 != nil || from.Before(decided) {
		bad = append(bad, "decisionDate、effectiveDate：应为 年-月-日，生效日不早于决定日")
	}
	if !one(m.Cause, "REVOKED", "FRAUD", "FALSE_APPLICATION") {
		bad = append(bad, "cause：应为 REVOKED、FRAUD 或 FALSE_APPLICATION")
	}
	if !one(m.LockScope, sanction.ScopeCert, sanction.ScopeCategory, sanction.ScopeFamily) || m.LockScope == sanction.ScopeCategory && len(m.Categories) == 0 {
		bad = append(bad, "lockScope：应为 CERT、CATEGORY 或 PERSON_FAMILY；CATEGORY 须列出 categories")
	}
	if strings.TrimSpace(m.Org) == "" || strings.TrimSpace(m.Reason) == "" {
		bad = append(bad, "org、reason：不能为空")
	}
	return number, append(bad, categories(m.Categories)...)
}

func categories(list []string) []string {
	if len(list) > 20 {
		return []string{"categories：最多 20 个"}
	}
	for i, c := range list {
		if len(c) != 5 || strings.Trim(c, "0123456789") != "" {
			return []string{fmt.Sprintf("categories[%d]：应为五位从业资格类别代码", i)}
		}
	}
	return nil
}

func line(s string, most int, must bool) bool {
	return len([]rune(s)) <= most && (s == "" && !must || s != "" && person.Line(s) && strings.TrimSpace(s) != "")
}

func one(s string, of ...string) bool {
	for _, o := range of {
		if s == o {
			return true
		}
	}
	return false
}

func known(words []sanction.Word, code string) bool {
	for _, w := range words {
		if w.Code == code {
			return true
		}
	}
	return false
}
