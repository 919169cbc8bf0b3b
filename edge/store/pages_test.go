package store_test

import (
	"encoding/binary"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/store"
)

// What bbolt's own check believes and follows (a size beyond the file, a page
// that is its own child) would end the process; here it is a finding, and the
// store can be restored.
func TestDamagedSizesAndPageNumbers(t *testing.T) {
	t.Parallel()
	dir, model := filled(t, 300)
	used, err := store.UsedBytes(file(dir))
	require.NoError(t, err)
	size := int64(os.Getpagesize())
	for name, c := range map[string]struct {
		kind   uint16
		damage func(page []byte, id uint64)
	}{
		"a key's size":   {2, func(p []byte, _ uint64) { binary.LittleEndian.PutUint32(p[24:], 0x54e2ff04) }},
		"a value's size": {2, func(p []byte, _ uint64) { binary.LittleEndian.PutUint32(p[28:], 0x54e2ff04) }},
		"a branch's key": {1, func(p []byte, _ uint64) { binary.LittleEndian.PutUint32(p[20:], 0x54e2ff04) }},
		"its own child":  {1, func(p []byte, id uint64) { binary.LittleEndian.PutUint64(p[24:], id) }},
		"another's name": {1, func(p []byte, id uint64) { binary.LittleEndian.PutUint64(p, id+1) }},
		"far too full":   {2, func(p []byte, _ uint64) { binary.LittleEndian.PutUint16(p[10:], 0xffff) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := false
			for at := 2 * size; at < used && !found; at += size {
				damaged := t.TempDir()
				require.NoError(t, os.CopyFS(damaged, os.DirFS(dir)))
				if !damagePage(t, file(damaged), at, c.kind, c.damage) {
					continue
				}
				rep, err := store.Fsck(damaged)
				require.NoError(t, err)
				if rep.OK() {
					continue // nothing leads to this page
				}
				found = true
				_, err = store.Restore(damaged, store.RestoreOptions{})
				require.NoError(t, err)
				s := open(t, damaged)
				holds(t, s, model)
				require.NoError(t, s.Close())
			}
			require.True(t, found)
		})
	}
}

// damagePage changes the page at an offset when it is of a kind.
func damagePage(t *testing.T, path string, at int64, kind uint16, damage func([]byte, uint64)) bool {
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	page := raw[at : at+int64(os.Getpagesize())]
	if binary.LittleEndian.Uint16(page[8:]) != kind {
		return false
	}
	damage(page, uint64(at)/uint64(os.Getpagesize()))
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	return true
}
