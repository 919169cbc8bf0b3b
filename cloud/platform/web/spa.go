package web

import (
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"
)

// SPA serves the built pages: files as they are, and index.html for every path
// that is a page of the application. Hashed assets may be kept by browsers,
// index.html never.
func (w *Web) SPA(dist fs.FS) { w.spa = spaHandler(dist) }

func (w *Web) noRoute(c *gin.Context) {
	r := c.Request
	switch {
	case w.spa == nil || strings.HasPrefix(r.URL.Path, "/api/"):
		Fail(c, errPath)
	case !safeMethod(r.Method):
		answerMethod(c, []string{http.MethodGet})
	case !cleanURL(r.URL) || strayDots(r.URL.Path):
		failPage(c.Writer, errPath, home)
	default:
		c.Status(http.StatusOK) // gin presets 404 for unrouted requests
		w.spa.ServeHTTP(c.Writer, r)
	}
}

var home = link{"/", "返回首页"}

func spaHandler(dist fs.FS) http.Handler {
	files := http.FileServerFS(dist)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		info, err := fs.Stat(dist, name)
		switch {
		case name != "" && err == nil && !info.IsDir():
			rw.Header().Set("Cache-Control", "no-cache")
			if strings.HasPrefix(name, "assets/") {
				rw.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			}
			files.ServeHTTP(rw, r)
		case path.Ext(name) != "":
			// A missing script answered with a page only confuses.
			failPage(rw, errPath, home)
		default:
			rw.Header().Set("Cache-Control", "no-cache")
			http.ServeFileFS(rw, r, dist, "index.html")
		}
	})
}
