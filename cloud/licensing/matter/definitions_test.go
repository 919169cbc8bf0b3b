package matter

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
)

//go:embed testdata/situations.txt
var situations string

// sets are the groups of categories that the table names.
var sets = map[string][]string{
	"drv":  {"03001", "03005", "03009", "03013"},
	"crew": {"03002", "03003", "03006", "03007", "03010", "03011", "03014", "03015"},
	"bus":  {"13001", "13901", "13902"},
	"dg":   {"03001", "03002", "03003", "03005", "03006", "03007", "03009", "03010", "03011", "03013", "03014", "03015"},
}

func categoriesOf(text, split string) []string {
	var out []string
	for _, w := range strings.Split(text, split) {
		switch {
		case w == "all":
			out = append(out, codes(categoryNames())...)
		case w == "road":
			out = append(append(out, "01001", "02001"), sets["dg"]...)
		case w == "drivers":
			out = append(append(out, "01001", "02001", "09002", "09003", "13001"), sets["drv"]...)
		case sets[w] != nil:
			out = append(out, sets[w]...)
		case w != "":
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return out
}

// listed reads "E01-E03 E05@drv" into codes with the categories each is for.
func listed(text string) map[string][]string {
	out := map[string][]string{}
	for w := range strings.FieldsSeq(text) {
		code, only, _ := strings.Cut(w, "@")
		from, to, many := strings.Cut(code, "-")
		first, _ := strconv.Atoi(from[1:])
		last := first
		if many {
			last, _ = strconv.Atoi(to[1:])
		}
		for n := first; n <= last; n++ {
			out[fmt.Sprintf("%s%02d", from[:1], n)] = categoriesOf(only, ",")
		}
	}
	return out
}

func sorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}

type situation struct {
	code, action, days, fee, channels, letters, certificate, effect string
	categories                                                      []string
	materials, checks                                               map[string][]string
	optional                                                        bool
}

func table(t *testing.T) []situation {
	t.Helper()
	var out []situation
	for line := range strings.Lines(situations) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cell := strings.Split(strings.TrimSpace(line), "|")
		require.Len(t, cell, 11, line)
		for i := range cell {
			cell[i] = strings.TrimSpace(cell[i])
		}
		code, optional := strings.CutSuffix(cell[0], "*")
		out = append(out, situation{
			code: code, optional: optional, categories: categoriesOf(cell[1], " "), action: cell[2], materials: listed(cell[3]), checks: listed(cell[4]),
			days: cell[5], fee: cell[6], channels: cell[7], letters: cell[8], certificate: cell[9], effect: cell[10],
		})
	}
	return out
}

// TestDefinitions holds every definition to its row of chapter 2.5, fills in its
// form for every category and channel and passes, and then breaks each required
// field and each material once and sees the defect that names it.
func TestDefinitions(t *testing.T) {
	t.Parallel()
	list, err := read(Files())
	require.NoError(t, err)
	rows := table(t)
	require.Len(t, rows, 44)
	have := map[string]Definition{}
	for _, f := range list {
		have[f.Code] = f.Definition
	}
	require.Len(t, have, len(rows), "every definition has a row, and every row a definition")
	for _, want := range rows {
		t.Run(want.code, func(t *testing.T) {
			t.Parallel()
			d, ok := have[want.code]
			require.True(t, ok, "no definition")
			want.matches(t, d)
			for _, ch := range d.Channels {
				for _, category := range d.Categories {
					walk(t, d, Entry{Channel: ch, Categories: []string{category}})
				}
				walk(t, d, Entry{Channel: ch, Categories: d.Categories})
			}
		})
	}
}

