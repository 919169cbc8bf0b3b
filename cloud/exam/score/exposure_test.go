package score_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/paper"
	"huyun.internal/cloud/exam/score"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/protocol/exam"
)

// worstNeighbours is the most that two papers at neighbouring seats share.
func worstNeighbours(papers []exam.Paper, seats []string) int {
	order := []int{0, 1, 2}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(seats[a], seats[b]) })
	return max(paper.Overlap(&papers[order[0]], &papers[order[1]]), paper.Overlap(&papers[order[1]], &papers[order[2]]))
}

// hold holds one whole sitting of the same three people and returns their papers
// and seats.
func hold(t *testing.T, s *examtest.Story, scores *score.Service, renewed string) (sitting.Sitting, []exam.Paper, []string) {
	t.Helper()
	s.People, s.Renewed = 0, renewed // the same three again
	in, m := s.Released(t, 3)
	h := s.Open(t, in.ID, m)
	var papers []exam.Paper
	var seats []string
	for i, c := range h.Roster.Candidates {
		papers = append(papers, h.Plan.Paper(exam.SeedFor(h.Paper.Secret, in.ID, c.ID), h.Paper.Recent[c.ID]...))
		seats = append(seats, c.Seat)
		s.Sit(t, h, i, 5)
	}
	s.Close(t, h)
	got, err := scores.Run(s.As("first"), in.ID)
	require.NoError(t, err)
	require.Zero(t, got.Round.Differences, "the centre makes the same papers: %+v", got.Round.Comparison)
	_, err = scores.Confirm(s.As("first"), in.ID, "")
	require.NoError(t, err)
	_, err = scores.Publish(s.As("second"), in.ID)
	require.NoError(t, err)
	s.Clock.Advance(4 * 24 * time.Hour)
	return in, papers, seats
}

// A candidate who sits again does not meet the questions of the last two papers
// while the bank has others, a paper says when it had to bring some back, and
// neighbours share no more than the rule allows.
func TestExposureIsLimited(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	rules := conduct.New(s.DB, s.Keys, s.Audit, s.Clock, s.Sittings)
	scores := score.New(s.DB, s.Keys, s.Audit, s.Clock, s.Sittings, rules, credit.New(s.DB, s.Keys, s.Audit, s.Clock, s.Sittings, rules))
	s.Staff("first", score.PermRun, score.PermConfirm)
	s.Staff("second", score.PermPublish)
	rule := examtest.Rule()
	rule.Name = "限制曝光"
	saved, err := s.Papers.Create(s.As("boss"), rule, paper.Exposure{AvoidPapers: 2, OverlapCap: 35})
	require.NoError(t, err)
	require.Equal(t, paper.Exposure{AvoidPapers: 2, OverlapCap: 35}, saved.Rule.Exposure)
	s.Rule = saved.Rule

	var all [][]exam.Paper
	for round := range 3 {
		in, papers, seats := hold(t, s, scores, map[int]string{2: "是"}[round]) // exam, make-up, and registered anew
		all = append(all, papers)
		worst := worstNeighbours(papers, seats)
		if round == 0 {
			require.LessOrEqual(t, worst, 35, "a fresh bank has room for it")
		}
		for i := range papers {
			if round == 1 {
				require.Zero(t, paper.Overlap(&all[0][i], &papers[i]), "no question of the paper before")
				require.Empty(t, papers[i].Relaxed)
			}
			if round == 2 { // the bank has two cases, and both were used
				require.True(t, slices.ContainsFunc(papers[i].Relaxed, func(r exam.Relaxation) bool { return r.Kind == "recent" && r.Section == 3 }))
				require.LessOrEqual(t, paper.Overlap(&all[0][i], &papers[i])+paper.Overlap(&all[1][i], &papers[i]), 12, "only the case of nine came back")
			}
		}
		var receipt string
		require.NoError(t, s.DB.QueryRow(t.Context(), `SELECT text FROM exam_receipt WHERE sitting = $1 AND kind = 'manifest'`, in.ID).Scan(&receipt))
		require.Contains(t, receipt, fmt.Sprintf("邻座试题最多重复 %d%%", worst))
		require.Equal(t, worst > 35, strings.Contains(receipt, "超过规则的 35%"), receipt)
		require.Contains(t, receipt, map[bool]string{true: "0 名考生避开", false: "3 名考生避开"}[round == 0])
	}
}
