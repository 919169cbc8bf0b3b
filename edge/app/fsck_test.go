package app_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app"
	"huyun.internal/edge/exam/vault"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// TestFsckVerifiesTheAuditChain plants every kind of fault in the store of a
// stopped venue, as a program that knows the store's format would.
func TestFsckVerifiesTheAuditChain(t *testing.T) {
	t.Parallel()
	c, _ := centre(t, nil)
	_, err := app.Enrol(t.Context(), c, "good-code")
	require.NoError(t, err)
	pass, err := os.ReadFile(filepath.Join(c.Data, "device.pass"))
	require.NoError(t, err)
	key, err := sm.LoadKey(filepath.Join(c.Data, "device.key"), strings.TrimSpace(string(pass)))
	require.NoError(t, err)
	at := func(do func(st *store.Store)) {
		st, err := store.Open(c.StoreDir(), store.Options{Node: "node-7", Ballast: -1, Reserve: 1 << 20})
		require.NoError(t, err)
		do(st)
		require.NoError(t, st.Close())
	}
	chain, err := app.FsckAudit(c)
	require.NoError(t, err, "a venue that has never run")
	require.Zero(t, chain.Entries)
	at(func(st *store.Store) {
		v, err := vault.Open(t.Context(), st, key)
		require.NoError(t, err)
		trail := audit.New(v.Key("audit", 32))
		for i := range 5 {
			require.NoError(t, st.Update(t.Context(), func(tx *store.Tx) error {
				return trail.Record(t.Context(), tx, "staff.login", strconv.Itoa(i), "")
			}))
		}
	})
	chain, err = app.FsckAudit(c)
	require.NoError(t, err)
	require.Equal(t, 5, chain.Entries)
	require.Len(t, chain.MAC, 64)

	const second, third, fifth = "0000000000000002", "0000000000000003", "0000000000000005"
	for want, plant := range map[string]func(tx *store.Tx){
		"第 2 条内容与校验码不符": func(tx *store.Tx) {
			tx.Put("audit", second, []byte(strings.Replace(string(tx.Get("audit", second)), "staff.login", "staff.leave", 1)))
		},
		"第 2 条缺少这一条":          func(tx *store.Tx) { tx.Delete("audit", second) },
		"第 5 条到第 5 条缺失，末尾被截断": func(tx *store.Tx) { tx.Delete("audit", fifth) },
		"第 2 条位置上是第 3 条": func(tx *store.Tx) {
			a, b := tx.Get("audit", second), tx.Get("audit", third)
			tx.Put("audit", second, b)
			tx.Put("audit", third, a)
		},
		"第 6 条位置上是第 5 条": func(tx *store.Tx) { tx.Put("audit", "0000000000000006", tx.Get("audit", fifth)) },
		"第 1 条之前多出":      func(tx *store.Tx) { tx.Put("audit", "0000000000000000", tx.Get("audit", fifth)) },
	} {
		keep := map[string][]byte{}
		at(func(st *store.Store) {
			require.NoError(t, st.Update(t.Context(), func(tx *store.Tx) error {
				for i := range 7 {
					k := "000000000000000" + strconv.Itoa(i)
					keep[k] = tx.Get("audit", k)
				}
				plant(tx)
				return nil
			}))
		})
		_, err = app.FsckAudit(c)
		require.True(t, fault.Is(err, "supervise.audit.broken"), "%s: %v", want, err)
		require.Contains(t, fault.From(err).Text, want)
		at(func(st *store.Store) {
			require.NoError(t, st.Update(t.Context(), func(tx *store.Tx) error {
				for k, raw := range keep {
					if raw == nil {
						tx.Delete("audit", k)
						continue
					}
					tx.Put("audit", k, raw)
				}
				return nil
			}))
		})
		_, err = app.FsckAudit(c)
		require.NoError(t, err, want)
	}
	require.NoError(t, os.Remove(filepath.Join(c.Data, "device.pass")))
	_, err = app.FsckAudit(c)
	require.True(t, fault.Is(err, "app.config"), "%v", err)
}
