package matter

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/protocol/fault"
)

// text is a definition as it lies in the tree, with one thing replaced.
func text(t *testing.T, code, from, to string) string {
	t.Helper()
	body, err := fs.ReadFile(Files(), code+".yaml")
	require.NoError(t, err)
	s := string(body)
	require.Contains(t, s, from)
	return strings.Replace(s, from, to, 1)
}

func tree(name, body string) fstest.MapFS { return fstest.MapFS{name: {Data: []byte(body)}} }

// lineAt is the line of the first part of a text that holds what.
func lineAt(t *testing.T, body, what string) int {
	t.Helper()
	i := strings.Index(body, what)
	require.GreaterOrEqual(t, i, 0, what)
	return 1 + strings.Count(body[:i], "\n")
}

// TestAWrongDefinitionIsRefusedByFileAndLine breaks one thing at a time.
func TestAWrongDefinitionIsRefusedByFileAndLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, code, from, to string
		says                 string
		at                   string // what stands on the line that is named
	}{
		{"unknown key", "RT04", "route: CHANGE", "rout: CHANGE", "没有 rout 这个键", "rout: CHANGE"},
		{"unknown key inside", "RT04", "{key: address,", "{key: address, labell: 甲,", "没有 labell 这个键", "labell"},
		{"key twice", "RT04", "route: CHANGE", "route: CHANGE\nroute: CANCEL", "键 route 写了两次", "route: CANCEL"},
		{"wrong type", "RT04", "legal_days: 20", "legal_days: 二十", "类型不对", "legal_days"},
		{"not YAML", "RT04", "legal_days: 20", "legal_days: [20", "", ""},
		{"two documents", "RT04", "route: CHANGE", "route: CHANGE\n---\ncode: RT05", "一个文件只能有一个事项", ""},
		{"another code", "RT04", "code: RT04", "code: RT05", "文件名与情形代码", "code: RT05"},
		{"no version", "RT04", "version: 1", "version: 0", "版本号从 1 开始", "version: 0"},
		{"unknown trade", "RT04", "trade: ROAD", "trade: RAIL", `没有行业 "RAIL"`, "trade: RAIL"},
		{"unknown action", "RT04", "action: REISSUE", "action: REPLACE", `没有办理类型 "REPLACE"`, "action: REPLACE"},
		{"unknown category", "RT04", `["01001", "02001"]`, `["01001", "02009"]`, `没有从业资格类别 "02009"`, "categories:"},
		{"category of another trade", "RT04", `["01001", "02001"]`, `["01001", "09002"]`, "类别 09002 不属于行业 ROAD", "categories:"},
		{"unknown channel", "RT04", "[W, O, R, K]", "[W, O, R, Z]", `没有办理渠道 "Z"`, "channels:"},
		{"channel twice", "RT04", "[W, O, R, K]", "[W, O, R, W]", "办理渠道 W 写了两次", "channels:"},
		{"channel nobody may use", "RT04", "[W, O, R, K]", "[W, O, R, E]", "渠道 E 需要申请人 COMPANY", "channels:"},
		{"no law", "SC03", "  - {law: 出租汽车运营服务规范,", "  - {law: \"\",", "缺少法律、法规、规章名称", "服务监督卡的规定"},
		{"no applicant", "RT04", "applicants: [PERSON]", "applicants: []", "缺少申请人", "applicants:"},
		{"unknown applicant", "RT04", "applicants: [PERSON]", "applicants: [PERSON, ROBOT]", `没有申请人 "ROBOT"`, "applicants:"},
		{"unknown confidence", "RT04", "confidence: known", "confidence: sure", `没有核实程度 "sure"`, "confidence: sure"},
		{"unknown field kind", "RT04", "kind: phone", "kind: telegram", `没有字段类型 "telegram"`, "telegram"},
		{"unknown source", "RT04", "source: LICENCE", "source: HEARSAY", `没有预填来源 "HEARSAY"`, "HEARSAY"},
		{"field twice", "RT04", "key: happened_on", "key: mobile", "字段 mobile 写了两次", "遗失或毁损日期"},
		{"choice without choices", "RT04", ", choices: [{value: LOST, label: 遗失}, {value: DAMAGED, label: 毁损}]", "", "选择必须有选项", "补证原因"},
		{"choice twice", "RT04", "value: DAMAGED", "value: LOST", "选项 LOST 写了两次", "value: LOST"},
		{"condition on nothing", "RT04", "{field: delivery, is: [POST]}", "{field: deliver, is: [POST]}", "不是前面的选择字段", "post_address"},
		{"condition on no choice", "RT04", "{field: delivery, is: [POST]}", "{field: delivery, is: [MAIL]}", `没有选项 "MAIL"`, "post_address"},
		{"bounds the wrong way", "RT04", "min: 5, max: 300", "min: 500, max: 300", "上下限不对", "min: 500"},
		{"no category field", "RT04", "kind: category", "kind: licence", "须有且只有一个必填的从业资格类别字段", "fields:"},
		{"unknown material", "RT04", "code: M05", "code: M99", `没有材料 "M99"`, "M99"},
		{"material twice", "RT04", "code: M05", "code: M01", "材料 M01 写了两次", "code: M01, required: true, source: PORTRAIT"},
		{"unknown form", "RT04", "forms: [ecert,", "forms: [ecard,", `没有提交形式 "ecard"`, "ecard"},
		{"data without a source", "RT01", "source: EXAM, ", "", "没有说明自动来源", "code: M07"},
		{"unknown check", "RT04", "E15", "E51", `没有资格校验 "E51"`, "checks:"},
		{"limited check that is none", "DG01", "checks_only: {E03:", "checks_only: {E07:", "E07 不在 checks 里", "checks_only:"},
		{"unknown letter set", "RT04", "letters: DS-B", "letters: DS-Q", `没有文书或文书组合 "DS-Q"`, "letters: DS-Q"},
		{"letters of another route", "RT04", "letters: DS-B", "letters: DS-C", "文书组合 DS-C 不用于流程 CHANGE", "letters: DS-C"},
		{"one letter for a decision", "RT04", "letters: DS-B", "letters: D13", "需要文书组合", "letters: D13"},
		{"promised beyond legal", "RT04", "promised_days: 3", "promised_days: 21", "承诺期限 21 天超过法定期限 20 天", "promised_days: 21"},
		{"no period without a reason", "RT04", "legal_days: 20", "legal_days: 0", "没有法定期限的", "legal_days: 0"},
		{"a licence for money", "RT04", "charged: false, ", "charged: true, items: [{name: 工本费, fen: 1000}], ", "不得收费", "工本费"},
		{"a charge of nothing", "EX01", "fen: 7000", "fen: 0", "大于 0 的金额", "fen: 0"},
		{"unknown route", "RT04", "route: CHANGE", "route: DETOUR", `没有流程 "DETOUR"`, "route: DETOUR"},
		{"unknown certificate", "RT04", "certificate: RE-071", "certificate: RE-999", `没有证件 "RE-999"`, "certificate: RE-999"},
		{"effect of another route", "RT04", "effect: REISSUE", "effect: CANCEL", "与流程 CHANGE 不符", "result:"},
		{"unknown conflict", "RT04", "conflicts: [ADD_CATEGORY", "conflicts: [ADD", `没有办理类型 "ADD"`, "conflicts:"},
		{"unseen character", "RT04", "hint: 能收到", "hint: \"\\u202e能收到", "看不见的字符", "能收到"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			to := c.to
			if c.name == "unseen character" {
				to = "hint: 能\u202e收到"
			}
			body := text(t, c.code, c.from, to)
			_, err := read(tree(c.code+".yaml", body))
			require.Error(t, err)
			require.True(t, fault.Is(err, "licensing.matter.definition"), err)
			require.Contains(t, err.Error(), c.code+".yaml")
			require.Contains(t, err.Error(), c.says)
			at := c.at
			if c.name == "unseen character" {
				at = "\u202e"
			}
			if at != "" {
				require.Contains(t, err.Error(), fmt.Sprintf("%s.yaml 第 %d 行", c.code, lineAt(t, body, at)))
			}
		})
	}
}

func TestEverythingWrongIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	body := strings.ReplaceAll(text(t, "RT04", "trade: ROAD", "trade: RAIL"), "M05", "M99")
	_, err := read(fstest.MapFS{"RT04.yaml": {Data: []byte(body)}, "XX1.yaml": {Data: []byte("code: XX1\n")}})
	require.ErrorContains(t, err, "RAIL")
	require.ErrorContains(t, err, "M99")
	require.ErrorContains(t, err, "XX1.yaml 第 1 行")
	require.ErrorContains(t, err, "还有")
}

// TestAnItemCodeIsOneMatters: two files must not claim the same city item.
func TestAnItemCodeIsOneMatters(t *testing.T) {
	t.Parallel()
	other := text(t, "RT05", `"310190001005"`, `"310190001004"`)
	_, err := read(fstest.MapFS{"RT04.yaml": {Data: []byte(text(t, "RT04", "code: RT04", "code: RT04"))}, "RT05.yaml": {Data: []byte(other)}})
	require.ErrorContains(t, err, "统一事项编码 310190001004 与 RT04 相同")
}

// TestANewMatterIsOneFile: with one more file there is one more matter that can
// be filled in and checked; no line of code knows it.
func TestANewMatterIsOneFile(t *testing.T) {
	t.Parallel()
	body := text(t, "RT04", "code: RT04", "code: ZZ01")
	body = strings.ReplaceAll(body, `"310190001004"`, `"310190099001"`)
	files := tree("ZZ01.yaml", body)
	names, err := fs.Glob(Files(), "*.yaml")
	require.NoError(t, err)
	for _, name := range names {
		data, err := fs.ReadFile(Files(), name)
		require.NoError(t, err)
		files[name] = &fstest.MapFile{Data: data}
	}
	list, err := read(files)
	require.NoError(t, err)
	require.Len(t, list, len(names)+1)
	d := list[len(list)-1].Definition
	require.Equal(t, "ZZ01", d.Code)
	for _, ch := range d.Channels {
		walk(t, d, Entry{Channel: ch, Categories: d.Categories})
	}
	require.NotEmpty(t, d.Describe())
}

