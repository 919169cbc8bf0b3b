package exam_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/exam"
)

func TestCategories(t *testing.T) {
	t.Parallel()
	list := exam.Categories()
	require.True(t, slices.IsSortedFunc(list, func(a, b exam.Category) int { return strings.Compare(a.Code, b.Code) }))
	names := map[string]bool{}
	for _, c := range list {
		require.Regexp(t, "^[0-9]{5}$", c.Code)
		require.Equal(t, c.Name, exam.CategoryName(c.Code))
		require.False(t, names[c.Name], "%s stands for two codes", c.Name)
		names[c.Name] = true
	}
	require.Equal(t, "城市公共汽电车驾驶员", exam.CategoryName("13001"))
	require.Equal(t, "99999", exam.CategoryName("99999"), "a code of a newer centre stays readable")
	require.Empty(t, exam.CategoryName(""))
}

func TestAnAdditionalCategoryStandsOnItsKind(t *testing.T) {
	t.Parallel()
	for _, c := range exam.Categories() {
		main := exam.MainOf(c.Code)
		additional := strings.HasPrefix(c.Code, "03") && c.Code > "03003"
		require.Equal(t, additional, main != "", c.Code)
		for _, post := range []string{"驾驶员", "装卸管理人员", "押运人员"} {
			if additional && strings.HasSuffix(c.Name, post) {
				require.True(t, strings.HasSuffix(exam.CategoryName(main), post), c.Code)
			}
		}
	}
}

// TestTheConsoleSaysTheSame: the console's pages keep their own copy of the
// names.
func TestTheConsoleSaysTheSame(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../cloud/web/src/words.ts")
	require.NoError(t, err)
	var page []exam.Category
	for _, m := range regexp.MustCompile(`(?m)^  "(\d{5})": "([^"]+)",$`).FindAllStringSubmatch(string(raw), -1) {
		page = append(page, exam.Category{Code: m[1], Name: m[2]})
	}
	require.Equal(t, exam.Categories(), page)
}
