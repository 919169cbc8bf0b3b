package practitioner

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

func on(t *testing.T, text string) clock.Date {
	t.Helper()
	d, err := clock.ParseDate(text)
	require.NoError(t, err)
	return d
}

func TestValidity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, from, to string }{
		{Road, "2020-03-15", "2026-03-15"}, {Bus, "2024-02-29", "2030-02-28"}, {Road, "2018-02-28", "2024-02-28"},
	} {
		require.Equal(t, c.to, ValidTo(c.kind, on(t, c.from)).String(), c.from)
	}
	for _, kind := range []string{Taxi, RideHail, "none"} {
		require.True(t, ValidTo(kind, on(t, "2020-03-15")).IsZero(), kind)
	}
	require.Equal(t, "2023-03-15", RegistrationEnds("09002", on(t, "2020-03-15")).String())
	require.Equal(t, "2027-02-28", RegistrationEnds("09003", on(t, "2024-02-29")).String())
	require.True(t, RegistrationEnds("13001", on(t, "2020-03-15")).IsZero())
	require.Equal(t, "2025-07-01", RenewFrom(on(t, "2025-04-10"), on(t, "2025-06-30")).String(), "early: the next day after the old end")
	require.Equal(t, "2025-09-01", RenewFrom(on(t, "2025-09-01"), on(t, "2025-06-30")).String(), "late: from today")
}

// The vector of chapter 16.2.
func TestRenewalWindow(t *testing.T) {
	t.Parallel()
	end := on(t, "2025-06-30")
	for day, want := range map[string]Window{
		"2025-03-31": TooEarly, "2025-04-01": Open, "2025-05-30": Open, "2025-05-31": Short, "2025-06-30": Short,
		"2025-07-01": Late, "2025-12-27": Late, "2025-12-28": Lapsed,
	} {
		require.Equal(t, want, RenewalWindow(end, on(t, day), OpenDays), day)
	}
	require.Equal(t, Endless, RenewalWindow(clock.Date{}, end, OpenDays))
}

// The vectors of chapter 16.2, and the edges of the formula of 1.5.
func TestRetirement(t *testing.T) {
	t.Parallel()
	table := delays(t)
	for _, c := range []struct {
		birth, sex string
		women      int
		want       string
	}{
		{"1965-01-15", "1", 50, "2025-02-15"}, {"1976-09-10", "1", 50, "2039-09-10"}, {"1964-12-31", "1", 50, "2024-12-31"},
		{"1965-04-30", "1", 50, "2025-05-30"}, {"1965-05-01", "1", 50, "2025-07-01"}, {"1990-06-01", "1", 50, "2053-06-01"},
		{"1970-01-01", "2", 55, "2025-02-01"}, {"1981-09-01", "2", 55, "2039-09-01"}, {"1969-12-31", "2", 55, "2024-12-31"},
		{"1975-01-01", "2", 50, "2025-02-01"}, {"1975-02-01", "2", 50, "2025-03-01"}, {"1975-03-01", "2", 50, "2025-05-01"},
		{"1984-11-01", "2", 50, "2039-11-01"}, {"1974-12-01", "2", 50, "2024-12-01"}, {"1966-12-31", "1", 50, "2027-06-30"},
	} {
		require.Equal(t, c.want, RetiresOn(table, on(t, c.birth), c.sex, c.women).String(), "%s %s %d", c.birth, c.sex, c.women)
	}
}

// delays is the State Council's table as the migration has it.
func delays(t *testing.T) []Retirement {
	t.Helper()
	from := on(t, "2025-01-01")
	return []Retirement{
		{Sex: "1", Years: 60, From: from, Since: on(t, "1965-01-01"), Every: 4, Most: 36},
		{Sex: "2", Years: 50, From: from, Since: on(t, "1975-01-01"), Every: 2, Most: 60},
		{Sex: "2", Years: 55, From: from, Since: on(t, "1970-01-01"), Every: 4, Most: 36},
	}
}

