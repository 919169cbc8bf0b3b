package seating

import (
	"cmp"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/staff"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

// overtaken refuses an act whose proctor has not seen what another did meanwhile,
// and says who did what and when.
func (s *Service) overtaken(r store.Reader, code, by string, at time.Time, what string) error {
	name, err := staff.NameOf(r, by)
	if err != nil {
		return err
	}
	return fault.Conflictf(code, "%s 已于 %s %s，您的操作没有记录；请刷新页面，看过后再决定",
		cmp.Or(name, "其他人"), at.In(clock.Shanghai()).Format("15:04:05"), what)
}

// opposed fails with code when a person has decided a stage otherwise since the
// check that the proctor saw; an empty one saw none. The same word again, as
// after a lost answer, is no conflict.
func (s *Service) opposed(r store.Reader, sitting, candidate, stage, seen, code string, pass bool) error {
	list, err := Verifications(r, sitting, candidate)
	if err != nil {
		return err
	}
	fresh := seen == ""
	var word *Verification
	for i, v := range list {
		if fresh && v.Stage == stage && v.By != machine {
			word = &list[i]
		}
		fresh = fresh || v.ID == seen
	}
	if word == nil || (word.Decision == wire.DecisionPass) == pass {
		return nil
	}
	return s.overtaken(r, code, word.By, word.At, verdictName(stage, word.Decision == wire.DecisionPass)+"（"+word.Reason+"）")
}

// verdictName is a person's word about a check as the proctors say it.
func verdictName(stage string, pass bool) string {
	switch {
	case stage == wire.StageEntry && pass:
		return "准予该考生入场"
	case stage == wire.StageEntry:
		return "决定不准该考生入场"
	case pass:
		return "判定为本人"
	}
	return "判定不是本人"
}

// secondName is staff.SecondName outside of a transaction.
func (s *Service) secondName(account string) (out string, err error) {
	err = s.Store.View(func(r store.Reader) error {
		out, err = staff.SecondName(r, account)
		return err
	})
	return out, err
}
