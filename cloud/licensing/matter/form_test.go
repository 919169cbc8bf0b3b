package matter

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/protocol/fault"
)

func defined(t *testing.T, code string) Definition {
	t.Helper()
	list, err := read(Files())
	require.NoError(t, err)
	for _, f := range list {
		if f.Code == code {
			return f.Definition
		}
	}
	t.Fatal("no " + code)
	return Definition{}
}

// filled is a form and its materials that pass.
func filled(d Definition, in Entry) (map[string]string, []string) {
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
	return form, handed
}

// TestWhatAFormRefuses: one bad value, one defect that names it and says why.
func TestWhatAFormRefuses(t *testing.T) {
	t.Parallel()
	d := defined(t, "RT04")
	in := Entry{Channel: licensing.Window, Categories: []string{"01001"}}
	for _, c := range []struct{ key, value, problem, says string }{
		{"reason", "STOLEN", Invalid, "不在可选范围内"},
		{"reason", "遗失", Invalid, "不在可选范围内"},
		{"birth", "2026-02-30", Invalid, "不是有效的日期"},
		{"birth", "1850-01-01", Invalid, "不是有效的日期"},
		{"birth", "2026/01/02", Invalid, "不是有效的日期"},
		{"id_no", "310101198501010015", Invalid, "身份证号不正确"},
		{"mobile", "12345", Invalid, "手机号不正确"},
		{"name", "<script>", Invalid, "姓名的格式不对"},
		{"licence", "沪A123", Invalid, "证号的格式不对"},
		{"statement", "丢了", Invalid, "现有 2 个字"},
		{"statement", strings.Repeat("长", 301), Invalid, "现有 301 个字"},
		{"statement", "本人 310101198501010014 的证件遗失", Invalid, "完整的身份证号"},
		{"address", "浦东新区\n杨高路", Invalid, "看不见的字符"},
		{"address", strings.Repeat("路", 101), Invalid, "现有 101 个字"},
		{"address", "   ", Missing, "没有填写"},
		{"hobby", "钓鱼", Strange, "申请表没有这一项"},
		{"agent_id_no", "310101198501010014", Invalid, "与持证人（申请事项的本人）的身份证号相同"},
	} {
		form, handed := filled(d, in)
		form[c.key] = c.value
		found := d.Check(form, handed, in)
		require.Len(t, found, 1, "%s=%q: %v", c.key, c.value, found)
		require.Equal(t, c.key, found[0].Key)
		require.Equal(t, c.problem, found[0].Problem, c.key)
		require.Contains(t, found[0].Reason, c.says)
	}
	form, handed := filled(d, in)
	form["statement"] = "昨天在地铁上\n遗失了证件"
	require.Empty(t, d.Check(form, handed, in), "an explanation may have lines")
}

// TestWhatAPlatformSaidStands: a field with a source can't be overwritten; one
// without an answer of its source is the applicant's to fill in.
func TestWhatAPlatformSaidStands(t *testing.T) {
	t.Parallel()
	d := defined(t, "RT04")
	in := Entry{Channel: licensing.Online, Categories: []string{"01001"}, Known: map[string]string{"name": "张伟", "id_no": "3101**********0014", "address": "浦东", "residence": ""}}
	form, handed := filled(d, in)
	form["id_no"] = "3101**********0014" // as the account shows it
	require.Empty(t, d.Check(form, handed, in), "an address that the applicant writes is not the account's")
	form["name"] = "李伟"
	found := d.Check(form, handed, in)
	require.Len(t, found, 1)
	require.Equal(t, ReadOnly, found[0].Problem)
	require.Contains(t, found[0].HowTo, "申请人账户")
}

// TestEverythingMissingIsSaidAtOnce: an empty application of a person at the
// window lists every required thing in one answer.
func TestEverythingMissingIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	d := defined(t, "DG01")
	found := d.Check(nil, nil, Entry{Channel: licensing.Kiosk})
	keys := map[string]string{}
	for _, f := range found {
		keys[f.Key] = f.Problem
		require.NotEmpty(t, f.HowTo)
	}
	require.Equal(t, Invalid, keys["channel"])
	require.Equal(t, Missing, keys["category"])
	require.Equal(t, Missing, keys["name"])
	require.Equal(t, Missing, keys["M13"])
	require.NotContains(t, keys, "M04", "a driver's material, and no category is chosen")
	found = d.Check(map[string]string{"category": "03001"}, nil, Entry{Channel: licensing.Window})
	require.Contains(t, found, Defect{PartMaterial, "M04", "机动车驾驶证", Missing, "没有从电子证照库取得", "请提交电子证照或扫描件"})
	for _, bad := range []string{"03001,03001", "03001,01001", "03001,", "x"} {
		found = d.Check(map[string]string{"category": bad}, nil, Entry{Channel: licensing.Window})
		require.Equal(t, "category", found[0].Key)
		require.Equal(t, Invalid, found[0].Problem, bad)
	}
}

// TestWhatAChoiceHidesIsDropped: neither asked for, nor kept, nor a condition for
// anything else.
func TestWhatAChoiceHidesIsDropped(t *testing.T) {
	t.Parallel()
	d := defined(t, "RT04")
	in := Entry{Channel: licensing.Window, Categories: []string{"01001"}}
	form, handed := filled(d, in)
	require.Equal(t, "AGENT", form["agent"])
	require.Contains(t, handed, "M20")
	form["agent"] = "SELF"
	require.Empty(t, d.Check(form, handed, in))
	clean, err := d.Clean(form, in)
	require.NoError(t, err)
	require.NotContains(t, clean, "agent_name")
	require.NotContains(t, clean, "hobby")

	online := Entry{Channel: licensing.Online, Categories: []string{"01001"}}
	sent := maps.Clone(clean)
	sent["agent"] = "AGENT" // not a question that the web asks
	rest := []string{"M01", "M03", "M05", "M09"}
	require.Empty(t, d.Check(sent, rest, online), "so it asks for no letter of attorney")
	clean, err = d.Clean(sent, online)
	require.NoError(t, err)
	require.NotContains(t, clean, "agent")
	d.Fields = append(d.Fields, Field{Key: "relation", Label: "与本人关系", Kind: Text, Required: true, When: &When{Field: "agent", Is: []string{"AGENT"}}})
	require.Empty(t, d.Check(sent, rest, online), "nor for what depends on an answer that it does not ask")
}

