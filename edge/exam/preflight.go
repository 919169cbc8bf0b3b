package exam

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// Waivable are the checks a proctor may let pass with a reason: a venue
// without working cameras verifies by eye, which the law wants possible anyway.
// Everything else protects answers or questions.
func Waivable() []string { return []string{"camera", "vision", "terminal", "clock"} }

// Waiver lets named checks pass.
type Waiver struct {
	Checks []string
	Reason string
}

// RunPreflight measures the venue's readiness and tells the centre. The key
// half is released only on green. It fails with exam.preflight.waiver and
// exam.preflight.state.
func (s *Service) RunPreflight(ctx context.Context, sitting string, w Waiver) (Preflight, error) {
	for _, c := range w.Checks {
		if !slices.Contains(Waivable(), c) {
			return Preflight{}, fault.Invalidf("exam.preflight.waiver", "检查项 %s 不能豁免，请排除故障后重试", c)
		}
	}
	if len(w.Checks) > 0 && strings.TrimSpace(w.Reason) == "" {
		return Preflight{}, fault.Invalidf("exam.preflight.waiver", "豁免检查项必须填写原因")
	}
	st, err := s.Sitting(sitting)
	if err != nil {
		return Preflight{}, err
	}
	if st.State == Closed || st.State == Cancelled {
		return Preflight{}, fault.Preconditionf("exam.preflight.state", "场次%s，不需要再检查", st.State.Name())
	}
	waived := map[string]string{}
	for _, c := range w.Checks {
		waived[c] = strings.TrimSpace(w.Reason)
	}
	return s.keepPreflight(ctx, sitting, s.measure(ctx, st, waived), w.Reason)
}

// measure runs the checks; one that failed passes where somebody said why.
func (s *Service) measure(ctx context.Context, st Sitting, waived map[string]string) Preflight {
	pf := Preflight{Green: true, Checks: s.probe(ctx, st)}
	for i := range pf.Checks {
		c := &pf.Checks[i]
		if why := waived[c.Code]; !c.OK && why != "" {
			c.OK, c.Waived = true, why
			c.Detail += "（已豁免：" + why + "）"
		}
		pf.Green = pf.Green && c.OK
	}
	return pf
}

// keepPreflight stores what was measured and tells the centre.
func (s *Service) keepPreflight(ctx context.Context, sitting string, pf Preflight, detail string) (Preflight, error) {
	err := s.Change(ctx, sitting, "exam.preflight.run", detail, func(tx *store.Tx, st *Sitting) error {
		pf.At = tx.Now()
		if err := s.tellPreflight(tx, *st, pf); err != nil {
			return err
		}
		st.Preflight = pf
		_, err := tx.Append(journal.LaneExam, wire.KindPreflight, sitting,
			wire.Preflight{Sitting: sitting, Green: pf.Green, Checks: pf.Checks})
		return err
	})
	return pf, err
}

// probe runs the venue's checks and this package's own.
func (s *Service) probe(ctx context.Context, st Sitting) []wire.Check {
	checks := make([]wire.Check, 0, len(s.Probes)+3)
	for _, p := range s.Probes {
		checks = append(checks, p(ctx, st))
	}
	checks = append(checks, s.packCheck(st), s.keyCheck())
	if c, ok := s.portraitCheck(ctx, st); ok {
		checks = append(checks, c)
	}
	return checks
}

func (s *Service) packCheck(st Sitting) wire.Check {
	c := wire.Check{Code: "pack", Name: "考题包"}
	switch {
	case st.Pack.Digest == "":
		c.Detail = "中心尚未下发考题包；开考申请批准后会自动下发"
	case !st.Pack.Received:
		c.Detail = "考题包尚未收完；保持网络连接，或用 U 盘导入"
		if st.Pack.Failure != "" {
			c.Detail = st.Pack.Failure
		}
	default:
		roll, err := s.roll(st)
		if err != nil {
			c.Detail = "考题包校验不通过：请重新接收"
			return c
		}
		c.OK = true
		c.Detail = fmt.Sprintf("已接收并校验，%d 名考生", len(roll.Candidates))
	}
	return c
}

// keyCheck proves that the device can still use its own key: seal a few bytes
// and open them.
func (s *Service) keyCheck() wire.Check {
	c := wire.Check{Code: "key", Name: "本机密钥"}
	if err := proveKey(s.keeper); err != nil {
		c.Detail = "本机密钥不可用，请联系中心技术人员"
		return c
	}
	c.OK, c.Detail = true, "签名与解密正常"
	return c
}
