// Package online holds the applicants' pages (M11–M19), built from the Vue sources beside this
// file. A checkout that was never built serves a stub that says how to build.
package online

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist is the built site, or the stub.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // dist is embedded above
	}
	_, err = fs.Stat(sub, "index.html")
	if err != nil {
		return stub{sub}
	}
	return sub
}

// stub answers for index.html with the page that says what is missing.
type stub struct{ fs.FS }

func (s stub) Open(name string) (fs.File, error) {
	if name == "index.html" {
		name = "stub.html"
	}
	return s.FS.Open(name)
}
