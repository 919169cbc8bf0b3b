package online

import (
	"context"
	"strconv"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/proof"
)

const sessionsSQL = currentColumns + ` FROM online_session`

// parts are what the MAC of a session protects: whose it is, by which token, since
// when. What only ends it sooner, and when it was last seen, changes without it.
func (c *current) parts() [][]byte {
	return [][]byte{
		[]byte("online_session"), []byte(c.ID), c.Token, []byte(c.CSRF), []byte(c.Person), []byte(c.Kind), []byte(strconv.Itoa(c.Level)), c.Account,
		[]byte(keys.Stamp(c.OpenedAt)),
	}
}

func (s *Service) genuine(c *current) bool { return s.Keys.CheckRowMAC(c.MAC, c.parts()...) }

// Prove checks every session. It checks no right.
func (s *Service) Prove(ctx context.Context, q db.Q) ([]proof.Table, error) {
	return proof.All(func() (proof.Table, error) {
		return proof.Of(ctx, q, "online_session", sessionsSQL, func(c *current) (string, bool) { return c.ID, s.genuine(c) })
	})
}
