package matter

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

//go:embed definitions/*.yaml definitions/earlier/*.yaml
var embedded embed.FS

var (
	builtin = sync.OnceValue(func() fs.FS { //nolint:gochecknoglobals // what the program has does not change
		sub, err := fs.Sub(embedded, "definitions")
		if err != nil {
			panic("matter: " + err.Error())
		}
		return sub
	})
	readBuiltin = sync.OnceValues(func() (set, error) { return readSet(builtin()) }) //nolint:gochecknoglobals // nor does what it says
)

// Files are the definitions that this program was built with.
func Files() fs.FS { return builtin() }

// Problem is one thing that is wrong with a file.
type Problem struct {
	File string
	Line int
	Text string
}

func (p Problem) String() string { return fmt.Sprintf("%s 第 %d 行：%s", p.File, p.Line, p.Text) }

// file is a definition with the text it was read from.
type file struct {
	Definition

	body   []byte
	digest sm.Digest
}

// set is what a file system defines: what is offered now, and what came before it.
type set struct{ now, earlier []file }

// definitionsOf reads a file system; that of the program once.
func definitionsOf(files fs.FS) (set, error) {
	if files == builtin() {
		return readBuiltin()
	}
	return readSet(files)
}

func readSet(files fs.FS) (out set, err error) {
	if out.now, err = read(files); err == nil {
		out.earlier, err = readEarlier(files, out.now)
	}
	return out, err
}

// shown is how many problems one refusal names.
const shown = 20

// read reads every definition of a file system and refuses them as a whole when
// one is wrong, naming file and line. Fault: licensing.matter.definition.
func read(files fs.FS) ([]file, error) {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list definitions: %w", err)
	}
	var out []file
	var wrong []Problem
	for _, name := range names {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read definition: %w", err)
		}
		f, found := decode(name, body)
		wrong = append(wrong, found...)
		out = append(out, f)
	}
	wrong = append(wrong, twice(out)...)
	return out, refusal(wrong)
}

// readEarlier reads the versions that came before those of the program, as they were:
// a case may have begun with one, and a new database can show what has changed since.
// They are not judged again. Fault: licensing.matter.definition.
func readEarlier(files fs.FS, now []file) ([]file, error) {
	names, err := fs.Glob(files, "earlier/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list earlier definitions: %w", err)
	}
	var out []file
	var wrong []Problem
	for _, name := range names {
		f := file{}
		if f.body, err = fs.ReadFile(files, name); err != nil {
			return nil, fmt.Errorf("read earlier definition: %w", err)
		}
		if f.Definition, err = decodeStored(f.body); err == nil {
			f.digest, err = digest(f.body)
		}
		later := slices.ContainsFunc(now, func(n file) bool { return n.Code == f.Code && n.Version > f.Version })
		switch {
		case err != nil:
			wrong = append(wrong, unreadable(name, err)...)
		case path.Base(name) != fmt.Sprintf("%s-%d.yaml", f.Code, f.Version) || !later:
			wrong = append(wrong, Problem{name, 1, "文件名应为“编码-版本.yaml”，且该事项应有更新的版本"})
		}
		out = append(out, f)
	}
	return out, refusal(wrong)
}

func refusal(wrong []Problem) error {
	if len(wrong) == 0 {
		return nil
	}
	lines := make([]string, 0, shown)
	for _, p := range wrong[:min(len(wrong), shown)] {
		lines = append(lines, p.String())
	}
	if n := len(wrong) - shown; n > 0 {
		lines = append(lines, fmt.Sprintf("还有 %d 处", n))
	}
	return fault.Newf(fault.Precondition, "licensing.matter.definition", "事项定义有误，请改正后再启动：%s", strings.Join(lines, "；"))
}

// twice finds codes that two files have: situation and item codes are unique.
func twice(list []file) []Problem {
	var out []Problem
	items := map[string]string{}
	for _, f := range list {
		if other, dup := items[f.ItemCode]; dup && f.ItemCode != "" {
			out = append(out, Problem{f.Code + ".yaml", 1, "统一事项编码 " + f.ItemCode + " 与 " + other + " 相同"})
		}
		items[f.ItemCode] = f.Code
	}
	return out
}

