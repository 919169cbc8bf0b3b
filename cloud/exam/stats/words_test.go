package stats

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/pagewords"
)

// The table of the page and the workbook have the same columns, in one order.
func TestWorkbooksUseThePagesWords(t *testing.T) {
	t.Parallel()
	pagewords.Same(t, flagNames, "exam/stats/QuestionStats.vue", "flags")
	text, err := os.ReadFile("../../web/src/exam/stats/figures.ts")
	require.NoError(t, err)
	var page, book [][2]string
	for _, m := range regexp.MustCompile(`\{ key: "(\w+)", label: "([^"]+)" \}`).FindAllSubmatch(text, -1) {
		page = append(page, [2]string{string(m[1]), string(m[2])})
	}
	for _, f := range catalogue {
		book = append(book, [2]string{string(f.measure), f.name})
	}
	require.Equal(t, page, book)
}
