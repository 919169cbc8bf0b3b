package web

import (
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// Pages serves a built application under a prefix such as "/proctor/": files as
// they are, and index.html for every path that is a page of it. Hashed assets
// may be kept by browsers, index.html never.
func Pages(prefix string, dist fs.FS, secure bool) http.Handler {
	files := http.FileServerFS(dist)
	return http.StripPrefix(strings.TrimSuffix(prefix, "/"), http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		Headers(rw.Header(), secure)
		if !safeMethod(r.Method) || !cleanURL(r.URL) {
			http.Error(rw, errPath.Text, http.StatusNotFound)
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		info, err := fs.Stat(dist, name)
		switch {
		case name != "" && err == nil && !info.IsDir():
			if strings.HasPrefix(name, "assets/") {
				rw.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			}
			files.ServeHTTP(rw, r)
		case path.Ext(name) != "":
			// A missing script answered with a page only confuses.
			http.NotFound(rw, r)
		default:
			rw.Header().Set("Cache-Control", "no-cache")
			http.ServeFileFS(rw, r, dist, "index.html")
		}
	}))
}