func TestWhichOpenCasesBarAnother(t *testing.T) {
	t.Parallel()
	renew, apply, transfer := defined(t, "RT03"), defined(t, "DG01"), defined(t, "XT02")
	mine := Standing{Action: licensing.Renew, Licence: "L1", Categories: []string{"01001"}}
	for _, c := range []struct {
		name string
		d    Definition
		mine Standing
		open Standing
		bars bool
	}{
		{"the same licence", renew, mine, Standing{Action: licensing.Reissue, Licence: "L1", Categories: []string{"02001"}}, true},
		{"twice the same", renew, mine, Standing{Action: licensing.Renew, Licence: "L1"}, true},
		{"another licence", renew, mine, Standing{Action: licensing.Reissue, Licence: "L2", Categories: []string{"01001"}}, false},
		{"an action that does not conflict", renew, mine, Standing{Action: licensing.Appoint, Licence: "L1"}, false},
		{"a transfer of any road category", renew, mine, Standing{Action: licensing.TransferOut, Licence: "L9", Categories: []string{"03001"}}, true},
		{"a first application of the same category", apply, Standing{Action: licensing.Apply, Categories: []string{"03001"}}, Standing{Action: licensing.Apply, Categories: []string{"03001", "03005"}}, true},
		{"a first application of another", apply, Standing{Action: licensing.Apply, Categories: []string{"03001"}}, Standing{Action: licensing.Apply, Categories: []string{"03002"}}, false},
		{"a transfer while something is open", transfer, Standing{Action: licensing.TransferIn, Categories: []string{"01001"}}, Standing{Action: licensing.Change, Licence: "L1", Categories: []string{"03002"}}, true},
		{"a transfer leaves a taxi alone", transfer, Standing{Action: licensing.TransferIn, Categories: []string{"01001"}}, Standing{Action: licensing.Renew, Licence: "T1", Categories: []string{"09002"}}, false},
	} {
		got := c.d.Clashes(c.mine, []Standing{c.open})
		require.Equal(t, c.bars, len(got) == 1, c.name)
	}
}

func TestChecksAndLettersOfACase(t *testing.T) {
	t.Parallel()
	d := defined(t, "DG01")
	require.Contains(t, d.ChecksFor([]string{"03001"}), "E24")
	require.NotContains(t, d.ChecksFor([]string{"03001"}), "E25")
	require.Contains(t, d.ChecksFor([]string{"03002"}), "E25")
	require.NotContains(t, d.ChecksFor([]string{"03002"}), "E03")
	require.False(t, defined(t, "RT07").Writes("D05"), "a cancellation is decided with D10")
	require.Equal(t, []string{"D14"}, defined(t, "EX01").LetterKinds())
	for _, code := range []string{"DG01", "RT07", "RH01", "EX01", "XT03"} {
		for _, kind := range []string{"D03", "D04", "D06", "D07", "D08", "D11"} {
			require.True(t, defined(t, code).Writes(kind), "%s: %s is written whenever there is cause", code, kind)
		}
		require.False(t, defined(t, code).Writes("D01"), "no event issues it")
	}
}

func TestAMatterPromisesTheLettersThatCome(t *testing.T) {
	t.Parallel()
	text := func(code string) string {
		d := defined(t, code)
		out := ""
		for _, r := range d.letterRows() {
			out += r.Label + r.Text
		}
		return out
	}
	for _, code := range []string{"RT01", "RT04", "RT07", "XP01", "RH01"} {
		require.NotContains(t, text(code), "收件凭证", "the slip D13 is what is given")
		require.Contains(t, text(code), "发生时出具不予受理决定书")
	}
	require.NotContains(t, text("RT07"), "准予行政许可决定书")
	require.Equal(t, "D13申报提交确认单", text("AP01"))
}

// TestAFormIsBoundedBeforeItIsSent: nothing is kept that could never be sent.
func TestAFormIsBoundedBeforeItIsSent(t *testing.T) {
	t.Parallel()
	d := defined(t, "RT04")
	in := Entry{Channel: licensing.Window, Categories: []string{"01001"}}
	for key, most := range map[string]int{"statement": 300, "address": 100, "agent_name": 100, "reason": 100} {
		form, _ := filled(d, in)
		form[key] = strings.Repeat("长", most)
		_, err := d.Clean(form, in)
		require.NoError(t, err, key)
		form[key] += "长"
		_, err = d.Clean(form, in)
		require.True(t, fault.Is(err, "licensing.matter.form.long"), "%s: %v", key, err)
	}
}

// TestAPhotographsSizeIsStated by every matter that asks for one.
func TestAPhotographsSizeIsStated(t *testing.T) {
	t.Parallel()
	list, err := read(Files())
	require.NoError(t, err)
	for _, f := range list {
		for _, m := range f.Materials {
			want := int64(0)
			if m.Code == "M05" && m.Note != "" {
				want = 100 << 10
			}
			require.Equal(t, want, m.MaxBytes(), "%s %s", f.Code, m.Code)
		}
	}
}
