package person_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// golden reads a file that the TypeScript package reads too.
func golden(t *testing.T, name string, into any) {
	t.Helper()
	in, err := os.ReadFile(filepath.Join("..", "testdata", "person", name))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(in, into))
}

func TestIDVectors(t *testing.T) {
	t.Parallel()
	var v struct {
		Valid []struct {
			Note, Text, Number, Mask string
			Birth                    clock.Date
			Sex                      person.Sex
		}
		Invalid []struct{ Text, Code string }
		Legacy  []struct{ Text, Number string }
		Age     []struct {
			Text string
			On   clock.Date
			Age  int
		}
	}
	golden(t, "id.json", &v)
	require.NotEmpty(t, v.Valid)
	for _, c := range v.Valid {
		id, err := person.ParseID(c.Text)
		require.NoError(t, err, c.Note)
		require.Equal(t, c.Number, id.Reveal(), c.Note)
		require.Equal(t, c.Mask, id.Mask(), c.Note)
		require.Equal(t, c.Birth, id.Birth(), c.Note)
		require.Equal(t, c.Sex, id.Sex(), c.Note)
	}
	require.NotEmpty(t, v.Invalid)
	for _, c := range v.Invalid {
		id, err := person.ParseID(c.Text)
		require.True(t, fault.Is(err, c.Code), "%q: %v", c.Text, err)
		require.True(t, id.IsZero())
		if c.Text != "" {
			require.NotContains(t, err.Error(), c.Text, "input was echoed")
		}
	}
	require.NotEmpty(t, v.Legacy)
	for _, c := range v.Legacy {
		id, err := person.ParseLegacyID(c.Text)
		require.NoError(t, err, c.Text)
		require.Equal(t, c.Number, id.Reveal())
	}
	for _, c := range v.Age {
		id, err := person.ParseID(c.Text)
		require.NoError(t, err)
		require.Equal(t, c.Age, id.Age(c.On), "%s on %s", c.Text, c.On)
	}
}

func TestLegacyRefusals(t *testing.T) {
	t.Parallel()
	for text, code := range map[string]string{
		"": "person.id.length", "310101198501010014": "person.id.length", "31010185010100X": "person.id.character",
		"310101850230001": "person.id.birth", "000101850101001": "person.id.province",
	} {
		_, err := person.ParseLegacyID(text)
		require.True(t, fault.Is(err, code), text)
	}
}

func TestCheckAge(t *testing.T) {
	t.Parallel()
	id, err := person.ParseID("310101198501010014")
	require.NoError(t, err)
	require.NoError(t, id.CheckAge(clock.Date{Year: 2026, Month: 11, Day: 23}, 18, 70))
	require.True(t, fault.Is(id.CheckAge(clock.Date{Year: 1984, Month: 12, Day: 31}, 0, 200), "person.id.future"))
	require.True(t, fault.Is(id.CheckAge(clock.Date{Year: 1990, Month: 1, Day: 1}, 18, 70), "person.id.age"))
	require.True(t, fault.Is(id.CheckAge(clock.Date{Year: 2105, Month: 1, Day: 1}, 18, 70), "person.id.age"))
}

func TestMobileVectors(t *testing.T) {
	t.Parallel()
	var v struct {
		Valid   []struct{ Text, Mask, Number string }
		Invalid []string
	}
	golden(t, "mobile.json", &v)
	require.NotEmpty(t, v.Valid)
	for _, c := range v.Valid {
		m, err := person.ParseMobile(c.Text)
		require.NoError(t, err, c.Text)
		require.Equal(t, c.Mask, m.Mask())
		require.Equal(t, c.Number, m.Reveal())
	}
	require.NotEmpty(t, v.Invalid)
	for _, text := range v.Invalid {
		m, err := person.ParseMobile(text)
		require.True(t, fault.Is(err, "person.mobile"), text)
		require.True(t, m.IsZero())
	}
}

