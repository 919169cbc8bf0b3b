package app

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"huyun.internal/cloud/identity"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
)

// exportedElsewhere are the lists whose export is not at their own path + /export,
// where it is, and why. Adding to it is a decision that a reviewer sees.
var exportedElsewhere = map[string]struct{ by, why string }{
	"exam.bank.list":     {"exam.bank.export", "a workbook that can be imported again, for those who may see questions"},
	"exam.stats.list":    {"exam.stats.export", "one export for a figure and the rows behind it, chosen by measure"},
	"exam.credit.career": {"exam.credit.exams.export", "one person's part of the list of exams, found there by the ID number"},
}

// contract is as much of the OpenAPI document as lists need.
type contract struct {
	Paths map[string]map[string]struct {
		ID         string `yaml:"operationId"`
		Parameters []struct {
			Name string `yaml:"name"`
			In   string `yaml:"in"`
		} `yaml:"parameters"`
	} `yaml:"paths"`
}

// unexported lists what is wrong with the exports of the lists that page: none,
// another permission than one for reading, or a filter that the export does not
// take.
func unexported(t *testing.T, w *web.Web) []string {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, w.OpenAPI(&text))
	var doc contract
	require.NoError(t, yaml.Unmarshal(text.Bytes(), &doc))
	ids := map[string]bool{}
	for _, op := range w.Operations() {
		ids[op.ID] = true
	}
	names := func(path string) []string {
		var out []string
		for _, p := range doc.Paths[path]["get"].Parameters {
			if p.Name != "page" && p.Name != "page_size" {
				out = append(out, p.Name)
			}
		}
		slices.Sort(out)
		return out
	}
	var bad []string
	lists := 0
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		get, ok := doc.Paths[path]["get"]
		paged := slices.ContainsFunc(get.Parameters, func(p struct {
			Name string `yaml:"name"`
			In   string `yaml:"in"`
		}) bool {
			return p.Name == "page_size"
		})
		if !ok || !paged || strings.HasSuffix(path, "/export") {
			continue
		}
		lists++
		if other, named := exportedElsewhere[get.ID]; named {
			if !ids[other.by] || other.why == "" {
				bad = append(bad, get.ID+": "+other.by+" does not exist, or no reason is given")
			}
			continue
		}
		if _, ok := doc.Paths[path+"/export"]["get"]; !ok {
			bad = append(bad, get.ID+" has no export")
		} else if !slices.Equal(names(path), names(path+"/export")) {
			bad = append(bad, get.ID+": its export takes other filters")
		}
	}
	require.Greater(t, lists, 20, "the contract has lost its lists")
	return bad
}

func TestEveryListExportsWhatItShows(t *testing.T) {
	t.Parallel()
	require.Empty(t, unexported(t, Blank().Console()))
}

func TestAListWithoutExportIsFound(t *testing.T) {
	t.Parallel()
	w := Blank().Console()
	type in struct{ db.Page }
	type out struct{ Body db.List[string] }
	list := func(context.Context, *in) (*out, error) { return &out{}, nil }
	web.Register(w, web.Op{ID: "planted.list", Method: http.MethodGet, Path: "/api/v1/planted", Perm: identity.PermList, Summary: "植入"}, list)
	require.Equal(t, []string{"planted.list has no export"}, unexported(t, w))
	type less struct {
		Sort string `query:"sort"`
	}
	web.Register(w, web.Op{ID: "planted.export", Method: http.MethodGet, Path: "/api/v1/planted/export", Perm: identity.PermList, Summary: "植入"},
		func(context.Context, *less) (*out, error) { return &out{}, nil })
	require.Equal(t, []string{"planted.list: its export takes other filters"}, unexported(t, w))
}
