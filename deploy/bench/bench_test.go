package main

import (
	"bytes"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/journal"
)

func TestOnlyAPassIsAPass(t *testing.T) {
	t.Parallel()
	for want, fill := range map[string]func(r *report){
		"bench: PASS targets=2": func(r *report) {
			r.add(result{name: "a", ratios: []float64{0.1, 0.3, 0.9}, target: target{least: 0.3}})
			r.add(result{name: "b", ratios: []float64{1.3}, target: target{most: 1.3}})
			r.add(result{name: "informs", ratios: []float64{99}})
		},
		"bench: FAIL targets=2 failed=a,b": func(r *report) {
			r.add(result{name: "a", ratios: []float64{0.29}, target: target{least: 0.3}})
			r.add(result{name: "b", ratios: []float64{1.2, 1.4}, target: target{most: 1.29}})
		},
		"bench: FAIL targets=1 failed=nan": func(r *report) {
			r.add(result{name: "nan", ratios: []float64{math.NaN()}, target: target{most: 1.3}})
		},
		"bench: FAIL targets=0 failed=x notyet=j2": func(r *report) {
			r.skip("j2", "not there")
			r.broken("x", os.ErrNotExist)
		},
		"bench: INCOMPLETE targets=1 met=1 notyet=j2": func(r *report) {
			r.add(result{name: "a", ratios: []float64{0.3}, target: target{least: 0.3}})
			r.skip("j2", "not there")
		},
		"bench: FAIL targets=2 failed=law": func(r *report) {
			r.hold("kept", true, "")
			r.hold("law", false, "")
		},
		"bench: INCOMPLETE nothing measured": func(r *report) {
			r.add(result{name: "informs", ratios: []float64{99}})
		},
	} {
		r := &report{out: new(bytes.Buffer)}
		fill(r)
		got, ok := r.verdict()
		require.Equal(t, want, got)
		require.Equal(t, strings.HasPrefix(want, "bench: PASS"), ok)
	}
}

func TestUnknownJobIsRefused(t *testing.T) {
	t.Parallel()
	_, err := choose(jobs(), "j4,j9")
	require.Error(t, err)
	chosen, err := choose(jobs(), "j4, j1")
	require.NoError(t, err)
	require.Len(t, chosen, 2)
}

func TestMedian(t *testing.T) {
	t.Parallel()
	require.Equal(t, 2.0, median([]float64{3, 1, 2}))
	require.Equal(t, 2.5, median([]float64{4, 1, 2, 3}))
	require.Zero(t, median(nil))
}

// TestYardsticksAreShort: a ratio can be improved by making the yardstick slow;
// one that fits on two screens can be read.
func TestYardsticksAreShort(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"j1_yardstick.go", "j2_yardstick.go", "j4_yardstick.go", "j7_yardstick.go", "j7.sql"} {
		src, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Less(t, bytes.Count(src, []byte("\n")), 100, name)
	}
}

// TestYardstickDrawsWhatOursDraws: the same number of questions from every
// section, chapter and level, none twice.
func TestYardstickDrawsWhatOursDraws(t *testing.T) {
	t.Parallel()
	bank := j4Bank(1000)
	x, err := exam.NewIndex(bank)
	require.NoError(t, err)
	require.Empty(t, exam.Check(j4Rule(), x))
	p, err := exam.Generate(j4Rule(), x, seedOf(1))
	require.NoError(t, err)
	tally := func(items []exam.Item) map[string]int {
		seen, m := make(map[string]bool), make(map[string]int)
		for _, it := range items {
			q, ok := x.Question(it.Question)
			require.True(t, ok)
			require.False(t, seen[it.Question])
			seen[it.Question] = true
			require.Len(t, it.Order, len(q.Options))
			m[string(q.Type)]++
			switch q.Type {
			case exam.TF:
				m["TF "+q.Chapter]++
			case exam.Single:
				m["SINGLE "+q.Chapter]++
				m["SINGLE "+string(rune('0'+q.Difficulty))]++
			case exam.Multi:
				m["MULTI "+string(rune('0'+q.Difficulty))]++
			}
		}
		return m
	}
	require.Equal(t, tally(p.Items), tally(newBare(j4Strata(&bank)).paper()))
}

