package store_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
)

// filled makes a closed store with n values and records, and the model of it.
func filled(t testing.TB, n int) (string, map[string]string) {
	dir := create(t)
	s := open(t, dir)
	model := fill(t, s, 0, n)
	require.NoError(t, s.Close())
	return dir, model
}

func fill(t testing.TB, s *store.Store, from, n int) map[string]string {
	model := map[string]string{}
	for i := from; i < from+n; i++ {
		key, val := fmt.Sprintf("k%06d", i), fmt.Sprintf("value of %d, and some more to fill the page %d", i, i*i)
		model[key] = val
		require.NoError(t, s.Update(t.Context(), func(tx *store.Tx) error {
			tx.Put("b", key, []byte(val))
			_, err := tx.Append(journal.LaneExam, "k", key, val)
			return err
		}))
	}
	return model
}

// holds checks that everything of the model, and nothing else, is served.
func holds(t testing.TB, s *store.Store, model map[string]string) {
	t.Helper()
	got := map[string]string{}
	require.NoError(t, s.View(func(r store.Reader) error {
		return r.Scan("b", "", func(k string, v []byte) error { got[k] = string(v); return nil })
	}))
	require.Equal(t, model, got)
	head, err := s.Journal(journal.LaneExam).Head()
	require.NoError(t, err)
	recs, err := s.Journal(journal.LaneExam).Read(1, 1<<20, 1<<30)
	require.NoError(t, err)
	require.Len(t, recs, int(head.Seq))
	require.NoError(t, journal.Verify(journal.Position{}, recs))
}

func file(dir string) string { return filepath.Join(dir, "store.db") }

func cp(t testing.TB, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	require.NoError(t, err)
	defer in.Close()
	out, err := os.Create(to)
	require.NoError(t, err)
	_, err = io.Copy(out, in)
	require.NoError(t, err)
	require.NoError(t, out.Close())
}

func segment(dir string, n int) string {
	return filepath.Join(dir, "segments", fmt.Sprintf("%08d.seg", n))
}

// Complaint 5 (answers gone after a power cut): what a cut did to the files, as far
// as lost sectors, is named and put right from what is left.
//
// What lies on the disk is damaged; opening must name it, fsck must say the
// same and change nothing, and restoring must bring everything back.
func TestDamageIsNamedAndRestored(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		damage func(t *testing.T, dir string)
		code   string
	}{
		"file deleted":        {func(t *testing.T, dir string) { require.NoError(t, os.Remove(file(dir))) }, "store.lost"},
		"file empty":          {func(t *testing.T, dir string) { require.NoError(t, os.Truncate(file(dir), 0)) }, "store.empty"},
		"file cut to half":    {cut(50 << 10), "store.truncated"},
		"file cut to a page":  {cut(4096), "store.truncated"},
		"file cut to 100 B":   {cut(100), "store.truncated"},
		"both meta pages":     {zero(0, 8192), "store.corrupt"},
		"page zeroed":         {zeroPages, "store.corrupt"},
		"file of another":     {foreignFile, "store.foreign"},
		"file rolled back":    {nil, "store.rolledback"},
		"fresh bbolt instead": {freshBolt, "store.empty"},
		"marker deleted":      {func(t *testing.T, dir string) { require.NoError(t, os.Remove(filepath.Join(dir, "identity.json"))) }, "store.identity"},
		"marker damaged":      {flip("identity.json", 30), "store.identity"},
		"segment deleted":     {func(t *testing.T, dir string) { require.NoError(t, os.Remove(segment(dir, 1))) }, "store.segment"},
		"segment cut": {func(t *testing.T, dir string) {
			st, err := os.Stat(segment(dir, 1))
			require.NoError(t, err)
			require.NoError(t, os.Truncate(segment(dir, 1), st.Size()*9/10))
		}, "store.segment"},
		"segment flipped at its head": {flip("segments/00000001.seg", 20), "store.segment"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := create(t)
			s := open(t, dir)
			model := fill(t, s, 0, 100)
			require.NoError(t, s.Close())
			old := filepath.Join(t.TempDir(), "old.db")
			cp(t, file(dir), old)
			s = open(t, dir)
			for k, v := range fill(t, s, 100, 50) {
				model[k] = v
			}
			require.NoError(t, s.Close())
			if c.damage == nil {
				cp(t, old, file(dir))
			} else {
				c.damage(t, dir)
			}
			_, err := store.Open(dir, store.Options{Node: node, Ballast: -1})
			require.True(t, fault.Is(err, c.code), "%v", err)
			require.NotEmpty(t, fault.From(err).Text)
			rep, err := store.Fsck(dir)
			require.NoError(t, err)
			require.False(t, rep.OK())
			require.NotNil(t, rep.Opens)
			require.Equal(t, c.code, rep.Opens.Code)
			require.True(t, fault.Is(store.Create(dir, store.Identity{Node: node}), "store.exists"), "never a fresh start")

			rep, err = store.Restore(dir, store.RestoreOptions{})
			require.NoError(t, err)
			require.Nil(t, rep.Opens, "%+v", rep)
			s = open(t, dir)
			holds(t, s, model)
			for k, v := range fill(t, s, 150, 10) {
				model[k] = v
			}
			require.NoError(t, s.Close())
			again := open(t, dir)
			holds(t, again, model)
		})
	}
}

