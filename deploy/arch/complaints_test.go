package arch

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// wantedComplaints are those that concern exams; the others belong to what is
// not built yet.
var wantedComplaints = strings.Fields("1 2 3 4 5 6 7 8 9 10 11 13 14 18 21")

func TestEveryComplaintHasItsTest(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("../complaints.md")
	require.NoError(t, err)
	found, err := Complaints(os.DirFS("../.."), string(list), wantedComplaints)
	require.NoError(t, err)
	require.Empty(t, found, strings.Join(found, "\n"))
}

func TestAComplaintWithoutItsTestIsFound(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{
		"a/x_test.go":     {Data: []byte("package a\n\n// Complaint 1 (it is lost): so.\nfunc TestOne(t *testing.T) {}\n\nfunc TestTwo(t *testing.T) {}\n")},
		"a/x.go":          {Data: []byte("package a\n\n// Complaint 1 (it is lost)\nfunc TestThree(t *testing.T) {}\n")},
		"web/b.test.ts":   {Data: []byte("import x;\n// Complaint 3 (it is slow).\nit(\"goes on\", () => {});\n")},
		"bench/main.go":   {Data: []byte("\t\t{name: \"fleet\", what: \"x\"},\n")},
		"bench/fleet.go":  {Data: []byte("package main\n\n// Complaint 9 (many): x.\nfunc fleetBench(s setup) {}\n")},
		"bench/other.go":  {Data: []byte("package main\n\n// Complaint 9 (many): x.\nfunc otherBench(s setup) {}\n")},
		"web/broken.text": {Data: []byte("it(\"goes on\",")},
	}
	for row, want := range map[string]string{
		"| 1 | x | `TestOne` | `a` |":             "",
		"| 1 | x | `TestTwo` | `a` |":             "does not say so",
		"| 2 | x | `TestOne` | `a` |":             "does not say so",
		"| 1 | x | `TestThree` | `a` |":           "no test \"TestThree\"",
		"| 1 | x | `TestGone` | `a` |":            "no test \"TestGone\"",
		"| 1 | x | `TestOne` | `b` |":             "no test \"TestOne\" in b",
		"| 3 | x | `goes on` | `web/b.test.ts` |": "",
		"| 3 | x | `goes` | `web/b.test.ts` |":    "no test",
		"| 3 | x | `goes on` | `web/c.test.ts` |": "no test",
		"| 9 | x | `fleet` | `bench` |":           "",
		"| 9 | x | `other` | `bench` |":           "no test \"other\"",
		"no row at all":                           "complaint 7 has no test",
	} {
		wanted := []string{}
		if !strings.HasPrefix(row, "|") {
			wanted = []string{"7"}
		}
		found, err := Complaints(tree, row+"\n", wanted)
		require.NoError(t, err)
		if want == "" {
			require.Empty(t, found, row)
			continue
		}
		require.Len(t, found, 1, row)
		require.Contains(t, found[0], want)
	}
}
