package person_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// The vector of chapter 16.2 of the domain reference, and every single wrong
// character of it.
func TestCompany(t *testing.T) {
	t.Parallel()
	const good = "11100000000019713D"
	c, err := person.ParseCompany(" " + "11100000000019713d" + " ")
	require.NoError(t, err)
	require.Equal(t, person.Company(good), c)
	for i := range good {
		for _, wrong := range "0123456789ABCDEFGHJKLMNPQRTUWXY" {
			if byte(wrong) == good[i] {
				continue
			}
			_, err := person.ParseCompany(good[:i] + string(wrong) + good[i+1:])
			require.True(t, fault.Is(err, "person.company"), "%d %c", i, wrong)
		}
	}
	for _, s := range []string{"", "1110000000001971", "11100000000019713DD", "1110000000001971OD", "统一社会信用代码统一社会信用代码统一"} {
		_, err := person.ParseCompany(s)
		require.True(t, fault.Is(err, "person.company"), s)
	}
}

func FuzzParseCompany(f *testing.F) {
	for _, s := range []string{"11100000000019713D", "", "统一社会信用代码", "11100000000019713d "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := person.ParseCompany(s)
		if err != nil {
			return
		}
		again, err := person.ParseCompany(string(c))
		if err != nil || again != c || len(c) != 18 {
			t.Fatalf("%q: %q, %q, %v", s, c, again, err)
		}
	})
}