// TestSaveStoresAsMuchAsTheYardstick keeps the two values the same size.
func TestSaveStoresAsMuchAsTheYardstick(t *testing.T) {
	t.Parallel()
	val, err := sameSize()
	require.NoError(t, err)
	require.InDelta(t, 320, len(val), 60)
	s, err := openOurs(t.TempDir() + "/ours")
	require.NoError(t, err)
	require.NoError(t, ourSave(s, attemptName(1), 41))
	require.NoError(t, s.Close())
	raw, err := openRaw(t.TempDir(), "raw.db")
	require.NoError(t, err)
	require.NoError(t, raw.save([]byte("k"), val))
	require.NoError(t, raw.close())
}

// TestTheBatchBuildSavesTheSame looks at what the second yardstick has stored.
func TestTheBatchBuildSavesTheSame(t *testing.T) {
	t.Parallel()
	s, err := openBatch(t.TempDir(), "batch.db")
	require.NoError(t, err)
	for range 3 {
		require.NoError(t, s.save(attemptName(1), 41))
	}
	require.NoError(t, s.db.View(func(tx *bbolt.Tx) error {
		var a saved
		var p replay
		require.NoError(t, load(tx, "answer", attemptName(1)+"/42", &a))
		require.NoError(t, load(tx, "progress", attemptName(1), &p))
		require.Equal(t, uint64(3), a.Revision)
		require.Equal(t, uint64(3), p.Counter)
		var recs []journal.Record
		err := tx.Bucket([]byte("journal")).ForEach(func(_, v []byte) error {
			r, _, err := journal.Decode(v)
			recs = append(recs, r)
			return err
		})
		require.Len(t, recs, 3)
		require.NoError(t, journal.Verify(journal.Position{}, recs))
		return err
	}))
	require.NoError(t, s.close())
}

// TestFacesAreJudgedHere: the line of `vision bench` is read, not believed.
func TestFacesAreJudgedHere(t *testing.T) {
	t.Parallel()
	line := "vision bench: PASS engine=dnn model=m ratio=0.9 spread=0.8..1.2 served_ms=20 bare_ms=18 added_ms=2 workers=2 scaling=1.9" +
		" images=10000 rss_before_kib=1000 rss_after_kib=1100 rss_slope_bytes=5"
	judge := func(line string) (string, error) {
		r := &report{out: new(bytes.Buffer)}
		err := r.faces(line, 7)
		v, _ := r.verdict()
		return v, err
	}
	got, err := judge(line)
	require.NoError(t, err)
	require.Equal(t, "bench: PASS targets=3", got)
	for change, want := range map[string]string{
		"ratio=0.84":            "bench: FAIL targets=3 failed=j5.opencv",
		"added_ms=5.1":          "bench: FAIL targets=3 failed=j5.latency",
		"rss_slope_bytes=-900":  "bench: PASS targets=3",
		"rss_after_kib=1000000": "bench: PASS targets=3", // the slope decides, not one reading
	} {
		key, _, _ := strings.Cut(change, "=")
		got, err = judge(strings.Replace(line, key+"="+word(line, key), change, 1))
		require.NoError(t, err)
		require.Equal(t, want, got, change)
	}
	got, err = judge(strings.NewReplacer("rss_slope_bytes=5", "rss_slope_bytes=900", "rss_after_kib=1100", "rss_after_kib=99999").Replace(line))
	require.NoError(t, err)
	require.Equal(t, "bench: FAIL targets=3 failed=j5.memory", got)
	_, err = judge("vision bench: PASS ratio=0.9")
	require.Error(t, err)
}
