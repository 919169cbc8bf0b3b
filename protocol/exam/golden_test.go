package exam_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/exam"
)

// Golden vectors are only ever added to: -golden writes the files that are
// missing and never touches one that is there.
var golden = flag.Bool("golden", false, "write golden files that do not exist yet")

const goldenDir = "../testdata/exam"

type goldenPaper struct {
	Note      string     `json:"note"`
	Rule      exam.Rule  `json:"rule"`
	Secret    string     `json:"secret"` // hex
	Sitting   string     `json:"sitting"`
	Candidate string     `json:"candidate"`
	Recent    []string   `json:"recent,omitempty"`
	Seed      string     `json:"seed"` // hex
	Paper     exam.Paper `json:"paper"`
	Digest    string     `json:"digest"`

	Responses []exam.Response `json:"responses"`
	Result    exam.Result     `json:"result"`
	Answers   string          `json:"answers"` // AnswersDigest
}

func TestGoldenPapers(t *testing.T) {
	t.Parallel()
	var r exam.Range
	read(t, "range-1.json", &r, func() any { return bank(fullBank) })
	x := index(t, r)
	var vectors []goldenPaper
	read(t, "papers-1.json", &vectors, func() any { return makeGolden(t, x) })
	require.GreaterOrEqual(t, len(vectors), 5)
	for _, v := range vectors {
		got := computed(t, x, v)
		require.Equal(t, v, got, v.Note)
	}
	require.NotEqual(t, vectors[0].Digest, vectors[1].Digest)
}

// computed is v with everything that follows from its inputs worked out anew.
func computed(t *testing.T, x *exam.Index, v goldenPaper) goldenPaper {
	secret, err := hex.DecodeString(v.Secret)
	require.NoError(t, err)
	s := exam.SeedFor(secret, v.Sitting, v.Candidate)
	v.Seed = hex.EncodeToString(s[:])
	v.Paper, err = exam.Generate(v.Rule, x, s, v.Recent...)
	require.NoError(t, err)
	v.Digest = v.Paper.Digest().String()
	v.Result, err = exam.Score(&v.Paper, x, v.Responses)
	require.NoError(t, err)
	v.Answers = exam.AnswersDigest(v.Responses).String()
	return v
}

func makeGolden(t *testing.T, x *exam.Index) []goldenPaper {
	plain := fullRule()
	plain.Shuffle, plain.ShuffleOpts, plain.MultiPartial = false, false, false
	tight := fullRule()
	tight.Sections[1].Difficulty = []exam.Share{{Level: 4, Percent: 60}, {Level: 5, Percent: 40}}
	tight.Sections[1].Chapters = []exam.Quota{{Chapter: chapters[0], Min: 20}, {Chapter: chapters[1], Max: 3}}
	twice := fullRule()
	twice.Sections = append(twice.Sections, twice.Sections[1])
	var recent []string
	for i := range 60 {
		recent = append(recent, question(exam.TF, i).ID)
	}
	vectors := []goldenPaper{
		{Note: "the bus paper", Rule: fullRule(), Candidate: "c-0001"},
		{Note: "another candidate", Rule: fullRule(), Candidate: "c-0002"},
		{Note: "nothing shuffled, no half marks", Rule: plain, Candidate: "c-0001"},
		{Note: "relaxed chapters", Rule: tight, Candidate: "c-0001"},
		{Note: "recent questions avoided, some come back", Rule: fullRule(), Candidate: "c-0001", Recent: recent},
		{Note: "two sections of one type", Rule: twice, Candidate: "李雷"},
	}
	for i := range vectors {
		v := &vectors[i]
		v.Secret, v.Sitting = hex.EncodeToString([]byte("0123456789abcdef0123456789abcdef")), "sitting-2026-11"
		first := computed(t, x, *v)
		// Every third right, every third wrong or partly right, every third left out.
		for n, r := range perfect(x, first.Paper) {
			switch n % 3 {
			case 0:
				v.Responses = append(v.Responses, r)
			case 1:
				r.Choice = slices.Clone(r.Choice[:1])
				if r.Choice[0] == "T" {
					r.Choice[0] = "F"
				}
				v.Responses = append(v.Responses, r)
			}
		}
		*v = computed(t, x, *v)
	}
	return vectors
}

func read(t *testing.T, name string, into any, create func() any) {
	path := filepath.Join(goldenDir, name)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && *golden {
		raw, err = json.MarshalIndent(create(), "", " ")
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(goldenDir, 0o755))
		require.NoError(t, os.WriteFile(path, append(raw, '\n'), 0o644))
	}
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, into))
}
