package matter

import (
	"context"
	"net/http"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
)

type (
	// FilterIn is a filter as requests carry it; huma reads only exported parts.
	FilterIn struct {
		Trade   string `query:"trade" maxLength:"20"`
		Action  string `query:"action" maxLength:"20"`
		Channel string `query:"channel" maxLength:"1"`
		State   string `query:"state" enum:"CURRENT,RETIRED" required:"false"`
	}
	listIn struct {
		db.Page
		FilterIn
	}
	listOut struct{ Body db.List[Summary] }
	showIn  struct {
		Code    string `path:"code" maxLength:"10"`
		Version int    `query:"version" minimum:"0" maximum:"100000" doc:"版本；不填为现行版本"`
	}
	showOut   struct{ Body View }
	compareIn struct {
		Code string `path:"code" maxLength:"10"`
		From int    `query:"from" minimum:"1" maximum:"100000" required:"true"`
		To   int    `query:"to" minimum:"1" maximum:"100000" required:"true"`
	}
	compareOut struct{ Body Comparison }
	wordsOut   struct{ Body Words }
)

const (
	listPath = "/api/v1/licensing/matters"
	onePath  = listPath + "/{code}"
)

// Register adds the operations of the catalogue; all of them read.
func Register(w *web.Web, c *Catalogue) {
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: listPath, Summary: "事项目录"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			out, err := c.List(ctx, Filter(in.FilterIn), in.Page)
			return &listOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.matter.show", Method: http.MethodGet, Path: onePath, Perm: PermList, Summary: "一个事项"},
		func(ctx context.Context, in *showIn) (*showOut, error) {
			out, err := c.Show(ctx, in.Code, in.Version)
			return &showOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.matter.compare", Method: http.MethodGet, Path: onePath + "/compare", Perm: PermList, Summary: "比较事项的两个版本"},
		func(ctx context.Context, in *compareIn) (*compareOut, error) {
			out, err := c.Compare(ctx, in.Code, in.From, in.To)
			return &compareOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.matter.words", Method: http.MethodGet, Path: "/api/v1/licensing/matter-words", Perm: PermList, Summary: "事项目录的字典"},
		func(ctx context.Context, _ *struct{}) (*wordsOut, error) {
			out, err := c.Dictionaries(ctx)
			return &wordsOut{out}, err
		})
	registerExport(w, c)
}
