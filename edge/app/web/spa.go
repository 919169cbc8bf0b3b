package web

import (
	"io/fs"
	"net/http"
	"path"
	"strings"

	"huyun.internal/protocol/fault"
)

// back are the ways out of an error page: a venue has two front doors.
var back = []link{{"/terminal/", "考试机"}, {"/proctor/", "监考台"}} //nolint:gochecknoglobals // a constant list

// Pages serves a built application under a prefix such as "/proctor/": files as
// they are, and index.html for every path that is a page of it. Hashed assets
// may be kept by browsers, index.html never.
func Pages(prefix string, dist fs.FS, secure bool) http.Handler {
	files := http.FileServerFS(dist)
	serve := func(rw http.ResponseWriter, r *http.Request) {
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
			failPage(rw, errPath, back...)
		default:
			rw.Header().Set("Cache-Control", "no-cache")
			http.ServeFileFS(rw, r, dist, "index.html")
		}
	}
	return Reading(secure, http.StripPrefix(strings.TrimSuffix(prefix, "/"), http.HandlerFunc(serve)))
}

// Reading is for what can only be read, by programs and by people: it puts our
// headers around it and answers other methods.
func Reading(secure bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		Headers(rw.Header(), secure)
		switch {
		case r.Method == http.MethodOptions:
			rw.Header().Set("Allow", readingMethods)
			rw.WriteHeader(http.StatusNoContent)
		case !safeMethod(r.Method):
			rw.Header().Set("Allow", readingMethods)
			writeProblem(rw, newProblem(r.Context(), errMethod))
		case !cleanURL(r.URL):
			failPage(rw, errPath, back...)
		default:
			next.ServeHTTP(rw, r)
		}
	})
}

const readingMethods = "GET, HEAD, OPTIONS"

// Missing answers for every address that is nobody's.
func Missing(secure bool) http.Handler {
	return Reading(secure, http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { failPage(rw, errPath, back...) }))
}

// Straight answers paths that climb before a router sends them elsewhere.
func Straight(secure bool, next http.Handler) http.Handler {
	missing := Missing(secure)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case !strayDots(r.URL.Path):
			next.ServeHTTP(rw, r)
		case strings.Contains(r.URL.Path, "/v1/"):
			Headers(rw.Header(), secure)
			Refuse(rw, r, errPath)
		default:
			missing.ServeHTTP(rw, r)
		}
	})
}

// Refuse answers outside the interfaces with a fault, in their form.
func Refuse(rw http.ResponseWriter, r *http.Request, f *fault.Error) {
	writeProblem(rw, newProblem(r.Context(), f))
}
