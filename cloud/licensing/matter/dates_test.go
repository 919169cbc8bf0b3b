package matter

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/protocol/clock"
)

// Dates of a driving licence that cannot be: in the future, before anybody of that age
// could have one, or over before it began. What the register says stands.
func TestDatesOfADrivingLicence(t *testing.T) {
	t.Parallel()
	d := defined(t, "EX01")
	in := Entry{Channel: licensing.Window, Categories: []string{"01001"}, Today: clock.Date{Year: 2026, Month: 12, Day: 1}}
	form := map[string]string{}
	for _, f := range d.FieldsFor(in.Categories, in.Channel) {
		if v := good(f); v != "" && f.Visible(form) {
			form[f.Key] = v
		}
	}
	form["driving_until"] = "2032-03-01"
	var handed []string
	for _, m := range d.MaterialsFor(in.Categories, form) {
		handed = append(handed, m.Code)
	}
	require.Empty(t, d.Check(form, handed, in))
	for name, c := range map[string]struct{ first, until, key, says string }{
		"tomorrow":               {"2026-12-02", "2032-03-01", "driving_first", "今天以后"},
		"today":                  {"2026-12-01", "2032-03-01", "", ""},
		"a day before sixteen":   {"2000-12-31", "2032-03-01", "driving_first", "年满 16 周岁"},
		"on the sixteenth":       {"2001-01-01", "2032-03-01", "", ""},
		"over before it began":   {"2026-03-01", "2026-02-28", "driving_until", "早于初次领取"},
		"over and in the future": {"2027-03-01", "2026-02-28", "driving_first", "今天以后"},
	} {
		now := maps.Clone(form)
		now["driving_first"], now["driving_until"] = c.first, c.until
		got := d.Check(now, handed, in)
		if c.key == "" {
			require.Empty(t, got, name)
			continue
		}
		require.NotEmpty(t, got, name)
		require.Equal(t, []string{PartField, c.key, Invalid}, []string{got[0].Part, got[0].Key, got[0].Problem}, name)
		require.Contains(t, got[0].Reason, c.says, name)
	}
	said := in
	said.Known = map[string]string{"driving_first": "2000-12-31"}
	form["driving_first"] = "2000-12-31"
	require.Empty(t, d.Check(form, handed, said), "the register's, not the applicant's to put right")
}
