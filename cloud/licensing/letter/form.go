package letter

import (
	"bytes"
	"embed"
	"fmt"
	"image"
	_ "image/jpeg" // photographs
	_ "image/png"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"huyun.internal/cloud/platform/page"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

//go:embed forms/*.yaml
var formFiles embed.FS

// form is an application form (M11): the material with this code of chapter 2.2,
// in rows of boxes. A filled form and an empty one to be written on are the same.
type form struct {
	Code    string    `yaml:"code"`
	Version int       `yaml:"version"`
	Title   string    `yaml:"title"`
	Photo   int       `yaml:"photo"` // so many rows leave room for a photograph at their right
	Rows    []formRow `yaml:"rows"`
	Notes   []string  `yaml:"notes"`
}

type formRow struct {
	Cells  []formCell `yaml:"cells"`
	Height float64    `yaml:"height"`
}

// formCell is a label with what belongs beside it: a field, a choice, a fixed
// text, or a line to sign on.
type formCell struct {
	Label   string   `yaml:"label"`
	Field   string   `yaml:"field"`
	Needed  bool     `yaml:"needed"`
	Choices []string `yaml:"choices"`
	Text    string   `yaml:"text"`
	Sign    string   `yaml:"sign"`
}

// FormInfo describes a form to whoever fills it in.
type FormInfo struct {
	Code    string      `json:"code"`
	Version int         `json:"version"`
	Title   string      `json:"title"`
	Photo   bool        `json:"photo"`
	Fields  []FormField `json:"fields"`
}

// FormField is a field of a form.
type FormField struct {
	Name    string   `json:"name"`
	Label   string   `json:"label"`
	Needed  bool     `json:"needed"`
	Choices []string `json:"choices"`
}

func loadForms(files fs.FS) (map[string]form, error) {
	names, err := fs.Glob(files, "forms/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("forms: %w", err)
	}
	out := map[string]form{}
	for _, n := range names {
		var f form
		if err := strict(files, n, &f); err != nil {
			return nil, err
		}
		if err := f.check(strings.TrimSuffix(strings.TrimPrefix(n, "forms/"), ".yaml")); err != nil {
			return nil, fmt.Errorf("%s: %w", n, err)
		}
		out[f.Code] = f
	}
	return out, nil
}

func (f *form) check(name string) error {
	if f.Code != name || f.Version < 1 || f.Title == "" || f.Photo > len(f.Rows) {
		return fmt.Errorf("code, version, title or photo is wrong")
	}
	seen := map[string]bool{}
	signed := false
	for i, r := range f.Rows {
		if len(r.Cells) == 0 || len(r.Cells) > 3 {
			return fmt.Errorf("row %d has %d boxes", i+1, len(r.Cells))
		}
		for _, c := range r.Cells {
			ways := 0
			for _, is := range []bool{c.Field != "", c.Text != "", c.Sign != ""} {
				if is {
					ways++
				}
			}
			if ways > 1 && c.Sign == "" || ways == 0 || c.Label == "" || seen[c.Field] || (len(c.Choices) > 0 && c.Field == "") {
				return fmt.Errorf("row %d: box %s is not one thing, or its field is there twice", i+1, c.Label)
			}
			seen[c.Field] = c.Field != ""
			signed = signed || c.Sign != ""
		}
	}
	if !signed {
		return fmt.Errorf("nobody signs it")
	}
	return nil
}

// Forms are the application forms, by their code.
func (s *Service) Forms() []FormInfo {
	out := []FormInfo{}
	for _, code := range slices.Sorted(maps.Keys(s.forms)) {
		f := s.forms[code]
		info := FormInfo{Code: f.Code, Version: f.Version, Title: f.Title, Photo: f.Photo > 0, Fields: []FormField{}}
		for _, c := range f.cells() {
			if c.Field != "" {
				info.Fields = append(info.Fields, FormField{c.Field, plainLabel(c.Label), c.Needed, append([]string{}, c.Choices...)})
			}
		}
		out = append(out, info)
	}
	return out
}

func (f *form) cells() (out []formCell) {
	for _, r := range f.Rows {
		out = append(out, r.Cells...)
	}
	return out
}

// plainLabel is a label without the spaces that spread it over its box.
func plainLabel(s string) string { return strings.NewReplacer("　", "", " ", "", "\n", "").Replace(s) }

const maxValue = 200

// Form is an application form filled in, as a PDF; with blank it is one to be
// written on, and nothing has to be filled in. It checks no right. Faults:
// licensing.form.code, licensing.form.value, licensing.form.field,
// licensing.form.photo, page.font.
func (s *Service) Form(code string, values map[string]string, photo []byte, blank bool) ([]byte, error) {
	f, known := s.forms[code]
	if !known {
		return nil, fault.New(fault.NotFound, "licensing.form.code", "没有这张表，请从列表中选择")
	}
	if err := f.accept(values, blank); err != nil {
		return nil, err
	}
	if len(photo) > 0 && !Printable(photo) {
		return nil, fault.New(fault.Invalid, "licensing.form.photo", "照片不是 JPEG 或 PNG 图片，或者 PNG 的像素太多；请改用 JPEG")
	}
	out, err := page.Twice(f.Title, faces(), func(on *page.Sheet) error {
		p := newPaper(on, "", false)
		p.top, p.bottom = 20*page.MM, 279*page.MM // a form fills its page
		p.flow(f.layout(p, values, photo, clock.DateOf(s.clock.Now())))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out.Finish()
}

// mostPNG is how many pixels of a PNG are unfolded to be printed: twenty times
// what a photograph of this size shows. A JPEG is not unfolded.
const mostPNG = 4_000_000

// Printable says whether a photograph can be printed on a form at bearable cost.
func Printable(photo []byte) bool {
	c, kind, err := image.DecodeConfig(bytes.NewReader(photo))
	return err == nil && (kind == "jpeg" || c.Width*c.Height <= mostPNG)
}

func (f *form) accept(values map[string]string, blank bool) error {
	var missing []string
	left := maps.Clone(values)
	for _, c := range f.cells() {
		v := values[c.Field]
		delete(left, c.Field)
		if c.Field == "" {
			continue
		}
		if strings.TrimSpace(v) == "" && c.Needed && !blank {
			missing = append(missing, plainLabel(c.Label))
		}
		if len([]rune(v)) > maxValue || !person.Line(v) {
			return fault.Newf(fault.Invalid, "licensing.form.value", "“%s”超过 %d 个字或含有无法打印的字符，请修改", plainLabel(c.Label), maxValue)
		}
		if v != "" && len(c.Choices) > 0 && !slices.Contains(c.Choices, v) {
			return fault.Newf(fault.Invalid, "licensing.form.value", "“%s”只能选：%s", plainLabel(c.Label), strings.Join(c.Choices, "、"))
		}
	}
	if len(left) > 0 {
		return fault.New(fault.Invalid, "licensing.form.value", "表中没有所填的某一项，请刷新页面后重新填写")
	}
	if len(missing) > 0 {
		return fault.Newf(fault.Invalid, "licensing.form.field", "还没有填写：%s", strings.Join(missing, "、"))
	}
	return nil
}

const (
	formRowH       = 28.0
	photoW, photoH = 33 * page.MM, 44 * page.MM // 大一寸
)

func (f *form) layout(p *paper, values map[string]string, photo []byte, on clock.Date) []item {
	items := append(p.title(f.Title), gap(10))
	first := len(items)
	for i, r := range f.Rows {
		inset := 0.0
		if i < f.Photo {
			inset = photoW
		}
		items = append(items, f.row(p, r, values, inset, on))
	}
	if f.Photo > 0 {
		f.photo(p, items[first:first+f.Photo], photo)
	}
	items = append(items, gap(6))
	for _, n := range f.Notes {
		items = append(items, p.note(n, 19)...)
	}
	return items
}

// photo makes the first rows as high as the photograph, and draws it beside them.
func (f *form) photo(p *paper, rows []item, photo []byte) {
	h := 0.0
	for i := range rows {
		rows[i].keep = true
		h += rows[i].h
	}
	draw := rows[0].draw
	rows[0].draw = func(y float64) {
		draw(y)
		p.SetLineWidth(0.6)
		p.RectFromUpperLeft(right-photoW, y, photoW, h)
		if len(photo) == 0 {
			p.Use(page.Song, sizeS4)
			for i, l := range []string{"近期免冠", "白底彩色", "照　　片"} {
				p.Draw(right-photoW+(photoW-p.Width(l))/2, y+h/2-27+float64(i)*18, l)
			}
			return
		}
		c, _, err := image.DecodeConfig(bytes.NewReader(photo))
		p.Keep(err)
		if err == nil {
			p.Picture(photo, right-photoW+2, y+2, photoW-4, h-4, float64(c.Width)/float64(c.Height))
		}
	}
}

func (f *form) row(p *paper, r formRow, values map[string]string, inset float64, on clock.Date) item {
	h := r.Height
	if h == 0 {
		h = formRowH
	}
	if inset > 0 {
		h = max(h, photoH/float64(f.Photo))
	}
	share := 100 / float64(len(r.Cells))
	narrow := min(18, share*0.42)
	if inset > 0 {
		narrow = min(18*blockW/(blockW-inset), share*0.42)
	}
	var cells []cell
	for _, c := range r.Cells {
		text := c.Text
		switch {
		case len(c.Choices) > 0:
			text = choice(c.Choices, values[c.Field])
		case c.Field != "":
			text = values[c.Field]
		}
		if c.Sign != "" {
			text = strings.TrimPrefix(text+"\n\n　　　"+c.Sign+"：____________　　"+signedOn(on), "\n")
		}
		cells = append(cells, label(narrow, c.Label), value(share-narrow, text))
	}
	return p.gridRow(h, inset, cells...)
}

// choice shows what can be chosen and what was.
func choice(all []string, chosen string) string {
	out := make([]string, len(all))
	for i, c := range all {
		out[i] = "□ " + c
		if c == chosen {
			out[i] = "■ " + c
		}
	}
	return strings.Join(out, "　")
}

// signedOn leaves month and day to the hand that signs.
func signedOn(on clock.Date) string { return fmt.Sprintf("%d 年　　月　　日", on.Year) }
