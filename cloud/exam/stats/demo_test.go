package stats_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/stats"
)

// Figures that count sittings invented for a demonstration say so.
func TestDemonstrationDataAreNamed(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	before, err := c.stats.Summary(c.As("reader"), c.all, nil)
	require.NoError(t, err)
	require.Zero(t, before.Demo)
	_, err = c.DB.Exec(t.Context(), `UPDATE exam_sitting SET demo = true WHERE state = 'PUBLISHED'`)
	require.NoError(t, err)
	after, err := c.stats.Summary(c.As("reader"), c.all, []string{"venue"})
	require.NoError(t, err)
	require.Equal(t, 1, after.Demo)
	require.Equal(t, before.Total, after.Total)
	c.Staff("editor", stats.PermQuestions)
	_, demo, err := c.stats.Spread(c.As("editor"), stats.QuestionFilter{})
	require.NoError(t, err)
	require.True(t, demo)
	none, err := c.stats.Summary(c.As("elsewhere"), c.all, nil)
	require.NoError(t, err)
	require.Zero(t, none.Demo, "nor are another venue's counted")
}
