package vault_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/exam/vault"
	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

func TestAStoreBelongsToItsDevice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, store.Create(dir, store.Identity{Node: "n"}))
	st, err := store.Open(dir, store.Options{Node: "n", Ballast: -1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	device, err := sm.Generate()
	require.NoError(t, err)
	first, err := vault.Open(t.Context(), st, device)
	require.NoError(t, err)
	sealed, err := first.Seal("picture", "a", []byte("secret"))
	require.NoError(t, err)

	again, err := vault.Open(t.Context(), st, device)
	require.NoError(t, err)
	plain, err := again.Open("picture", "a", sealed)
	require.NoError(t, err)
	require.Equal(t, "secret", string(plain))
	require.Equal(t, first.Key("audit", 32), again.Key("audit", 32))
	require.NotEqual(t, first.Key("audit", 32), first.Key("other", 32))

	for _, wrong := range [][2]string{{"picture", "b"}, {"session", "a"}} {
		_, err = first.Open(wrong[0], wrong[1], sealed)
		require.Error(t, err, "bound to purpose and owner")
	}
	sealed[len(sealed)-1] ^= 1
	_, err = first.Open("picture", "a", sealed)
	require.Error(t, err)

	other, err := sm.Generate()
	require.NoError(t, err)
	_, err = vault.Open(t.Context(), st, other)
	require.True(t, fault.Is(err, "exam.vault.key"), "%v", err)
}
