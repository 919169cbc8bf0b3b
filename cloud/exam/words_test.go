package exam

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/pagewords"
)

// The dictionaries of workbooks and printed sheets are the pages'.
func TestDictionariesAreThePages(t *testing.T) {
	t.Parallel()
	words := func(list []Entry) map[string]string {
		out := map[string]string{}
		for _, e := range list {
			out[e.Code] = e.Name
		}
		return out
	}
	pagewords.Same(t, words(Categories()), "words.ts", "categories")
	pagewords.Same(t, words(Industries()), "words.ts", "industries")
	types := map[string]string{}
	for _, e := range Types() {
		types[e.Code] = TypeName(e.Code)
	}
	pagewords.Same(t, types, "words.ts", "questionTypes")
	outcomes := pagewords.Of(t, "exam/score/outcome.ts", "outcomes")
	maps.Copy(outcomes, pagewords.Of(t, "training/words.ts", "examOutcomes"))
	require.Equal(t, outcomes, words(Outcomes()))
}
