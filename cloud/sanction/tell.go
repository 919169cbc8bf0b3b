package sanction

import (
	"context"
	"slices"
	"strings"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/exam"
)

// toldDays is how long a person goes on reading that a revocation was lifted.
const toldDays = 180

// Told is what a person reads of their own revocations and of their lifts, whatever
// they apply for (chapter 13.4). It checks no right.
func (s *Service) Told(ctx context.Context, q db.Q, blind []byte) ([]Prompt, error) {
	entries, locks, err := s.against(ctx, q, blind)
	if err != nil {
		return nil, err
	}
	out := []Prompt{}
	for i := range locks {
		if l := &locks[i]; l.Status == Locked {
			out = append(out, Prompt{Red, l.Words()})
		}
	}
	since := clock.DateOf(s.now()).Add(-toldDays)
	locks = slices.DeleteFunc(locks, func(l Lock) bool { return l.LiftAt != nil && clock.DateOf(*l.LiftAt).Before(since) })
	return append(out, notices(Facts{Entries: entries, Locks: locks, Today: s.today()})...), nil
}

var taken = map[string]string{
	"REVOKED": "已被吊销", "FRAUD": "因以欺骗、贿赂手段取得已被撤销", "FALSE_APPLICATION": "因隐瞒情况或提供虚假材料已被撤销",
}

// Words is what a person is told of a decision as it stands; empty where nothing of
// theirs is touched.
func (l *Lock) Words() string {
	what := nameOf(CertTypes(), l.CertType)
	if l.Scope == ScopeCategory {
		names := make([]string, len(l.Categories))
		for i, c := range l.Categories {
			names[i] = exam.CategoryName(c)
		}
		what += "的“" + strings.Join(names, "”“") + "”类别"
	}
	decision := l.DecisionNo + "，" + l.Org
	switch l.Status {
	case Locked:
		out := "您的" + what + taken[l.Cause] + "（" + decision + "），不得再从事相应工作；相应的注册和服务监督卡同时失效。"
		if l.BanUntil != "" {
			out += l.BanUntil + " 起可以重新申请。"
		}
		return out + "如有异议可" + remedyOfDecision + "。"
	case Suspended:
		return "对您的" + what + "的决定（" + decision + "）已停止执行，复议、诉讼期间暂不限制。" + l.Aftermath
	case Lifted:
		return "对您的" + what + "的决定（" + decision + "）已解除。" + l.Aftermath
	}
	return ""
}
