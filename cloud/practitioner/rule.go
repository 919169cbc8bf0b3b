package practitioner

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// kind is what the program knows of a type of certificate.
type kind struct {
	name       string
	categories func(code string) bool
	years      int  // 0: it does not end by itself
	post       bool // one certificate for each category
}

func prefix(any ...string) func(string) bool {
	return func(code string) bool {
		return slices.ContainsFunc(any, func(p string) bool { return strings.HasPrefix(code, p) })
	}
}

// kinds are the certificates: chapters 1.1 and 1.5.
var kinds = map[string]kind{
	Road:     {"道路运输从业人员从业资格证", prefix("01001", "02001", "03"), 6, false},
	Taxi:     {"巡游出租汽车驾驶员证", prefix("09001", "09002"), 0, false},
	RideHail: {"网络预约出租汽车驾驶员证", prefix("09003"), 0, false},
	Bus:      {"公共汽电车从业人员资格证", prefix("13"), 6, true},
}

// TypeName is a type of certificate in words.
func TypeName(t string) string {
	if k, ok := kinds[t]; ok {
		return k.name
	}
	return t
}

// TypeOf is the type of certificate that holds a category, or "".
func TypeOf(category string) string {
	for _, t := range []string{Road, Taxi, RideHail, Bus} {
		if kinds[t].categories(category) {
			return t
		}
	}
	return ""
}

// RegistrationYears is how long a taxi or ride-hailing registration holds.
const RegistrationYears = 3

// RegistrationEnds is the end of a registration that begins on a day; the zero
// Date for categories without a period.
func RegistrationEnds(category string, from clock.Date) clock.Date {
	if strings.HasPrefix(category, "09") {
		return addYears(from, RegistrationYears)
	}
	return clock.Date{}
}

// addYears is the same day n years later, and 28 February for a 29th.
func addYears(d clock.Date, n int) clock.Date { return addMonths(d, 12*n) }

func addMonths(d clock.Date, n int) clock.Date {
	total := d.Year*12 + int(d.Month) - 1 + n
	y, m := total/12, time.Month(total%12+1)
	last := time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return clock.Date{Year: y, Month: m, Day: min(d.Day, last)}
}

// ValidTo is the last day of a certificate of a type that is first issued, or
// renewed, from a day on; the zero Date where it does not end by itself.
func ValidTo(kindOf string, from clock.Date) clock.Date {
	k := kinds[kindOf]
	if k.years == 0 {
		return clock.Date{}
	}
	return addYears(from, k.years)
}

// RenewFrom is the first day of a renewed period: chapter 1.5.
func RenewFrom(today, oldValidTo clock.Date) clock.Date {
	next := oldValidTo.Add(1)
	if next.Before(today) {
		return today
	}
	return next
}

// OpenDays is how long before its end a certificate can be renewed, unless the office
// sets it otherwise: assumed in chapter 1.5.
const OpenDays = 90

// Days of chapter 1.5 that regulations fix: until when renewing should be asked for,
// and how long after the end it still can be.
const (
	askDays  = 30
	lateDays = 180
)

// Window is where a day stands to the end of a certificate.
type Window string

// Windows.
const (
	TooEarly Window = "EARLY" // renewing is not open yet
	Open     Window = "OPEN"
	Short    Window = "SHORT" // less than 30 days left
	Late     Window = "LATE"  // may be renewed, may not work
	Lapsed   Window = "LAPSED"
	Endless  Window = "ENDLESS"
)

// RenewalWindow says what can be done on a day about a certificate that ends on
// another, when renewing opens so many days before.
func RenewalWindow(validTo, today clock.Date, opens int) Window {
	switch {
	case validTo.IsZero():
		return Endless
	case today.Before(validTo.Add(-opens)):
		return TooEarly
	case today.Before(validTo.Add(-askDays)):
		return Open
	case !validTo.Before(today):
		return Short
	case !validTo.Add(lateDays).Before(today):
		return Late
	}
	return Lapsed
}

// LastRenewal is the last day on which what ended on a day can be renewed.
func LastRenewal(validTo clock.Date) clock.Date { return validTo.Add(lateDays) }

// AgeRule is a line of the age table.
type AgeRule struct {
	Category   string     `db:"category"` // the beginning of the codes it is for
	From       clock.Date `db:"effective_from"`
	Least      int        `db:"least"`
	Most       int        `db:"most"`
	Retirement bool       `db:"retirement"` // until the statutory age instead of Most
	Women      int        `db:"women"`
	Basis      string     `db:"basis"`
	Rehire     int        `db:"rehire_most"` // until which birthday somebody may be hired again; 0: not at all

	retirement []Retirement
}

