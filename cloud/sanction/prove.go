package sanction

import (
	"context"
	"strconv"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/proof"
)

const allLiftsSQL = `SELECT ` + liftColumns + ` FROM sanction_lift`

// Prove checks every row that a restriction hangs on. It checks no right.
func (s *Service) Prove(ctx context.Context, q db.Q) ([]proof.Table, error) {
	return proof.All(
		func() (proof.Table, error) {
			return proof.Of(ctx, q, "sanction_entry", listEntrySQL, func(e *Entry) (string, bool) { return e.ID, s.keys.CheckRowMAC(e.MAC, e.parts()...) })
		},
		func() (proof.Table, error) {
			return proof.Of(ctx, q, "sanction_lock", listLockSQL, func(l *Lock) (string, bool) { return l.ID, s.keys.CheckRowMAC(l.MAC, l.parts()...) })
		},
		func() (proof.Table, error) {
			return proof.Of(ctx, q, "sanction_lift", allLiftsSQL, func(l *Lift) (string, bool) { return l.ID, s.keys.CheckRowMAC(l.MAC, l.parts()...) })
		},
		func() (proof.Table, error) {
			return proof.Of(ctx, q, "sanction_rule", listRuleSQL, func(v *Version) (string, bool) {
				_, err := s.whole(*v, nil)
				return strconv.Itoa(v.Version), err == nil
			})
		},
	)
}
