package letter

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"huyun.internal/protocol/fault"
)

//go:embed templates/*.yaml
var templateFiles embed.FS

// template is the text of one kind. Its version is kept with each letter.
type template struct {
	Kind    string                 `yaml:"kind"`
	Version int                    `yaml:"version"`
	Title   string                 `yaml:"title"`
	Service string                 `yaml:"service"` // its title where the matter is no permission; empty: the same
	Body    []paragraph            `yaml:"body"`
	Also    map[string][]paragraph `yaml:"also"` // what a trade's letters say besides
	Closing []paragraph            `yaml:"closing"`
}

// paragraph is a text with placeholders, printed when the field If is filled, or
// a table.
type paragraph struct {
	Text  string `yaml:"text" json:"text,omitempty"`
	If    string `yaml:"if" json:"-"`
	Table string `yaml:"table" json:"table,omitempty"`
}

// trade is a trade's law. The codes of the bank's industries and of the
// situations mean the same trades.
type trade struct {
	Code      string   `yaml:"code"`
	Name      string   `yaml:"name"`
	Aliases   []string `yaml:"aliases"`
	Law       string   `yaml:"law"`
	CancelLaw string   `yaml:"cancel_law"`
}

// texts are all templates, checked.
type texts struct {
	templates map[string]template
	trades    []trade
}

func (t *texts) trade(code string) (trade, bool) {
	for _, tr := range t.trades {
		if tr.Code == code || slices.Contains(tr.Aliases, code) {
			return tr, true
		}
	}
	return trade{}, false
}

// load reads and checks the templates: a placeholder that a kind does not have,
// or a text without what the law wants in it, stops the program.
func load(files fs.FS) (*texts, error) {
	out := &texts{templates: map[string]template{}}
	if err := strict(files, "templates/trades.yaml", &out.trades); err != nil {
		return nil, err
	}
	var known []string
	for _, tr := range out.trades {
		if tr.Law == "" || tr.CancelLaw == "" || tradeName(tr.Code) != tr.Name {
			return nil, fmt.Errorf("trade %s: law or name is missing", tr.Code)
		}
		known = append(known, tr.Code)
	}
	if len(known) != len(tradeNames) {
		return nil, errors.New("templates/trades.yaml: not every trade has its law")
	}
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		var t template
		if err := strict(files, "templates/"+k+".yaml", &t); err != nil {
			return nil, err
		}
		if err := t.check(k, known); err != nil {
			return nil, fmt.Errorf("template %s: %w", k, err)
		}
		out.templates[k] = t
	}
	return out, nil
}

func strict(files fs.FS, name string, into any) error {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return fmt.Errorf("template: %w", err)
	}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: more than one document", name)
	}
	return nil
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// all are the paragraphs of a trade's letter, in order.
func (t *template) all(trade string) []paragraph {
	return slices.Concat(t.Body, t.Also[trade], t.Closing)
}

func (t *template) check(code string, trades []string) error {
	k := kinds[code]
	if t.Kind != code || t.Version < 1 || t.Title == "" {
		return errors.New("kind, version or title is wrong")
	}
	for tr := range t.Also {
		if !slices.Contains(trades, tr) {
			return fmt.Errorf("no such trade: %s", tr)
		}
	}
	for _, tr := range trades {
		said, tables := map[string]bool{}, map[string]bool{}
		for _, p := range t.all(tr) {
			if err := p.check(k, said); err != nil {
				return err
			}
			tables[p.Table] = true
		}
		for _, name := range k.must {
			if !said[name] {
				return fmt.Errorf("the law wants {%s} in it, whatever the case", name)
			}
		}
		if k.table != "" && !tables[k.table] {
			return fmt.Errorf("the law wants the table %s in it", k.table)
		}
	}
	if slices.Contains(k.must, "reviewOrg") {
		text := ""
		for _, p := range t.Closing {
			text += p.Text
		}
		if !strings.Contains(text, "六十日内") || !strings.Contains(text, "六个月内") {
			return errors.New("the remedies and their times have to be told")
		}
	}
	return nil
}

func (p paragraph) check(k kind, said map[string]bool) error {
	if p.Table != "" {
		if p.Text != "" || p.If != "" || p.Table != k.table {
			return fmt.Errorf("table %s cannot stand there", p.Table)
		}
		return nil
	}
	if p.If != "" && !k.has(p.If) {
		return fmt.Errorf("no field %s", p.If)
	}
	rest := placeholder.ReplaceAllStringFunc(p.Text, func(m string) string {
		if p.If == "" {
			said[m[1:len(m)-1]] = true
		}
		return ""
	})
	if strings.ContainsAny(rest, "{}") || p.Text == "" {
		return fmt.Errorf("empty, or a brace without its partner: %s", p.Text)
	}
	for _, m := range placeholder.FindAllStringSubmatch(p.Text, -1) {
		if _, known := fieldOf(m[1]); !known || !k.has(m[1]) {
			return fmt.Errorf("no field {%s}", m[1])
		}
	}
	return nil
}

// fill puts the facts into a trade's letter. Fault: licensing.letter.field names
// everything that is missing.
func (t *template) fill(v *values) (*text, error) {
	k := kinds[t.Kind]
	var out []paragraph
	missing := map[string]bool{}
	var order []string
	miss := func(label string) {
		if !missing[label] {
			missing[label] = true
			order = append(order, label)
		}
	}
	for _, p := range t.all(v.trade.Code) {
		if p.If != "" {
			if f, _ := fieldOf(p.If); f.of(v) == "" {
				continue
			}
		}
		p.Text = placeholder.ReplaceAllStringFunc(p.Text, func(m string) string {
			f, _ := fieldOf(m[1 : len(m)-1])
			text := f.of(v)
			if text == "" {
				miss(f.label)
			}
			return text
		})
		if p.Table != "" {
			if _, _, rows := v.table(p.Table); len(rows) == 0 && p.Table == k.table {
				miss(tableLabels[p.Table])
			}
		}
		out = append(out, p)
	}
	needs := addressed
	if k.form {
		needs = formNeeds[t.Kind]
	}
	for _, name := range needs {
		if f, _ := fieldOf(name); f.of(v) == "" {
			miss(f.label)
		}
	}
	if t.Kind == Delivered && modeNames[v.Delivery.Mode] == "" {
		miss("送达方式")
	}
	if len(order) > 0 {
		return nil, fault.Newf(fault.Invalid, "licensing.letter.field", "文书还缺少：%s，请补齐后重试", strings.Join(order, "、"))
	}
	return &text{t.title(v), out}, nil
}

func (t *template) title(v *values) string {
	if v.Service && t.Service != "" {
		return t.Service
	}
	return t.Title
}

var (
	tableLabels = map[string]string{"materials": "材料清单", "defects": "需补正的内容", "documents": "送达的文书"} //nolint:gochecknoglobals // a dictionary
	formNeeds   = map[string][]string{                                                              //nolint:gochecknoglobals // chapters 4.2 and 6.1
		Delivered: {"applicant", "matter", "applyNo"},
		Slip:      {"applicant", "idNo", "matter", "situation", "applyNo", "applyDate"},
	}
)