func (s situation) matches(t *testing.T, d Definition) {
	t.Helper()
	require.Equal(t, s.categories, sorted(d.Categories))
	require.Equal(t, s.action, string(d.Action))
	require.Equal(t, s.days, fmt.Sprintf("%d/%d", d.LegalDays, d.PromisedDays))
	require.Equal(t, s.channels, strings.Join(words(d.Channels), " "))
	require.Equal(t, s.letters, d.Letters)
	require.Equal(t, s.certificate, strings.Join(append([]string{d.Certificate}, d.Result.Cards...), "+"))
	require.Equal(t, s.effect, string(d.Result.Effect))
	require.Equal(t, s.fee == "yes", d.Fee.Charged)
	require.Equal(t, s.optional, d.Optional)
	materials := map[string][]string{}
	agents := 0
	for _, m := range d.Materials {
		if m.Code == "M20" || m.Code == "M30" { // beside the table: whoever may come to a window may send somebody (§29), and what M19 has with it
			if m.Code == "M20" {
				agents++
			}
			continue
		}
		require.True(t, m.Required, m.Code)
		materials[m.Code] = sorted(m.For)
	}
	same(t, s.materials, materials)
	if d.Takes(licensing.Window) && slices.Contains(d.Who.Applicants, Person) {
		require.Equal(t, 1, agents)
	}
	checks := map[string][]string{}
	for _, code := range d.Checks {
		checks[code] = sorted(d.ChecksOnly[code])
	}
	same(t, s.checks, checks)
}

func same(t *testing.T, want, have map[string][]string) {
	t.Helper()
	require.Equal(t, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(have)))
	for code, only := range want {
		require.ElementsMatch(t, only, have[code], code)
	}
}

// good is a value that a field takes.
func good(f Field) string {
	switch f.Kind {
	case Chosen:
		return f.Choices[len(f.Choices)-1].Value // the last: the one that asks for more
	case Date:
		return "2026-03-01"
	case Number:
		return strconv.Itoa(max(f.Min, 1))
	case Name:
		return "张伟"
	case IDNo:
		if f.Key == "relative_id_no" || f.Key == "agent_id_no" { // somebody else
			return "110101199003070011"
		}
		return "310101198501010014"
	case Phone:
		return "13800138000"
	case Licence:
		return "310101198501010014"
	case Category:
		return ""
	case Text, Reason, Address:
	}
	return strings.Repeat("文", max(f.Min, 2))
}

// walk fills in the form and breaks it, one thing at a time.
func walk(t *testing.T, d Definition, in Entry) {
	t.Helper()
	form := map[string]string{}
	for _, f := range d.FieldsFor(in.Categories, in.Channel) {
		if v := good(f); v != "" && f.Visible(form) {
			form[f.Key] = v
		}
	}
	var handed []string
	for _, m := range d.MaterialsFor(in.Categories, form) {
		handed = append(handed, m.Code)
	}
	require.Empty(t, d.Check(form, handed, in), "%s by %s", in.Categories, in.Channel)
	clean, err := d.Clean(form, in)
	require.NoError(t, err)
	require.Equal(t, form, clean)
	for _, f := range d.FieldsFor(in.Categories, in.Channel) {
		if !f.Required || f.Kind == Category || !f.Visible(form) {
			continue
		}
		broken := maps.Clone(form)
		delete(broken, f.Key)
		one(t, d.Check(broken, handed, in), PartField, f.Key, Missing, f.Label)
		broken[f.Key] = "\u202e！"
		one(t, d.Check(broken, handed, in), PartField, f.Key, Invalid, f.Label)
	}
	for i, code := range handed {
		rest := slices.Delete(slices.Clone(handed), i, i+1)
		one(t, d.Check(form, rest, in), PartMaterial, code, Missing, licensing.Name(licensing.Materials(), code))
	}
	if len(d.Checks) > 0 {
		require.NotEmpty(t, d.ChecksFor(in.Categories))
	}
}

// one wants the defect to be there, in words, and first of what depends on it.
func one(t *testing.T, found []Defect, part, key, problem, name string) {
	t.Helper()
	i := slices.IndexFunc(found, func(d Defect) bool { return d.Part == part && d.Key == key })
	require.GreaterOrEqual(t, i, 0, "%s %s was broken and nobody noticed: %v", part, key, found)
	require.Equal(t, problem, found[i].Problem, key)
	require.Equal(t, name, found[i].Name)
	require.NotEmpty(t, found[i].Reason)
	require.NotEmpty(t, found[i].HowTo)
}