// decode reads one file strictly.
func decode(name string, body []byte) (file, []Problem) {
	f := file{body: body}
	decoder := yaml.NewDecoder(bytes.NewReader(body))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f.Definition); err != nil {
		return f, unreadable(name, err)
	}
	if err := decoder.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return f, []Problem{{name, 1, "一个文件只能有一个事项"}}
	}
	var root yaml.Node
	if err := yaml.Unmarshal(body, &root); err != nil {
		return f, unreadable(name, err)
	}
	var err error
	if f.digest, err = digest(body); err != nil {
		return f, unreadable(name, err)
	}
	at := map[string]int{}
	locate(&root, "", at)
	var out []Problem
	for _, c := range f.complaints(strings.TrimSuffix(path.Base(name), ".yaml")) {
		out = append(out, Problem{name, lineOf(at, c.at), c.text})
	}
	slices.SortStableFunc(out, func(a, b Problem) int { return a.Line - b.Line })
	return f, out
}

// digest is of what a definition says, not of how it is written: comments,
// order of keys and layout do not count, nor does the shape of our types.
func digest(body []byte) (sm.Digest, error) {
	var said any
	if err := yaml.Unmarshal(body, &said); err != nil {
		return sm.Digest{}, err
	}
	text, err := json.Marshal(said)
	if err != nil {
		return sm.Digest{}, err
	}
	return sm.SumOf(text), nil
}

var (
	yamlLine  = regexp.MustCompile(`line (\d+): (.*)`)
	yamlField = regexp.MustCompile(`field (\S+) not found in type`)
	yamlTwice = regexp.MustCompile(`mapping key "?([^" ]+)"? already defined`)
)

func unreadable(name string, err error) []Problem {
	said := []string{err.Error()}
	var several *yaml.TypeError
	if errors.As(err, &several) {
		said = several.Errors
	}
	out := make([]Problem, 0, len(said))
	for _, s := range said {
		p := Problem{File: name, Line: 1, Text: "不是有效的 YAML：" + s}
		if m := yamlLine.FindStringSubmatch(s); m != nil {
			p.Line, _ = strconv.Atoi(m[1])
			p.Text = "内容的类型不对：" + m[2]
		}
		if m := yamlField.FindStringSubmatch(s); m != nil {
			p.Text = "没有 " + m[1] + " 这个键"
		}
		if m := yamlTwice.FindStringSubmatch(s); m != nil {
			p.Text = "键 " + m[1] + " 写了两次"
		}
		out = append(out, p)
	}
	return out
}

// locate notes the line of everything in a document under its path, as
// "materials[2].code".
func locate(n *yaml.Node, at string, into map[string]int) {
	switch n.Kind {
	case yaml.DocumentNode:
		for _, c := range n.Content {
			locate(c, at, into)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := strings.TrimPrefix(at+"."+n.Content[i].Value, ".")
			into[key] = n.Content[i].Line
			locate(n.Content[i+1], key, into)
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			key := fmt.Sprintf("%s[%d]", at, i)
			into[key] = c.Line
			locate(c, key, into)
		}
	case yaml.ScalarNode, yaml.AliasNode:
	}
}

// lineOf is the line of a path, or of what it would lie in: a missing key has none.
func lineOf(at map[string]int, where string) int {
	for where != "" {
		if n := at[where]; n > 0 {
			return n
		}
		where = where[:max(strings.LastIndexAny(where, ".["), 0)]
	}
	return 1
}

// decodeStored reads a definition that was in use: strictly, so that nothing it
// says is lost, but not judged again.
func decodeStored(body []byte) (Definition, error) {
	var d Definition
	decoder := yaml.NewDecoder(bytes.NewReader(body))
	decoder.KnownFields(true)
	err := decoder.Decode(&d)
	return d, err
}
