// Package arch guards the shape of the house: who may import whom, how big a
// file gets, which file of a package may know which library. Its test walks the
// whole tree and fails on a violation; a second test plants violations and
// fails when one is not found.
package arch

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// MaxLines is where a file stops, MaxVue where a page does; generated files and
// data are exempt.
const (
	MaxLines = 400
	MaxVue   = 300
)

const ours = "huyun.internal/"

// modules says which of our modules a module's production code may import.
// Tests and deploy may import everything but other modules' commands.
var modules = map[string][]string{
	"protocol":   nil,
	"devices":    {"protocol"},
	"simulators": {"protocol"},
	"cloud":      {"protocol"},
	"edge":       {"protocol", "devices"},
	"kiosk":      {"protocol", "devices"},
	"deploy":     {"protocol", "devices", "simulators", "cloud", "edge", "kiosk"},
}

// cloudOrder lists the cloud's domains from the lowest up: a package imports
// only domains before its own, or its own.
var cloudOrder = []string{
	"migrations", "platform", "audit", "keys", "identity", "node", "practitioner", "sanction",
	"payment", "appointment", "training", "exam", "licensing", "elicence", "crossprovince",
	"terminal", "external", "web", "app", "cmd",
}

// tops are the folders that may lie at the root.
var tops = map[string]bool{
	"cloud": true, "edge": true, "kiosk": true, "protocol": true, "devices": true,
	"simulators": true, "deploy": true,
}

// banned package names say nothing about what is inside.
var banned = map[string]bool{
	"util": true, "utils": true, "common": true, "helper": true, "helpers": true,
	"manager": true, "models": true, "types": true, "misc": true,
}

// Check returns every violation in the tree, one line each.
func Check(tree fs.FS) ([]string, error) {
	var found []string
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if d.IsDir() {
			skip := base == "node_modules" || base == "bin" || base == "testdata" || base == "dist" ||
				(strings.HasPrefix(base, ".") && name != ".")
			if skip {
				return fs.SkipDir
			}
			if name != "." && !strings.Contains(name, "/") && !tops[name] {
				found = append(found, name+": no such folder belongs at the top")
			}
			return nil
		}
		if !sized(name) {
			return nil
		}
		src, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		found = append(found, checkFile(name, src)...)
		return nil
	})
	return found, err
}

func sized(name string) bool {
	switch path.Ext(name) {
	case ".go", ".ts", ".vue":
		return !strings.HasSuffix(name, ".d.ts")
	}
	return false
}

func checkFile(name string, src []byte) []string {
	var found []string
	if generated(src) {
		return nil
	}
	most := MaxLines
	if path.Ext(name) == ".vue" {
		most = MaxVue
	}
	if n := bytes.Count(src, []byte("\n")); n > most {
		found = append(found, fmt.Sprintf("%s: %d lines, at most %d", name, n, most))
	}
	found = append(found, checkWords(name, src)...)
	if path.Ext(name) != ".go" {
		return found
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
	if err != nil {
		return append(found, fmt.Sprintf("%s: %v", name, err))
	}
	if banned[file.Name.Name] {
		found = append(found, fmt.Sprintf("%s: package name %q says nothing", name, file.Name.Name))
	}
	found = append(found, inits(name, file)...)
	if strings.HasSuffix(name, "_test.go") {
		return found
	}
	if guessed.Match(src) {
		found = append(found, name+": answers a file as a kind that somebody wrote down; protocol/display reads it from the bytes and keeps it out of our origin")
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		if why := forbidden(name, imported); why != "" {
			found = append(found, fmt.Sprintf("%s imports %s: %s", name, imported, why))
		}
	}
	return found
}

// guessed is a body answered under a kind that is not a constant of the program.
var guessed = regexp.MustCompile(`\.Data\(http\.StatusOK, ([a-z]\w*|\w+\.Kind|http\.Detect\w+\(.*\)), `)

func generated(src []byte) bool {
	head, _, _ := bytes.Cut(src, []byte("\npackage "))
	return bytes.Contains(head, []byte("Code generated")) && bytes.Contains(head, []byte("DO NOT EDIT"))
}

func inits(name string, file *ast.File) []string {
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if ok && f.Recv == nil && f.Name.Name == "init" {
			return []string{name + ": init() hides what starts; call it from main or app"}
		}
	}
	return nil
}

// forbidden says why the file may not import the package, or "".
func forbidden(name, imported string) string {
	module, rest, _ := strings.Cut(name, "/")
	switch {
	case strings.HasPrefix(imported, "gocv.io/") && !strings.HasPrefix(name, "devices/cmd/vision/"):
		return "OpenCV lives in devices/cmd/vision alone"
	case strings.HasPrefix(imported, "github.com/danielgtaylor/huma") && !knowsHTTP(name):
		return "only api.go and api_*.go, app and platform/web know the HTTP library"
	case strings.HasPrefix(imported, "github.com/jackc/pgx") && isAPI(name):
		return "api.go and api_*.go know no database"
	}
	target, ok := strings.CutPrefix(imported, ours)
	if !ok {
		return ""
	}
	to, toRest, _ := strings.Cut(target, "/")
	if to != module {
		for _, allowed := range modules[module] {
			if to == allowed {
				return ""
			}
		}
		return module + " must not import " + to
	}
	if module == "cloud" {
		return upward(rest, toRest)
	}
	return ""
}

func isAPI(name string) bool {
	base := path.Base(name)
	return base == "api.go" || strings.HasPrefix(base, "api_")
}

func knowsHTTP(name string) bool {
	return isAPI(name) || strings.Contains(name, "/app/") || strings.Contains(name, "platform/web/")
}

func upward(from, to string) string {
	a, b := rank(from), rank(to)
	if a < 0 || b < 0 {
		return "a domain that cloudOrder does not list"
	}
	if b > a {
		return "imports go down, notifications go up"
	}
	return ""
}

func rank(p string) int {
	top, _, _ := strings.Cut(p, "/")
	for i, d := range cloudOrder {
		if d == top {
			return i
		}
	}
	return -1
}