// AgeRuleOf is the rule for a category on a day: the longest prefix, and of
// those the latest in effect.
func AgeRuleOf(table []AgeRule, category string, on clock.Date) (AgeRule, bool) {
	var best AgeRule
	found := false
	for _, r := range table {
		if !strings.HasPrefix(category, r.Category) || on.Before(r.From) {
			continue
		}
		longer := len(r.Category) > len(best.Category)
		newer := len(r.Category) == len(best.Category) && best.From.Before(r.From)
		if !found || longer || newer {
			best, found = r, true
		}
	}
	return best, found
}

// Ends is the first day on which somebody is too old under the rule: "not over
// 60" holds until the day before the 61st birthday.
func (r AgeRule) Ends(birth clock.Date, sex string) clock.Date {
	if r.Retirement {
		return r.Retires(birth, sex)
	}
	return addYears(birth, r.Most+1)
}

// Fits says whether somebody is neither too young nor too old on a day.
func (r AgeRule) Fits(birth clock.Date, sex string, on clock.Date) bool {
	return !on.Before(addYears(birth, r.Least)) && on.Before(r.Ends(birth, sex))
}

// The city's code, and what bus posts are called in a number.
const cityCode = "310000"

var posts = map[string]string{"13001": "D", "13901": "S", "13902": "T"}

// ArchiveNo is an archive number: chapter 1.3.
func ArchiveNo(year, n int) string { return fmt.Sprintf("%s%04d%07d", cityCode, year, n) }

// BusNumber is a bus certificate's number; "" for a category that is no post.
func BusNumber(category string, year, n int) string {
	if posts[category] == "" {
		return ""
	}
	return fmt.Sprintf("GJ%s%04d%06d", posts[category], year, n)
}

// CheckCategories refuses categories that cannot stand on one certificate of a
// type. Faults: practitioner.grant.type, .categories.
func CheckCategories(kindOf string, categories []string) error {
	k, ok := kinds[kindOf]
	if !ok {
		return fault.New(fault.Invalid, "practitioner.grant.type", "没有这种证件，请从列表中选择")
	}
	if len(categories) == 0 || (k.post && len(categories) > 1) {
		return fault.Newf(fault.Invalid, "practitioner.grant.categories", "%s须写明从业资格类别，公交证件每证一个岗位", k.name)
	}
	seen := map[string]bool{}
	for _, c := range categories {
		if len(c) != 5 || seen[c] || !k.categories(c) {
			return fault.Newf(fault.Invalid, "practitioner.grant.categories", "从业资格类别 %s 不能写在%s上，或写了两次，请核对", c, k.name)
		}
		seen[c] = true
	}
	return nil
}

// moves are the states that a certificate can go to: chapter 5.5. Back to
// InForce are a lifted revocation and a transfer that was called off.
var moves = map[LicenceState][]LicenceState{
	InForce:     {Expired, Cancelled, Withdrawn, Revoked, Transferred},
	Expired:     {Cancelled, Withdrawn, Revoked},
	Revoked:     {InForce, Cancelled},
	Transferred: {InForce},
}

var stateNames = map[LicenceState]string{
	InForce: "有效", Replaced: "已换发", Expired: "已过期", Cancelled: "已注销", Withdrawn: "已撤销", Revoked: "已吊销", Transferred: "已转出",
}

// StateName is a state in words.
func StateName(s LicenceState) string {
	if n := stateNames[s]; n != "" {
		return n
	}
	return string(s)
}

// CanMove refuses a state that does not follow. Fault: practitioner.licence.state.
func (s LicenceState) CanMove(to LicenceState) error {
	if slices.Contains(moves[s], to) {
		return nil
	}
	return fault.Newf(fault.Precondition, "practitioner.licence.state", "证件当前为“%s”，不能改为“%s”", StateName(s), StateName(to))
}

// near says that two numbers of 18 characters are one apart: one digit written
// wrong, or two neighbours exchanged. The check digit follows from the others.
func near(a, b string) bool {
	if len(a) != len(b) || len(a) < 17 {
		return false
	}
	return oneApart(a[:17], b[:17])
}

func oneApart(a, b string) bool {
	var at []int
	for i := range len(a) {
		if a[i] != b[i] {
			at = append(at, i)
		}
	}
	switch len(at) {
	case 0, 1:
		return true
	case 2:
		return at[1] == at[0]+1 && a[at[0]] == b[at[1]] && a[at[1]] == b[at[0]]
	}
	return false
}

// PeriodStart is the first day of the period of a type of certificate that ends on
// a day; the zero Date where it does not end by itself.
func PeriodStart(kindOf string, validTo clock.Date) clock.Date {
	return addYears(validTo, -kinds[kindOf].years)
}
