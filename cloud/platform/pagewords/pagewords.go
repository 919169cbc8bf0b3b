// Package pagewords reads the words of the console's pages, so that a test can
// hold those of workbooks and printed sheets to them: what one code is called on a
// page it is called everywhere. Used by tests only.
package pagewords

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

var entry = regexp.MustCompile(`(?m)^\s*"?([\w.-]*)"?: (?:\{ text: )?"([^"]*)"`)

// Of is the table `const name … = { code: "text" or { text: "text", … } }` in a
// file under cloud/web/src.
func Of(t testing.TB, file, name string) map[string]string {
	t.Helper()
	_, here, _, ok := runtime.Caller(0)
	require.True(t, ok)
	text, err := os.ReadFile(filepath.Join(filepath.Dir(here), "../../web/src", file)) //nolint:gosec // a test's own files
	require.NoError(t, err)
	body := regexp.MustCompile(`(?s)const ` + name + `\b[^=]*= \{(.*?)\n?\};`).FindSubmatch(text)
	require.NotNil(t, body, "%s has no %s", file, name)
	out := map[string]string{}
	for _, m := range entry.FindAllSubmatch(regexp.MustCompile(`, (?:tone: "\w+")?`).ReplaceAll(body[1], []byte("\n")), -1) {
		out[string(m[1])] = string(m[2])
	}
	require.NotEmpty(t, out, "%s %s", file, name)
	return out
}

// Same says that a dictionary has exactly the words of a page's table.
func Same[K ~string](t testing.TB, words map[K]string, file, name string) {
	t.Helper()
	got := map[string]string{}
	for code, text := range words {
		got[string(code)] = text
	}
	require.Equal(t, Of(t, file, name), got, "%s of %s", name, file)
}