func TestAgeTable(t *testing.T) {
	t.Parallel()
	table := []AgeRule{
		{Category: "01", From: on(t, "2016-02-06"), Least: 18, Most: 60},
		{Category: "01", From: on(t, "2027-01-01"), Least: 21, Most: 63},
		{Category: "01002", From: on(t, "2020-01-01"), Least: 20, Most: 55},
		{Category: "09", From: on(t, "2016-10-01"), Least: 18, Most: 60, Retirement: true, Women: 50, retirement: delays(t)},
	}
	for _, c := range []struct {
		category, day string
		most          int
	}{{"01001", "2026-11-30", 60}, {"01001", "2027-01-01", 63}, {"01002", "2027-01-01", 55}, {"01002", "2019-12-31", 60}, {"01001", "2016-02-05", 0}, {"13001", "2026-01-01", 0}} {
		r, found := AgeRuleOf(table, c.category, on(t, c.day))
		require.Equal(t, c.most != 0, found, c)
		require.Equal(t, c.most, r.Most, c)
	}
	r, _ := AgeRuleOf(table, "01001", on(t, "2026-01-01"))
	born := on(t, "1966-03-10")
	require.True(t, r.Fits(born, "1", on(t, "2027-03-09")), "sixty until the day before the 61st birthday")
	require.False(t, r.Fits(born, "1", on(t, "2027-03-10")))
	require.False(t, r.Fits(on(t, "2008-03-10"), "1", on(t, "2026-03-09")))
	require.True(t, r.Fits(on(t, "2008-03-10"), "1", on(t, "2026-03-10")))
	taxi, _ := AgeRuleOf(table, "09002", on(t, "2026-01-01"))
	require.Equal(t, "2025-02-15", taxi.Ends(on(t, "1965-01-15"), "1").String())
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	require.Equal(t, "31000020260000042", ArchiveNo(2026, 42))
	require.Equal(t, "GJD2026000001", BusNumber("13001", 2026, 1))
	require.Equal(t, "GJS2026000012", BusNumber("13901", 2026, 12))
	require.Equal(t, "GJT2026123456", BusNumber("13902", 2026, 123456))
	require.Empty(t, BusNumber("01001", 2026, 1))
}

func TestCategoriesOfACertificate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind string
		of   []string
		code string
	}{
		{Road, []string{"01001", "02001", "03001", "03005"}, ""}, {Taxi, []string{"09002"}, ""}, {RideHail, []string{"09003"}, ""}, {Bus, []string{"13901"}, ""},
		{Road, []string{"09002"}, "practitioner.grant.categories"}, {Road, nil, "practitioner.grant.categories"}, {Bus, []string{"13001", "13901"}, "practitioner.grant.categories"},
		{Road, []string{"01001", "01001"}, "practitioner.grant.categories"}, {Taxi, []string{"09003"}, "practitioner.grant.categories"}, {"X", []string{"01001"}, "practitioner.grant.type"},
		{Road, []string{"03"}, "practitioner.grant.categories"},
	} {
		err := CheckCategories(c.kind, c.of)
		require.Equal(t, c.code == "", err == nil, "%v: %v", c, err)
		require.True(t, c.code == "" || fault.Is(err, c.code), "%v: %v", c, err)
	}
	for category, want := range map[string]string{"01001": Road, "03015": Road, "09001": Taxi, "09002": Taxi, "09003": RideHail, "13902": Bus, "05001": ""} {
		require.Equal(t, want, TypeOf(category), category)
	}
}

func TestEveryStateToEveryState(t *testing.T) {
	t.Parallel()
	all := []LicenceState{InForce, Replaced, Expired, Cancelled, Withdrawn, Revoked, Transferred}
	allowed := map[LicenceState]string{InForce: "02 03 04 05 09", Expired: "03 04 05", Revoked: "10 03", Transferred: "10"}
	for _, from := range all {
		for _, to := range all {
			want := len(allowed[from]) > 0 && containsWord(allowed[from], string(to))
			require.Equal(t, want, from.CanMove(to) == nil, "%s to %s", from, to)
		}
		require.NotEqual(t, string(from), StateName(from))
	}
}

func containsWord(text, word string) bool {
	for i := 0; i+2 <= len(text); i += 3 {
		if text[i:i+2] == word {
			return true
		}
	}
	return false
}

func TestNearNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"310101198501010014", "310101198501010014", true},
		{"310101198501010014", "310101198501010022", true},  // one digit
		{"310101198501010014", "310101198501010103", true},  // 01 to 10
		{"310101198501010014", "310110198501010014", true},  // neighbours exchanged
		{"310101198501010014", "311102198501010014", false}, // two digits, not exchanged
		{"310101198501010014", "310101198501019914", false},
		{"310101198501010014", "31010119850101001", false},
	} {
		require.Equal(t, c.want, near(c.a, c.b), "%s %s", c.a, c.b)
	}
}
