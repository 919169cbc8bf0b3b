package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// decoders are how functions begin that take what somebody else made.
var decoders = []string{"Parse", "Decode", "Decrypt", "Open", "Load", "Read", "Unmarshal", "Verify"}

// input are the types in which it comes.
var input = map[string]bool{"[]byte": true, "string": true, "io.Reader": true, "io.ReaderAt": true, "http.Header": true}

// notInput take only what we ourselves say; why, beside each.
var notInput = map[string]string{
	"protocol/journal/boltjournal.Open": "a lane's name",
}

// Unfuzzed returns the exported decoders below a folder that no Fuzz target of
// their package reaches, one line each, and how many decoders there are.
func Unfuzzed(tree fs.FS, below string) (found []string, decoders int, err error) {
	packages := map[string]*callers{}
	err = fs.WalkDir(tree, below, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".go" {
			return err
		}
		src, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		p := packages[path.Dir(name)]
		if p == nil {
			p = &callers{mentions: map[string][]string{}}
			packages[path.Dir(name)] = p
		}
		p.add(file, strings.HasSuffix(name, "_test.go"))
		return nil
	})
	for dir, p := range packages {
		reached := p.reached()
		for _, f := range p.decoders {
			if notInput[dir+"."+f] != "" {
				continue
			}
			decoders++
			if !reached[f] {
				found = append(found, fmt.Sprintf("%s.%s takes input of others, and no Fuzz target calls it", dir, f))
			}
		}
	}
	sort.Strings(found)
	return found, decoders, err
}

// callers is what the functions of a package's tests mention, by name.
type callers struct {
	decoders []string
	mentions map[string][]string
}

func (p *callers) add(file *ast.File, test bool) {
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		switch {
		case !ok || f.Body == nil:
		case test:
			name := f.Name.Name
			ast.Inspect(f.Body, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					p.mentions[name] = append(p.mentions[name], id.Name)
				}
				return true
			})
		case decodes(f):
			p.decoders = append(p.decoders, f.Name.Name)
		}
	}
}

// reached are the names that Fuzz targets mention, themselves or through
// functions of the tests.
func (p *callers) reached() map[string]bool {
	seen := map[string]bool{}
	var follow func(string)
	follow = func(name string) {
		for _, m := range p.mentions[name] {
			if !seen[m] {
				seen[m] = true
				follow(m)
			}
		}
	}
	for name := range p.mentions {
		if strings.HasPrefix(name, "Fuzz") {
			follow(name)
		}
	}
	return seen
}

func decodes(f *ast.FuncDecl) bool {
	if !f.Name.IsExported() {
		return false
	}
	named := false
	for _, prefix := range decoders {
		named = named || strings.HasPrefix(f.Name.Name, prefix)
	}
	if !named {
		return false
	}
	for _, p := range f.Type.Params.List {
		if input[typeName(p.Type)] {
			return true
		}
	}
	return false
}

func typeName(e ast.Expr) string {
	switch t := e.(type) {
	case *ast.Ident:
		return t.Name
	case *ast.ArrayType:
		if t.Len == nil {
			return "[]" + typeName(t.Elt)
		}
	case *ast.SelectorExpr:
		return typeName(t.X) + "." + t.Sel.Name
	}
	return ""
}