func TestNameVectors(t *testing.T) {
	t.Parallel()
	var v struct {
		Valid   []struct{ Text, Name, Mask string }
		Invalid []struct{ Text, Code string }
	}
	golden(t, "name.json", &v)
	require.NotEmpty(t, v.Valid)
	for _, c := range v.Valid {
		n, err := person.ParseName(c.Text)
		require.NoError(t, err, c.Text)
		require.Equal(t, c.Name, string(n))
		require.Equal(t, c.Mask, n.Mask())
	}
	require.NotEmpty(t, v.Invalid)
	for _, c := range v.Invalid {
		_, err := person.ParseName(c.Text)
		require.True(t, fault.Is(err, c.Code), "%q: %v", c.Text, err)
	}
	_, err := person.ParseName("张\xff")
	require.True(t, fault.Is(err, "person.name.character"))
	require.Empty(t, person.MaskName(""))
}

// However a number is printed, logged or encoded, it must not come out whole.
func TestNumbersHideThemselves(t *testing.T) {
	t.Parallel()
	id, err := person.ParseID("310101198501010014")
	require.NoError(t, err)
	mobile, err := person.ParseMobile("13812345678")
	require.NoError(t, err)
	type body struct {
		ID     person.ID
		Mobile person.Mobile
		Set    map[person.ID]int
	}
	b := body{id, mobile, map[person.ID]int{id: 1}}
	private := struct {
		id     person.ID
		mobile person.Mobile
	}{id, mobile}

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		fmt.Fprintf(&out, verb, id)
		fmt.Fprintf(&out, verb, mobile)
		fmt.Fprintf(&out, verb, b)
		fmt.Fprintf(&out, verb, &b)
		fmt.Fprintf(&out, verb, private)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "id", id, "mobile", mobile, "body", b)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "id", id, "mobile", mobile, "body", b)
	js, err := json.Marshal(b)
	require.NoError(t, err)
	out.Write(js)
	require.Contains(t, out.String(), "310***********0014")
	require.Contains(t, out.String(), "138****5678")
	require.NotContains(t, out.String(), "19850101")
	require.NotContains(t, out.String(), "13812345678")

	require.Error(t, json.Unmarshal([]byte(`{"ID":"310101198501010014"}`), &b), "there is no way back")
	_, err = id.Value()
	require.Error(t, err)
	_, err = mobile.Value()
	require.Error(t, err)
}

func TestZeroValues(t *testing.T) {
	t.Parallel()
	var id person.ID
	require.True(t, id.IsZero())
	require.Empty(t, id.Mask())
	require.True(t, id.Birth().IsZero())
	require.Equal(t, "未知", id.Sex().String())
	require.Equal(t, "男女", person.Male.String()+person.Female.String())
	require.Empty(t, person.Mobile{}.String())
}

func FuzzParseID(f *testing.F) {
	f.Add("310101198501010014")
	f.Add("11010119900307001x")
	f.Add("310101850101001")
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := person.ParseID(s); err == nil {
			again, err := person.ParseID(id.Reveal())
			require.NoError(t, err)
			require.Equal(t, id, again)
			require.NotContains(t, id.String(), s[6:14])
		}
		if id, err := person.ParseLegacyID(s); err == nil {
			require.Equal(t, s[:6], id.Reveal()[:6])
			require.Equal(t, s[6:], id.Reveal()[8:17])
		}
	})
}

func FuzzParseName(f *testing.F) {
	f.Add("张三")
	f.Add("买买提·艾力")
	f.Add("J. SMITH")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := person.ParseName(s)
		if err != nil {
			return
		}
		again, err := person.ParseName(string(n))
		require.NoError(t, err)
		require.Equal(t, n, again)
	})
}

func FuzzParseMobile(f *testing.F) {
	f.Add("+8613812345678")
	f.Fuzz(func(t *testing.T, s string) {
		if m, err := person.ParseMobile(s); err == nil {
			require.Len(t, m.Reveal(), 11)
		}
	})
}
