package bank

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/exam"
)

// Similar says that a row asks nearly what another row or a question of the bank
// asks. It stops nothing: two rules that differ by "不" read alike and are both
// good questions. A person looks; it carries no text, so that it may be listed.
type Similar struct {
	Row     int    `json:"row" doc:"工作簿行号；手工编写为 0"`
	Other   string `json:"other" doc:"题号，如 Q000120；或同一工作簿的行号，如 第 3 行"`
	Percent int    `json:"percent" doc:"相似度"`
}

const (
	// nearly is the share of common pairs of characters from which two questions
	// are told to be alike: a reworded clause of a sentence stays above it, two
	// questions about one article of a law fall below.
	nearly       = 0.75
	similarShown = 200
)

// said is a question's words as pairs of neighbouring characters.
type said struct {
	name  string
	row   int // of the workbook; 0 in the bank
	pairs []string
}

func pairsOf(q *exam.Question) []string {
	seen := map[string]bool{}
	runes := []rune(words(q))
	for i := range max(len(runes)-1, 0) {
		seen[string(runes[i:i+2])] = true
	}
	out := make([]string, 0, len(seen))
	for p := range seen {
		out = append(out, p)
	}
	return out
}

// words are what Fingerprint compares, as one text.
func words(q *exam.Question) string {
	var b strings.Builder
	b.WriteString(normalise(q.Stem))
	for _, o := range q.Options {
		b.WriteString(normalise(o.Text))
	}
	for i := range q.Sub {
		b.WriteString(words(&q.Sub[i]))
	}
	return b.String()
}

// alike finds, for every new text, the most similar of all texts before it and
// of the bank. Comparing all with all would cost minutes; two texts that are
// nearly alike must share one of the rarest pairs of each, and few do.
func alike(fresh, bank []said) []Similar {
	often := map[string]int{}
	for _, list := range [][]said{fresh, bank} {
		for _, s := range list {
			for _, p := range s.pairs {
				often[p]++
			}
		}
	}
	rare := func(s said) []string {
		slices.SortFunc(s.pairs, func(a, b string) int { return cmp.Or(often[a]-often[b], cmp.Compare(a, b)) })
		return s.pairs[:len(s.pairs)-int(math.Ceil(nearly*float64(len(s.pairs))))+min(1, len(s.pairs))]
	}
	index, all := map[string][]int{}, slices.Clone(bank)
	for i, s := range all {
		for _, p := range rare(s) {
			index[p] = append(index[p], i)
		}
	}
	out := []Similar{}
	for _, s := range fresh {
		own, best := rare(s), Similar{Row: s.row}
		sorted := slices.Sorted(slices.Values(s.pairs))
		looked := map[int]bool{}
		for _, p := range own {
			for _, i := range index[p] {
				if looked[i] {
					continue
				}
				looked[i] = true
				if like := common(sorted, all[i].pairs); like >= nearly && int(100*like) > best.Percent {
					best.Other, best.Percent = all[i].name, int(100*like)
				}
			}
			index[p] = append(index[p], len(all))
		}
		all = append(all, s)
		if best.Percent > 0 && len(out) < similarShown {
			out = append(out, best)
		}
	}
	return out
}

// common is the share of pairs that two texts have in common (Jaccard).
func common(sorted, other []string) float64 {
	both := 0
	for _, p := range other {
		if _, ok := slices.BinarySearch(sorted, p); ok {
			both++
		}
	}
	return float64(both) / float64(max(1, len(sorted)+len(other)-both))
}

// similar compares new questions with each other and with what the bank has in
// use or waiting, except the version that a new one replaces.
func (s *Service) similar(ctx context.Context, q db.Q, fresh []said, except int64) ([]Similar, error) {
	sealed, err := db.Rows(ctx, q, pgx.RowToStructByPos[sealedQuestion], waitingSQL, except)
	if err != nil {
		return nil, err
	}
	bank := make([]said, len(sealed))
	for i, c := range sealed {
		opened, err := s.openQuestion(c.ID, c.Content)
		if err != nil {
			return nil, err
		}
		bank[i] = said{name: "Q" + strings.Repeat("0", max(0, 6-len(c.Number))) + c.Number, pairs: pairsOf(&opened)}
	}
	return alike(fresh, bank), nil
}