// cut leaves size bytes; bbolt grows its file in steps of 16 MiB, of which
// these stores use some 100 KiB.
func cut(size int64) func(*testing.T, string) {
	return func(t *testing.T, dir string) { require.NoError(t, os.Truncate(file(dir), size)) }
}

func zero(at, n int64) func(*testing.T, string) {
	return func(t *testing.T, dir string) { patch(t, file(dir), at, make([]byte, n)) }
}

// zeroPages wipes every page but the meta pages, so one in use is certainly hit.
func zeroPages(t *testing.T, dir string) {
	st, err := os.Stat(file(dir))
	require.NoError(t, err)
	patch(t, file(dir), 8192, make([]byte, st.Size()-8192))
}

func patch(t *testing.T, path string, at int64, b []byte) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	_, err = f.WriteAt(b, at)
	require.NoError(t, err)
}

func flip(name string, at int64) func(*testing.T, string) {
	return func(t *testing.T, dir string) { flipBit(t, filepath.Join(dir, name), at, 0) }
}

func flipBit(t *testing.T, path string, at int64, bit uint) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	var b [1]byte
	_, err = f.ReadAt(b[:], at)
	require.NoError(t, err)
	b[0] ^= 1 << bit
	_, err = f.WriteAt(b[:], at)
	require.NoError(t, err)
}

func foreignFile(t *testing.T, dir string) {
	other, _ := filled(t, 20)
	cp(t, file(other), file(dir))
}

func freshBolt(t *testing.T, dir string) {
	empty := t.TempDir()
	require.NoError(t, store.MakeEmptyBolt(filepath.Join(empty, "x.db")))
	cp(t, filepath.Join(empty, "x.db"), file(dir))
}

// A bit flipped anywhere in bbolt's file is either found before serving, or on
// reading, or lay where nothing is; a wrong value never comes out.
func TestABitFlippedAnywhere(t *testing.T) {
	t.Parallel()
	dir, model := filled(t, 300)
	used, err := store.UsedBytes(file(dir))
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 2))
	rounds := 200
	if testing.Short() {
		rounds = 40
	}
	shm := memory(t)
	found := 0
	for range rounds {
		damaged, err := os.MkdirTemp(shm, "d")
		require.NoError(t, err)
		require.NoError(t, os.CopyFS(damaged, os.DirFS(dir)))
		at, bit := rng.Int64N(used), uint(rng.IntN(8))
		flipBit(t, file(damaged), at, bit)
		s, err := store.Open(damaged, store.Options{Node: node, Ballast: -1})
		if err != nil {
			found++
			rep, err := store.Restore(damaged, store.RestoreOptions{})
			require.NoError(t, err, "offset %d bit %d", at, bit)
			require.Nil(t, rep.Opens)
			s, err = store.Open(damaged, store.Options{Node: node, Ballast: -1})
			require.NoError(t, err)
		}
		holds(t, s, model)
		require.NoError(t, s.Close())
		require.NoError(t, os.RemoveAll(damaged))
	}
	require.Greater(t, found, rounds/4, "much of the file is in use")
}

// The same for segments: what matters is that damage before the marker never
// hurts a sound file, and that restoring from damaged segments is honest.
func TestSegmentsDamagedBeforeARestore(t *testing.T) {
	t.Parallel()
	dir, model := filled(t, 200)
	require.NoError(t, os.Truncate(file(dir), 0))
	st, err := os.Stat(segment(dir, 1))
	require.NoError(t, err)
	flipBit(t, segment(dir, 1), st.Size()/2, 3)
	rep, err := store.Restore(dir, store.RestoreOptions{})
	require.True(t, fault.Is(err, "store.restore.incomplete"), "%v", err)
	require.NotEmpty(t, rep.Findings)
	_, err = store.Open(dir, store.Options{Node: node})
	require.True(t, fault.Is(err, "store.empty"), "nothing was changed: %v", err)

	rep, err = store.Restore(dir, store.RestoreOptions{AllowLoss: true})
	require.NoError(t, err)
	require.Nil(t, rep.Opens, "%+v", rep)
	require.NotEmpty(t, rep.Kept)
	s := open(t, dir)
	head, err := s.Journal(journal.LaneExam).Head()
	require.NoError(t, err)
	require.Greater(t, head.Seq, uint64(20))
	require.Less(t, head.Seq, uint64(200))
	for k := range model {
		if k >= fmt.Sprintf("k%06d", head.Seq) {
			delete(model, k)
		}
	}
	holds(t, s, model)
}

