package sitting

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/paper"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/exam/pack"
	"huyun.internal/protocol/fault"
)

// secretsTried is how many secrets are compared for the least overlap between
// neighbours: each halves what is left of the tail, and a sitting of 100 takes
// some 10 ms each.
const secretsTried = 64

// earlier is a paper that a candidate of this sitting has had.
type earlier struct {
	Candidate string `db:"candidate"`
	Sitting   string `db:"sitting"`
	Had       string `db:"had"` // the candidate's id there
}

// limitExposure fills in what the venue needs to keep the rule's exposure
// limits, and says for the receipt how far they are kept.
func (s *Service) limitExposure(ctx context.Context, tx pgx.Tx, in Sitting, limits paper.Exposure, c *pack.Content) (string, error) {
	if _, err := rand.Read(c.Secret); err != nil {
		return "", fmt.Errorf("sitting secret: %w", err)
	}
	if limits == (paper.Exposure{}) {
		return "", nil
	}
	var err error
	if c.Recent, err = s.recent(ctx, tx, in, limits.AvoidPapers); err != nil {
		return "", err
	}
	said := ""
	if limits.AvoidPapers > 0 {
		said = fmt.Sprintf("；%d 名考生避开最近 %d 份试卷的试题", len(c.Recent), limits.AvoidPapers)
	}
	if limits.OverlapCap == 0 {
		return said, nil
	}
	index, err := exam.NewIndex(c.Range)
	if err != nil {
		return "", err
	}
	plan, err := exam.Prepare(c.Rule, index)
	if err != nil {
		return "", err
	}
	worst, err := chooseSecret(plan, c, limits.OverlapCap)
	if err != nil {
		return "", err
	}
	said += fmt.Sprintf("；邻座试题最多重复 %d%%", worst)
	if worst > limits.OverlapCap {
		said += fmt.Sprintf("，超过规则的 %d%%（题库不足，已取 %d 次中最低的）", limits.OverlapCap, secretsTried)
	}
	return said, nil
}

// chooseSecret tries secrets until no two neighbours share more than cap percent
// of their questions, and keeps the best. Every paper still comes from the secret
// alone, so that venue and rescoring need to know nothing of it.
func chooseSecret(plan *exam.Plan, c *pack.Content, most int) (int, error) {
	row := slices.Clone(c.Candidates)
	slices.SortFunc(row, func(a, b pack.Candidate) int { // 2 before 10
		return cmp.Or(cmp.Compare(len(a.Seat), len(b.Seat)), cmp.Compare(a.Seat, b.Seat))
	})
	best, worst := bytes.Clone(c.Secret), 101
	for range secretsTried {
		if w := worstOverlap(plan, c, row); w < worst {
			best, worst = bytes.Clone(c.Secret), w
		}
		if worst <= most {
			break
		}
		if _, err := rand.Read(c.Secret); err != nil {
			return 0, fmt.Errorf("sitting secret: %w", err)
		}
	}
	c.Secret = best
	return worst, nil
}

func worstOverlap(plan *exam.Plan, c *pack.Content, row []pack.Candidate) int {
	worst := 0
	var last exam.Paper
	for i, p := range row {
		this := plan.Paper(exam.SeedFor(c.Secret, c.Sitting, p.ID), c.Recent[p.ID]...)
		if i > 0 {
			worst = max(worst, paper.Overlap(&last, &this))
		}
		last = this
	}
	return worst
}

// recent are the questions of the last n papers that each candidate has had of
// this category and subject, made again from what those venues were sent.
func (s *Service) recent(ctx context.Context, tx pgx.Tx, in Sitting, n int) (map[string][]string, error) {
	out := map[string][]string{}
	if n == 0 {
		return out, nil
	}
	had, err := db.Rows(ctx, tx, pgx.RowToStructByName[earlier], earlierSQL, in.ID, in.Category, in.Subject, in.StartsAt, n)
	if err != nil {
		return nil, err
	}
	papers := map[string]func(string) exam.Paper{}
	for _, h := range had {
		made, known := papers[h.Sitting]
		if !known {
			if made, err = s.papersOf(ctx, tx, h.Sitting); err != nil {
				return nil, err
			}
			papers[h.Sitting] = made
		}
		if made != nil {
			p := made(h.Had)
			out[h.Candidate] = append(out[h.Candidate], paper.Questions(&p)...)
		}
	}
	for id := range out {
		slices.Sort(out[id])
		out[id] = slices.Compact(out[id])
	}
	return out, nil
}

// papersOf makes the papers of an earlier sitting again; nil when nothing was
// ever sent there.
func (s *Service) papersOf(ctx context.Context, tx pgx.Tx, sitting string) (func(candidate string) exam.Paper, error) {
	sent, err := s.SentTo(ctx, tx, sitting)
	if fault.Is(err, "exam.sitting.package.none") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	index, err := exam.NewIndex(sent.Range)
	if err != nil {
		return nil, err
	}
	plan, err := exam.Prepare(sent.Rule, index)
	if err != nil {
		return nil, err
	}
	return func(candidate string) exam.Paper { return sent.Paper(plan, sitting, candidate) }, nil
}

// Paper is the paper of a candidate, as the venue makes it.
func (s *Sent) Paper(plan *exam.Plan, sitting, candidate string) exam.Paper {
	return plan.Paper(exam.SeedFor(s.Secret, sitting, candidate), s.Recent[candidate]...)
}
