package seating

import (
	"context"
	"strings"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/seb"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

// sebBucket holds sitting/seat → Allowance.
const sebBucket = "seating_seb"

// Allowance is a proctor's word that a seat may do without Safe Exam Browser.
type Allowance struct {
	Seat   string    `json:"seat"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// Browser is what a request shows of Safe Exam Browser.
type Browser struct {
	Base string // scheme and host under which the venue was asked
	URL  string // the whole address of the request
	Key  string // seb.Header
	Page string // seb.PageHeader
}

// Bare reports whether a request shows nothing at all.
func (b Browser) Bare() bool { return b.Key == "" && b.Page == "" }

// SEB are the settings of a sitting for terminals that reach the venue under a
// base; the salt, and so the key, is the sitting's own and the same after a restart.
func (s *Service) SEB(sitting, base string) seb.Settings {
	return seb.For(base, s.Vault.Key("seb/"+sitting, 32))
}

// InSEB reports whether a request comes from a browser with a sitting's settings.
func (s *Service) InSEB(sitting string, b Browser) bool {
	if b.Bare() {
		return false
	}
	key := s.sebKey(sitting, b.Base)
	return b.Key != "" && seb.Matches(b.Key, b.URL, key) || b.Page != "" && seb.Matches(b.Page, seb.Page(b.Base), key)
}

// sebKey remembers keys: every request of a terminal is compared with one. Bases
// come from outside, so that only a few are kept.
func (s *Service) sebKey(sitting, base string) string {
	at := sitting + " " + base
	s.mu.Lock()
	key, ok := s.sebKeys[at]
	s.mu.Unlock()
	if ok {
		return key
	}
	key = s.SEB(sitting, base).Key()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sebKeys) > 100 {
		clear(s.sebKeys)
	}
	s.sebKeys[at] = key
	return key
}

// mayDoWithout refuses a login without Safe Exam Browser at a sitting that
// requires it, unless a proctor has allowed the seat. It fails with
// seating.login.seb.
func (s *Service) mayDoWithout(r store.Reader, st exam.Sitting, seat string, b Browser) error {
	if st.SEB != wire.SEBRequire || s.InSEB(st.Sitting, b) || r.Get(sebBucket, st.Sitting+"/"+seat) != nil {
		return nil
	}
	return fault.Preconditionf("seating.login.seb", "本场考试须在 SEB 安全浏览器中进行，本机未使用或配置不是本场的；请举手，由技术员用本场的 SEB 配置重新打开，或由监考员准许本座位")
}

// Allowances lists by seat who may do without.
func Allowances(r store.Reader, sitting string) (map[string]Allowance, error) {
	list, err := store.All[Allowance](r, sebBucket, sitting+"/")
	out := make(map[string]Allowance, len(list))
	for _, a := range list {
		out[a.Seat] = a
	}
	return out, err
}

// AllowSEB lets a seat do without Safe Exam Browser, with a reason. It fails with
// seating.seb.reason, seating.seb.unused, seating.seat.unknown and
// exam.sitting.over.
func (s *Service) AllowSEB(ctx context.Context, sitting, seat, reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return fault.Invalidf("seating.seb.reason", "请填写准许本座位不使用 SEB 的原因")
	}
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		st, err := exam.Get(tx, sitting)
		if err != nil {
			return err
		}
		if err := exam.Unclosed(tx, sitting); err != nil {
			return err
		}
		if st.SEB != wire.SEBRequire {
			return fault.Preconditionf("seating.seb.unused", "本场次没有要求必须使用 SEB，不需要准许")
		}
		if !st.Has(seat) {
			return errSeat
		}
		a := Allowance{Seat: seat, By: audit.Who(ctx), At: tx.Now(), Reason: reason}
		if err := store.Save(tx, sebBucket, sitting+"/"+seat, a); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "seating.seb.allow", sitting, seat+" "+reason)
	})
	s.Bell.Ring(bell.Board)
	return err
}
