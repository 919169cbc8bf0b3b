package sitting_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
)

// TestReviewQueue: who waits longest comes first, with how long and whether that
// is too long; what is decided comes after, whatever its age.
func TestReviewQueue(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	plan := func(in time.Duration, n int) string {
		p, err := s.Sittings.Create(s.As("boss"), sitting.Plan{
			Title: "场次", Venue: s.Venue.ID, Room: "一号机房", Rule: s.Rule.ID, RuleVersion: s.Rule.Version, StartsAt: s.Clock.Now().Add(in),
		})
		require.NoError(t, err)
		book, photos := examtest.Roster(t, n, 1)
		got, err := s.Sittings.Import(s.As("boss"), p.ID, sitting.Upload{FileName: "c.xlsx", Workbook: book, Photos: photos})
		require.NoError(t, err)
		require.True(t, got.OK, "%+v", got.Problems)
		s.Confirm(t, p.ID)
		_, err = s.Sittings.Assign(s.As("boss"), p.ID)
		require.NoError(t, err)
		return p.ID
	}
	first, second, done := plan(24*time.Hour, 0), plan(48*time.Hour, 1), plan(72*time.Hour, 2)
	answered := s.Ask(t, done)
	s.Clock.Advance(time.Minute)
	s.Ask(t, first)
	s.Clock.Advance(25 * time.Minute)
	s.Ask(t, second)
	_, err := s.Sittings.Decide(s.As("boss"), answered, sitting.Decision{Reason: "材料不全"})
	require.NoError(t, err)
	s.Clock.Advance(6 * time.Minute)

	status, body := s.Do("boss", http.MethodGet, "/api/v1/exam/openings", nil)
	require.Equal(t, http.StatusOK, status)
	list := examtest.Decode[struct{ Items []sitting.Opening }](t, body).Items
	require.Len(t, list, 3)
	require.Equal(t, []string{first, second, done}, []string{list[0].Sitting, list[1].Sitting, list[2].Sitting})
	require.Equal(t, []bool{true, false, false}, []bool{list[0].Overdue, list[1].Overdue, list[2].Overdue})
	require.Equal(t, []int{31, 6, 26}, []int{list[0].Waited, list[1].Waited, list[2].Waited})
	require.Equal(t, 1, list[0].Candidates)
	require.Equal(t, 20, list[0].Seats)
}

// TestImportRefusesWhoMayNotSit: registered for the same subject elsewhere, a
// person is refused in their row, and nobody of the file is taken.
func TestImportRefusesWhoMayNotSit(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	first := s.Planned(t, 1)
	again, err := s.Sittings.Create(s.As("boss"), sitting.Plan{
		Title: "另一场", Venue: s.Venue.ID, Room: "一号机房", Rule: s.Rule.ID, RuleVersion: s.Rule.Version, StartsAt: s.Clock.Now().Add(48 * time.Hour),
	})
	require.NoError(t, err)
	book, photos := examtest.Roster(t, 0, 2)
	got, err := s.Sittings.Import(s.As("boss"), again.ID, sitting.Upload{FileName: "c.xlsx", Workbook: book, Photos: photos})
	require.NoError(t, err)
	require.False(t, got.OK)
	require.Len(t, got.Problems, 1)
	require.Contains(t, got.Problems[0].Text, "已报名同一科目的场次 "+first.Number)
	require.Zero(t, got.Candidates)
}
