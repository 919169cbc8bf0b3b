package web

import (
	"context"
	"net/http"
	"path"

	"github.com/danielgtaylor/huma/v2"

	"huyun.internal/protocol/display"
)

// File is something to be saved under a name.
type File struct {
	Name string
	Data []byte
}

// fileOut is display.Saved in the contract's words; that nobody guesses its kind every
// answer says (headers).
type fileOut struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Policy      string `header:"Content-Security-Policy"`
	Body        []byte
}

// Saved adds an operation that answers a file of a kind. Unlike Raw its request
// is read and refused by the contract, as a list's is.
func Saved[I any](w *Web, op Op, kind string, handler func(context.Context, *I) (File, error)) {
	register(w, op, map[string]*huma.Response{"200": {
		Description: http.StatusText(http.StatusOK),
		Content:     map[string]*huma.MediaType{kind: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}}, func(ctx context.Context, in *I) (*fileOut, error) {
		f, err := handler(ctx, in)
		return &fileOut{Type: kind, Disposition: display.Disposition("attachment", "export"+path.Ext(f.Name), f.Name), Policy: display.Policy, Body: f.Data}, err
	})
}
