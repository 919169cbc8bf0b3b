package evidence_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/exam/vault"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/evidence"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

func pictures(t *testing.T, admit func(int64) error) (*evidence.Store, string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, store.Create(dir, store.Identity{Node: "n"}))
	st, err := store.Open(dir, store.Options{Node: "n", Ballast: -1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	device, err := sm.Generate()
	require.NoError(t, err)
	v, err := vault.Open(t.Context(), st, device)
	require.NoError(t, err)
	folder := filepath.Join(dir, "pictures")
	e, err := evidence.New(folder, v, admit)
	require.NoError(t, err)
	return e, folder
}

func TestPicturesAreSealedAndExpire(t *testing.T) {
	t.Parallel()
	e, folder := pictures(t, func(int64) error { return nil })
	picture := append([]byte("\xff\xd8\xff\xe0"), bytes.Repeat([]byte("face"), 100)...)
	digest, err := e.Put(picture)
	require.NoError(t, err)
	again, err := e.Put(picture)
	require.NoError(t, err)
	require.Equal(t, digest, again)
	require.Equal(t, 1, e.Count())
	require.Equal(t, 1, e.Kept())
	got, err := e.Get(digest)
	require.NoError(t, err)
	require.Equal(t, picture, got)

	var path string
	require.NoError(t, filepath.WalkDir(folder, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			path = p
		}
		return err
	}))
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.False(t, bytes.Contains(raw, []byte("face")), "in the clear")
	raw[len(raw)/2] ^= 1
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	_, err = e.Get(digest)
	require.Error(t, err, "a changed picture is not shown")

	n, err := e.Expire(time.Now(), time.Hour, nil)
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = e.Expire(time.Now().Add(2*time.Hour), time.Hour, map[string]bool{digest: true})
	require.NoError(t, err)
	require.Zero(t, n, "a sitting whose time is not over names it")
	n, err = e.Expire(time.Now().Add(2*time.Hour), time.Hour, nil)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Zero(t, e.Kept())
	_, err = e.Get(digest)
	require.True(t, fault.Is(err, "supervise.evidence.missing"), "%v", err)
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	low := fault.Unavailablef("store.disk.low", "磁盘空间不足")
	e, _ := pictures(t, func(int64) error { return low })
	_, err := e.Put([]byte("\xff\xd8\xff\xe0 picture"))
	require.ErrorIs(t, err, low, "pictures give way to answers")
	for want, in := range map[string][]byte{
		"supervise.evidence.size": make([]byte, evidence.MaxSize+1), "supervise.evidence.format": []byte("<svg onload=x>"),
	} {
		_, err := e.Put(in)
		require.True(t, fault.Is(err, want), "%s: %v", want, err)
	}
	for _, name := range []string{"", "../../etc/passwd", "zz", "0000"} {
		_, err := e.Get(name)
		require.True(t, fault.Is(err, "supervise.evidence.missing"), "%q", name)
	}
}