// TestADigestIsOfWhatIsSaid: comments, order and layout do not make a version,
// a changed word does.
func TestADigestIsOfWhatIsSaid(t *testing.T) {
	t.Parallel()
	of := func(body string) string {
		f, wrong := decode("RT04.yaml", []byte(body))
		require.Empty(t, wrong)
		return f.digest.String()
	}
	plain := text(t, "RT04", "code: RT04", "code: RT04")
	require.Equal(t, of(plain), of("# 说明\n"+strings.Replace(plain, "code: RT04\nversion: 1\n", "version:   1\ncode: \"RT04\"\n", 1)))
	require.NotEqual(t, of(plain), of(text(t, "RT04", "遗失或者毁损", "遗失、毁损")))
}

// TestConflictsAreMutual: when one matter bars another, the other bars it, or two
// people could begin both in the other order.
func TestConflictsAreMutual(t *testing.T) {
	t.Parallel()
	list, err := read(Files())
	require.NoError(t, err)
	for _, a := range list {
		for _, b := range list {
			if !overlap(a.Categories, b.Categories) || a.Certificate != b.Certificate {
				continue
			}
			require.Equal(t, bars(a.Definition, b.Action), bars(b.Definition, a.Action), "%s %s", a.Code, b.Code)
		}
	}
}

func bars(d Definition, a licensing.Action) bool {
	for _, c := range d.Conflicts {
		if c == a {
			return true
		}
	}
	return false
}

func overlap(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}
