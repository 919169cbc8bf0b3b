package person_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

func TestLineIsWhatItLooksLike(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"": true, "浦东第一分考场（3 楼）": true, "𠮷野·阿卜杜拉 J. Smith-1 😀": true,
		"a\nb": false, "a\tb": false, "a\x00": false, "a\x7f": false, "a\u0085": false,
		"a\u200bb": false, "a\u200db": false, "a\ufeff": false, "\u202eabc": false, "a\u2028b": false, "a\u2029b": false,
		"\u3164": false, "a\u2800": false, "a\ue000": false, "\xff": false, "\ufffd": false, "\u00ad": false,
	} {
		require.Equal(t, want, person.Line(s), "%q", s)
	}
	require.True(t, person.Lines("第一行\n第二行\r\n"))
	require.False(t, person.Lines("第一行\r第二行"))
	require.False(t, person.Lines("第一行\u200b\n"))
}

func TestCheckTextNamesTheField(t *testing.T) {
	t.Parallel()
	type room struct {
		Name string `json:"name"`
	}
	type base struct {
		Reason string `json:"reason"`
	}
	type body struct {
		base
		Base  base
		Rooms []room            `json:"rooms"`
		Note  string            `json:"note" text:"lines"`
		Old   string            `json:"old" text:"secret"`
		Raw   []byte            `json:"raw"`
		More  any               `json:"more"`
		Map   map[string]string `json:"map"`
		At    *string           `json:"at"`
	}
	bad := "a\u200b"
	field, err := person.CheckText(&body{Note: "a\nb", Old: bad, Raw: []byte("a\nb")})
	require.NoError(t, err)
	require.Empty(t, field)
	for want, b := range map[string]body{
		"Base.reason":   {Base: base{Reason: bad}},
		"rooms[1].name": {Rooms: []room{{"a"}, {"a\n"}}},
		"note":          {Note: bad},
		"more[0]":       {More: []any{map[string]any{"x": bad}}},
		"map":           {Map: map[string]string{"x": bad}},
		"at":            {At: &bad},
		"reason":        {base: base{Reason: bad}},
	} {
		field, err := person.CheckText(b)
		require.Equal(t, want, field)
		require.Equal(t, "request.text", fault.From(err).Code)
	}
}

func TestCheckTextKeepsIDNumbersOut(t *testing.T) {
	t.Parallel()
	type body struct {
		Note string `json:"note" text:"lines"`
		ID   string `json:"id" text:"id"`
	}
	const id = "310104198901278976"
	for _, told := range []string{"310101199001011237", id} {
		_, err := person.CheckText(body{Note: "身份证" + told})
		require.NoError(t, err, "no valid number: "+told)
	}
	valid := valid(t, id[:17])
	for _, note := range []string{valid, "考生" + valid + "未带准考证", "第一行\n号码：" + valid, "３" + valid[1:]} {
		field, err := person.CheckText(body{Note: note, ID: valid})
		require.Equal(t, "note", field, note)
		require.Equal(t, "request.text.id", fault.From(err).Code)
		require.NotContains(t, fault.From(err).Text, valid)
	}
	_, err := person.CheckText(body{Note: "编号 9" + valid + "，尾号 " + valid[14:], ID: valid})
	require.NoError(t, err)
}

// valid completes a number.
func valid(t *testing.T, digits string) string {
	t.Helper()
	for _, c := range "0123456789X" {
		if _, err := person.ParseID(digits + string(c)); err == nil {
			return digits + string(c)
		}
	}
	require.Fail(t, "no check digit")
	return ""
}
