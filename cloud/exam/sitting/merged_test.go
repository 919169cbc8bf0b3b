package sitting_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/training/class"
)

// another is a sitting of the same subject, so many hours from now.
func another(t *testing.T, s *examtest.Story, hours time.Duration) sitting.Sitting {
	t.Helper()
	in, err := s.Sittings.Create(s.As("boss"), sitting.Plan{
		Title: "另一场", Venue: s.Venue.ID, Room: "一号机房", Rule: s.Rule.ID, RuleVersion: s.Rule.Version, StartsAt: s.Clock.Now().Add(hours * time.Hour),
	})
	require.NoError(t, err)
	return in
}

func application(n int) sitting.Application {
	return sitting.Application{Name: "张三", IDNo: examtest.IDNumber(n), Kind: class.PrePost, Consent: true}
}

// What the centre holds against somebody under one number bars them under the
// other: an exam they are registered for, an impostor's year, a pass that counts.
func TestAMergedPersonIsOneCandidate(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	first := s.Planned(t, 1) // number 0
	later := another(t, s, 48)
	s.Sittings.Aliases = s.Merged(21, 0).Numbers
	for _, n := range []int{0, 21} {
		_, err := s.Sittings.AddCandidate(s.As("boss"), later.ID, application(n))
		examtest.RequireFault(t, err, "exam.sitting.apply.refused")
		require.ErrorContains(t, err, "已报名同一科目的场次 "+first.Number)
	}
	_, err := s.Sittings.AddCandidate(s.As("boss"), first.ID, application(21))
	require.ErrorContains(t, err, "同一人（档案已合并）的另一证件号也在本场次中")
	_, err = s.Sittings.AddCandidate(s.As("boss"), later.ID, application(22))
	require.NoError(t, err, "a stranger")

	book, photos := examtest.Roster(t, 21, 3) // 22 is there already, 23 is another stranger
	got, err := s.Sittings.Import(s.As("boss"), later.ID, sitting.Upload{FileName: "c.xlsx", Workbook: book, Photos: photos})
	require.NoError(t, err)
	require.Len(t, got.Problems, 2)
	require.Contains(t, got.Problems[0].Text, first.Number)
}

// Both numbers in one list are one person, and whoever was taken before it was known
// is named when the list is confirmed.
func TestBothNumbersInOneSitting(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	numbers := s.Merged(0, 1).Numbers
	in := s.Planned(t, 2)
	unfit := func() []sitting.Unfit { return groups(t, s, in.ID)[class.PrePost].Unfit }
	require.Empty(t, unfit())
	s.Sittings.Aliases = numbers
	require.Len(t, unfit(), 2)
	require.Contains(t, unfit()[0].Why, "另一证件号也在本场次中")

	empty := another(t, s, 96)
	s.Clock.Advance(72 * time.Hour)
	s.Sittings.Aliases = s.Merged(30, 31).Numbers
	book, photos := examtest.Roster(t, 30, 2)
	got, err := s.Sittings.Import(s.As("boss"), empty.ID, sitting.Upload{FileName: "c.xlsx", Workbook: book, Photos: photos})
	require.NoError(t, err)
	require.Len(t, got.Problems, 2)
	require.Contains(t, got.Problems[0].Text, "另一证件号也在本场次中")
	require.Zero(t, got.Candidates)
}

// The turn of a registration and an impostor's year go with the person.
func TestBansAndTurnsGoWithThePerson(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	old := s.Planned(t, 1)
	set := func(sql string) {
		_, err := s.DB.Exec(t.Context(), sql, old.ID)
		require.NoError(t, err)
	}
	set(`UPDATE exam_sitting SET state = 'PUBLISHED' WHERE id = $1`) // nobody came
	s.Clock.Advance(10 * 24 * time.Hour)
	in := another(t, s, 48)
	s.Sittings.Aliases = s.Merged(21, 0).Numbers
	for n, turn := range map[int]int{21: sitting.SecondTurn, 22: sitting.FirstTurn} {
		got, err := s.Sittings.AddCandidate(s.As("boss"), in.ID, application(n))
		require.NoError(t, err)
		require.Equal(t, turn, got.Turn, n)
	}
	set(`INSERT INTO exam_irregularity (id, sitting, candidate, code, note, evidence, who, node, record, at)
		SELECT 'i', sitting, id, 'V06', '替考', '', '', '', 0, now() FROM exam_candidate WHERE sitting = $1`)
	g := groups(t, s, in.ID)[class.PrePost]
	require.Len(t, g.Unfit, 1)
	require.Contains(t, g.Unfit[0].Why, "替考记录")
	_, err := s.Sittings.AddCandidate(s.As("boss"), another(t, s, 100).ID, application(21))
	require.ErrorContains(t, err, "替考记录")
}