func TestAnOldSegmentIsTornAndLaterOnesGoOn(t *testing.T) {
	t.Parallel()
	dir := create(t)
	s, err := store.Open(dir, store.Options{Node: node, Ballast: -1, SegmentSize: 8 << 10})
	require.NoError(t, err)
	model := fill(t, s, 0, 200)
	require.NoError(t, s.Close())
	require.FileExists(t, segment(dir, 5), "it rotated")
	require.NoError(t, os.Remove(file(dir)))
	_, err = store.Restore(dir, store.RestoreOptions{})
	require.NoError(t, err)
	holds(t, open(t, dir), model)
}

// bbolt's file never has what the segments lack: they are made durable first.
// A disk that lied about that is found out, and nothing that is there is lost.
func TestTheSegmentsLackTheLastGroup(t *testing.T) {
	t.Parallel()
	dir, model := filled(t, 50)
	st, err := os.Stat(segment(dir, 1))
	require.NoError(t, err)
	require.NoError(t, os.Truncate(segment(dir, 1), st.Size()-10))
	require.NoError(t, store.Unmark(dir), "power failed, so the marker was not moved to the end")
	_, err = store.Open(dir, store.Options{Node: node, Ballast: -1})
	require.True(t, fault.Is(err, "store.segment"), "%v", err)
	_, err = store.Restore(dir, store.RestoreOptions{})
	require.NoError(t, err)
	s := open(t, dir)
	holds(t, s, model)
	for k, v := range fill(t, s, 50, 10) {
		model[k] = v
	}
	require.NoError(t, s.Close())
	require.NoError(t, os.Remove(file(dir)))
	_, err = store.Restore(dir, store.RestoreOptions{})
	require.NoError(t, err)
	holds(t, open(t, dir), model)
}

// An older copy of bbolt's file, with everything that it misses still in the
// segments behind the marker, is as good as a crash just before a checkpoint.
func TestABehindFileIsBroughtForward(t *testing.T) {
	t.Parallel()
	dir := create(t)
	s := open(t, dir)
	model := fill(t, s, 0, 100)
	require.NoError(t, s.Close())
	old := filepath.Join(t.TempDir(), "old.db")
	cp(t, file(dir), old)
	s = open(t, dir)
	for k, v := range fill(t, s, 100, 50) {
		model[k] = v
	}
	require.NoError(t, s.Close())
	cp(t, old, file(dir))
	require.NoError(t, store.Unmark(dir), "the marker stands before all of it")
	s = open(t, dir)
	holds(t, s, model)
	for k, v := range fill(t, s, 150, 10) {
		model[k] = v
	}
	require.NoError(t, s.Close())
	rep, err := store.Fsck(dir)
	require.NoError(t, err)
	require.True(t, rep.OK(), "%+v", rep)
	holds(t, open(t, dir), model)
}

func TestASoundStoreHasNothingToReport(t *testing.T) {
	t.Parallel()
	dir, _ := filled(t, 50)
	rep, err := store.Fsck(dir)
	require.NoError(t, err)
	require.True(t, rep.OK(), "%+v", rep)
	require.Equal(t, node, rep.Node)
	require.Equal(t, uint64(50), rep.Txn)
	require.Equal(t, uint64(50), rep.Reached)
	require.Equal(t, 100, rep.Values)
	_, err = store.Fsck(t.TempDir())
	require.True(t, fault.Is(err, "store.missing"))
}

func TestASecondProcessIsRefusedByName(t *testing.T) {
	t.Parallel()
	dir, _ := filled(t, 1)
	s := open(t, dir)
	_, err := store.Open(dir, store.Options{Node: node})
	require.True(t, fault.Is(err, "store.locked"), "%v", err)
	require.Contains(t, fault.From(err).Text, fmt.Sprint(os.Getpid()))
	_, err = store.Fsck(dir)
	require.True(t, fault.Is(err, "store.locked"))
	require.NoError(t, s.Close())
	_ = open(t, dir)
}

func TestAnotherNodesStoreIsRefused(t *testing.T) {
	t.Parallel()
	dir, _ := filled(t, 1)
	_, err := store.Open(dir, store.Options{Node: "venue-2"})
	require.True(t, fault.Is(err, "store.foreign"), "%v", err)
	_, err = store.Open(t.TempDir(), store.Options{Node: node})
	require.True(t, fault.Is(err, "store.missing"), "%v", err)
}
