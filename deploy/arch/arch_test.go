package arch

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestTheHouseKeepsItsShape(t *testing.T) {
	t.Parallel()
	found, err := Check(os.DirFS("../.."))
	require.NoError(t, err)
	require.Empty(t, found, strings.Join(found, "\n"))
}

func TestPlantedViolationsAreFound(t *testing.T) {
	t.Parallel()
	long := "package x\n" + strings.Repeat("// line\n", MaxLines)
	page := strings.Repeat("<p />\n", MaxVue+1)
	plants := map[string]struct{ file, src, want string }{
		"edge imports cloud":        {"edge/exam/a.go", `package exam; import _ "huyun.internal/cloud/node"`, "edge must not import cloud"},
		"protocol imports anything": {"protocol/x/a.go", `package x; import _ "huyun.internal/devices/vision"`, "protocol must not import devices"},
		"production imports a sim":  {"cloud/node/a.go", `package node; import _ "huyun.internal/simulators/wan"`, "cloud must not import simulators"},
		"upward in the cloud":       {"cloud/audit/a.go", `package audit; import _ "huyun.internal/cloud/exam/bank"`, "imports go down"},
		"unknown domain":            {"cloud/stuff/a.go", `package stuff; import _ "huyun.internal/cloud/node"`, "cloudOrder does not list"},
		"huma in a service":         {"cloud/node/service.go", `package node; import _ "github.com/danielgtaylor/huma/v2"`, "know the HTTP library"},
		"huma in an apiary":         {"cloud/node/apiary.go", `package node; import _ "github.com/danielgtaylor/huma/v2"`, "know the HTTP library"},
		"sql in an api":             {"cloud/node/api.go", `package node; import _ "github.com/jackc/pgx/v5"`, "know no database"},
		"sql in a second api":       {"cloud/node/api_list.go", `package node; import _ "github.com/jackc/pgx/v5/pgxpool"`, "know no database"},
		"opencv outside vision":     {"edge/face/a.go", `package face; import _ "gocv.io/x/gocv"`, "OpenCV lives in"},
		"file too long":             {"edge/exam/a.go", long, "401 lines, at most 400"},
		"page too long":             {"edge/web/proctor/src/A.vue", page, "301 lines, at most 300"},
		"init":                      {"edge/exam/a.go", "package exam\nfunc init() {}", "init() hides"},
		"empty name":                {"edge/util/a.go", "package util", "says nothing"},
		"two words for one":         {"cloud/web/src/a.vue", "<p>机位</p>", "the word is 座位"},
		"a file of any kind":        {"cloud/node/api.go", "package node\nfunc f() { c.Data(http.StatusOK, m.Kind, data) }", "protocol/display"},
		"a guessed kind":            {"edge/exam/a.go", "package exam\nfunc f() { c.Data(http.StatusOK, http.DetectContentType(data), data) }", "protocol/display"},
		"folder at the top":         {"scripts/a.go", "package scripts", "belongs at the top"},
	}
	for name, p := range plants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := Check(fstest.MapFS{p.file: {Data: []byte(p.src)}})
			require.NoError(t, err)
			require.Contains(t, strings.Join(found, "\n"), p.want)
		})
	}
}

func TestALimitIsTheLastLineAllowed(t *testing.T) {
	t.Parallel()
	found, err := Check(fstest.MapFS{
		"edge/web/A.vue":  {Data: []byte(strings.Repeat("<p />\n", MaxVue))},
		"edge/web/a.ts":   {Data: []byte(strings.Repeat("//\n", MaxLines))},
		"cloud/x/api_.go": {Data: []byte("package x")},
	})
	require.NoError(t, err)
	require.Empty(t, found)
}

func TestTestsMayReachFurther(t *testing.T) {
	t.Parallel()
	found, err := Check(fstest.MapFS{"cloud/node/a_test.go": {
		Data: []byte(`package node; import _ "huyun.internal/simulators/wan"`),
	}})
	require.NoError(t, err)
	require.Empty(t, found)
}
