package application

import (
	"context"
	"slices"
	"strings"

	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// Why an application is not accepted, as the law lets it be (chapters 3.2 and 4.2).
const (
	NotNeeded = "NOT_NEEDED" // §32 (1): no permission is needed
	Outside   = "OUTSIDE"    // §32 (2): another agency's
	Untrue    = "FALSE"      // §78
	Unmended  = "UNMENDED"   // after the one notice of §32 (4)
)

// refusals are what a notice of refusal says of each, and by which article.
var refusals = map[string][2]string{
	NotNeeded: {"申请事项依法不需要取得行政许可", "第三十二条第一款第（一）项"},
	Outside:   {"申请事项依法不属于本机关职权范围", "第三十二条第一款第（二）项"},
	Untrue:    {"隐瞒有关情况或者提供虚假材料", "第七十八条"},
	Unmended:  {"没有按照告知的要求补正全部申请材料", "第三十二条第一款第（四）项、第（五）项"},
}

// refuse wants a ground of the law, and where another agency is competent, which.
// Faults: licensing.case.refuse.ground, .competent, .unmended.
func refuse(ctx context.Context, s *Service, w *work) error {
	g, known := refusals[w.order.Ground]
	w.order.Competent = strings.TrimSpace(w.order.Competent)
	switch {
	case !known:
		return fault.New(fault.Invalid, "licensing.case.refuse.ground", "请选择不予受理的情形：依法不需要许可、不属于本机关职权、隐瞒情况或提供虚假材料，或者未按告知补正；材料不齐的，应当告知补正")
	case w.order.Ground == Outside && w.order.Competent == "":
		return fault.New(fault.Invalid, "licensing.case.refuse.competent", "不属于本机关职权的，依法须告知申请人向哪个机关申请，请填写该机关的名称")
	case w.order.Ground == Unmended && !w.Corrected:
		return fault.New(fault.Precondition, "licensing.case.refuse.unmended", "本办件还没有告知过补正，不能以未补正为由不予受理；请先一次性告知补正")
	}
	said := g[0]
	if w.order.Ground == Outside {
		said += "，应当向" + w.order.Competent + "申请"
	}
	w.order.Text = said + "：" + strings.TrimSpace(w.order.Text)
	if w.order.Ground == Untrue {
		return s.ban(ctx, w)
	}
	return nil
}

// refusedBy is the article that a refusal rests on: a service is no permission, and
// rests on its own rules.
func (w *work) refusedBy() string {
	if w.def.Route == matter.Service {
		return w.def.Main(w.Categories)
	}
	return matter.Law{Law: "行政许可法", Article: refusals[w.order.Ground][1]}.Quote()
}

// unmet wants the rules whose conditions are not met, of those that can be. Fault:
// licensing.case.deny.unmet.
func (s *Service) unmet(ctx context.Context, w *work) error {
	all, err := db.All[CheckResult](ctx, w.tx, checksSQL, w.ID)
	if err != nil {
		return err
	}
	grounds := w.grounds(w.def, standing(w.def.ChecksFor(w.Categories), all))
	for _, article := range w.order.Unmet {
		if !slices.ContainsFunc(grounds, func(g matter.Ground) bool { return g.Article == article }) {
			return fault.Newf(fault.Invalid, "licensing.case.deny.unmet", "“%s”不是本事项的依据，请从本办件列出的条款里选择", article)
		}
	}
	if len(w.order.Unmet) == 0 {
		return fault.New(fault.Invalid, "licensing.case.deny.unmet", "请选择申请不符合哪一条规定的条件；决定书须写明条款")
	}
	return nil
}

// grounds are what a case can be denied by, the failed checks' with it; a permission
// also because what was handed in is untrue.
func (c *Case) grounds(d matter.Definition, checks []CheckResult) []matter.Ground {
	var failed []string
	for _, k := range checks {
		if k.Result == Fail {
			failed = append(failed, k.Code)
		}
	}
	out := d.Grounds(c.Categories, failed)
	if d.Route == matter.Permit || d.Route == matter.Change {
		out = append(out, untruth())
	}
	return out
}
