// Package proctor holds the built pages of the proctor's console (M58, M65),
// from the Vue sources beside this file. A checkout that was never built serves
// a stub that says how to build. It knows nothing of what the pages show.
package proctor

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Pages is the built site, or the stub.
func Pages() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // dist is embedded above
	}
	if _, err = fs.Stat(sub, "index.html"); err != nil {
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
