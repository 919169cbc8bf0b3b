package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/blob"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

func TestPutOpen(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	root := t.TempDir()
	s, err := blob.OpenDir(root)
	require.NoError(t, err)
	content := bytes.Repeat([]byte("题库"), 100_000)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			d, n, err := s.Put(ctx, bytes.NewReader(content))
			require.NoError(t, err)
			require.EqualValues(t, len(content), n)
			require.Equal(t, sm.Sum(content), d)
		})
	}
	wg.Wait()
	left, err := os.ReadDir(filepath.Join(root, "incoming"))
	require.NoError(t, err)
	require.Empty(t, left)

	d := sm.Sum(content)
	f, n, err := s.Open(ctx, d)
	require.NoError(t, err)
	require.EqualValues(t, len(content), n)
	_, err = f.Seek(6, io.SeekStart)
	require.NoError(t, err)
	rest, err := io.ReadAll(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Equal(t, content[6:], rest)
	ok, err := s.Has(ctx, d)
	require.NoError(t, err)
	require.True(t, ok)

	_, _, err = s.Open(ctx, sm.Sum([]byte("none")))
	require.True(t, fault.Is(err, "blob.missing"))
}

func TestDamageIsAnError(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	root := t.TempDir()
	s, err := blob.OpenDir(root)
	require.NoError(t, err)
	d, _, err := s.Put(ctx, strings.NewReader("photograph"))
	require.NoError(t, err)
	name := d.String()
	require.NoError(t, os.WriteFile(filepath.Join(root, name[:2], name[2:]), []byte("photogralh"), 0o600))
	_, _, err = s.Open(ctx, d)
	require.True(t, fault.Is(err, "blob.damaged"), err)
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("cut") }

func TestFailedPutLeavesNothing(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	s, err := blob.OpenDir(root)
	require.NoError(t, err)
	_, _, err = s.Put(context.Background(), io.MultiReader(strings.NewReader("half"), broken{}))
	require.Error(t, err)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	_, _, err = s.Put(ended, strings.NewReader("late"))
	require.ErrorIs(t, err, context.Canceled)
	var files []string
	require.NoError(t, filepath.WalkDir(root, func(p string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files = append(files, p)
		}
		return err
	}))
	require.Empty(t, files)
}
