package letter

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/page"
)

// planted is the templates with one of them changed.
func planted(t *testing.T, name string, change func(string) string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	for _, dir := range []struct {
		files fs.FS
		glob  string
	}{{templateFiles, "templates/*.yaml"}, {formFiles, "forms/*.yaml"}} {
		names, err := fs.Glob(dir.files, dir.glob)
		require.NoError(t, err)
		for _, n := range names {
			raw, err := fs.ReadFile(dir.files, n)
			require.NoError(t, err)
			if n == name {
				changed := change(string(raw))
				require.NotEqual(t, string(raw), changed, "the plant takes")
				raw = []byte(changed)
			}
			out[n] = &fstest.MapFile{Data: raw}
		}
	}
	return out
}

func replace(old, by string) func(string) string {
	return func(s string) string { return strings.ReplaceAll(s, old, by) }
}

// TestUnlawfulTemplatesStopTheProgram: each kind of mistake is named at start.
func TestUnlawfulTemplatesStopTheProgram(t *testing.T) {
	t.Parallel()
	_, err := load(templateFiles)
	require.NoError(t, err)
	for _, c := range []struct {
		name, want string
		change     func(string) string
	}{
		{"D02.yaml", "no field {promisedDate}", replace("{promiseDate}", "{promisedDate}")},
		{"D02.yaml", "no field {court}", replace("{legalDate}", "{court}")},
		{"D02.yaml", "wants {legalDate}", replace("（法定期限：{legalDate}）", "")},
		{"D02.yaml", "wants the table materials", replace("  - table: materials\n", "")},
		{"D04.yaml", "table materials cannot", replace("table: defects", "table: materials")},
		{"D06.yaml", "wants {reason}", replace("{reason}", "理由充分")},
		{"D06.yaml", "remedies", replace("六个月内", "三个月内")},
		{"D06.yaml", "field basis not found", replace("version: 3", "version: 3\nbasis: x")},
		{"D06.yaml", "brace", replace("{article}", "{article")},
		{"D05.yaml", "no such trade: ship", replace("  bus:", "  ship:")},
		{"D07.yaml", "version", replace("version: 2", "version: 0")},
		{"D08.yaml", "no field till", replace("if: to", "if: till")},
		{"trades.yaml", "law or name", replace("law: 《上海市公共汽车和电车客运管理条例》", "law: ''")},
	} {
		_, err := load(planted(t, "templates/"+c.name, c.change))
		require.ErrorContains(t, err, c.want, c.name)
	}
}

func TestFormsAreChecked(t *testing.T) {
	t.Parallel()
	got, err := loadForms(formFiles)
	require.NoError(t, err)
	for _, code := range []string{"M01", "M02", "M09", "M15", "M19", "M22"} {
		require.Contains(t, got, code)
	}
	for _, c := range []struct {
		want   string
		change func(string) string
	}{
		{"twice", replace("field: mobile", "field: name")},
		{"nobody signs", func(s string) string { return regexp.MustCompile(`, sign: [^}]*`).ReplaceAllString(s, "") }},
		{"version", replace("code: M19", "code: M20")},
		{"not found", replace("photo: 0", "foto: 0")},
	} {
		_, err := loadForms(planted(t, "forms/M19.yaml", c.change))
		require.ErrorContains(t, err, c.want)
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		c := newCode()
		require.Len(t, c, 19)
		require.False(t, seen[c])
		seen[c] = true
		require.Equal(t, strings.ReplaceAll(c, "-", ""), readCode(strings.ToLower(c)))
	}
	require.Equal(t, "0123456789ABCD10", readCode("O123-4567-89ab-cdIo"))
	for _, no := range []string{"", "0123", "0123-4567-89AB-CDEU", strings.Repeat("0", 17)} {
		require.Empty(t, readCode(no))
	}
}

// TestLinesKeepToTheRules: 28 characters a line, no line begins with a closing
// mark or ends with an opening one, no number is broken, nothing is lost.
func TestLinesKeepToTheRules(t *testing.T) {
	t.Parallel()
	on, err := page.New("x", faces()...)
	if testing.Short() && err != nil {
		t.Skip("the quick checks build no pages and have no font; make test has it")
	}
	require.NoError(t, err)
	p := newPaper(on, "", true)
	p.begin()
	text := strings.Repeat("依据《中华人民共和国行政许可法》第三十二条第一款第（五）项，决定（2026年11月23日）予以“受理”。编码751126260000012，", 12)
	items := p.wrap(text, "NotoSerifSC", size3, spacing3, blockW, 2*char)
	joined := ""
	for i, l := range items {
		joined += l.text
		first, last := []rune(l.text)[0], []rune(l.text)[len([]rune(l.text))-1]
		require.NotContains(t, closers, string(first), l.text)
		if i < len(items)-1 {
			require.NotContains(t, openers, string(last), l.text)
		}
		require.Equal(t, strings.Count(l.text, "751126260000012"), strings.Count(l.text, "7511"), "a number stays whole")
	}
	require.Equal(t, text, joined)
	even := p.wrap(strings.Repeat("中", 280), "NotoSerifSC", size3, spacing3, blockW, 0)
	require.Len(t, even, 10)
	require.Len(t, []rune(even[0].text), 28)
}
