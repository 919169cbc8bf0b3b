// Package proctor holds the built pages of the proctor's console. dist/index.html is a stub
// in the repository, so that Go builds without Node; the build of the pages
// replaces it.
package proctor

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Pages is the root of the built pages.
func Pages() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return sub
}
