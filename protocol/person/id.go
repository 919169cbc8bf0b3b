// Package person has the three things that identify people — ID number, mobile
// number, name — as types that check themselves and do not give themselves
// away: printed, logged or put into JSON, an ID number or a mobile number shows
// only its mask.
//
// Every import, form and device reader goes through Parse…; whoever really
// needs the number (to encrypt it for storage, to print a certificate, to send
// it to an authority that is entitled to it) says so with Reveal. The rules are
// those of GB 11643 and the public-security ministry's cards; vectors shared
// with the TypeScript package lie in protocol/testdata/person.
//
// It does not know whether a number was ever issued, nor to whom.
package person

import (
	"database/sql/driver"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// ID is a valid 18-character citizen identity number, or the number of a
// residence permit (810000, 820000, 830000) or of a foreigner's permanent
// residence card (first digit 9), which are built alike. IDs compare with ==.
// The zero ID is no number.
type ID struct{ number hidden }

const idLength = 18

var (
	errIDLength    = fault.New(fault.Invalid, "person.id.length", "身份证号码应为 18 位，请核对")
	errIDCharacter = fault.New(fault.Invalid, "person.id.character", "身份证号码只能由数字组成，末位可为 X，请核对")
	errIDProvince  = fault.New(fault.Invalid, "person.id.province", "身份证号码前两位不是有效的地区码，请核对")
	errIDBirth     = fault.New(fault.Invalid, "person.id.birth", "身份证号码中的出生日期不存在，请核对")
	errIDChecksum  = fault.New(fault.Invalid, "person.id.checksum", "身份证号码校验位不正确，请核对是否输错")
	errIDFuture    = fault.New(fault.Invalid, "person.id.future", "身份证号码中的出生日期晚于今天，请核对")
)

// provinces are the first two digits in use. County codes are not checked: they
// are retired, and old numbers stay valid.
const provinces = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 "

// ParseID reads an 18-character number; a lower-case x is taken for X. It has no
// idea of today: CheckAge refuses births in the future and unlikely ages.
func ParseID(s string) (ID, error) {
	if len(s) != idLength {
		return ID{}, errIDLength
	}
	if s[17] == 'x' {
		s = s[:17] + "X"
	}
	for i := range idLength {
		if digit := s[i] >= '0' && s[i] <= '9'; !digit && (i != 17 || s[i] != 'X') {
			return ID{}, errIDCharacter
		}
	}
	// A foreigner's card begins with 9; its province code follows later.
	if s[0] != '9' && !strings.Contains(provinces, s[:2]+" ") {
		return ID{}, errIDProvince
	}
	birth, err := time.Parse("20060102", s[6:14])
	if err != nil || birth.Year() < 1850 {
		return ID{}, errIDBirth
	}
	if checkDigit(s[:17]) != s[17] {
		return ID{}, errIDChecksum
	}
	return ID{hide(s)}, nil
}

// ParseLegacyID reads a 15-digit number of before 1999 and returns the
// 18-character number that replaced it. Such numbers only come out of old
// records; forms take ParseID.
func ParseLegacyID(s string) (ID, error) {
	if len(s) != 15 {
		return ID{}, errIDLength
	}
	century := "19"
	switch s[12:] {
	case "996", "997", "998", "999": // kept for those born before 1900
		century = "18"
	}
	long := s[:6] + century + s[6:]
	for i := range len(long) {
		if long[i] < '0' || long[i] > '9' {
			return ID{}, errIDCharacter
		}
	}
	return ParseID(long + string(checkDigit(long)))
}

// checkDigit is ISO 7064 MOD 11-2 over 17 digits.
func checkDigit(digits string) byte {
	sum := 0
	for i := range len(digits) {
		sum = (sum + int(digits[i]-'0')) * 2 % 11
	}
	return "10X98765432"[sum]
}

// Reveal is the whole number. Every call is a place an auditor will look at.
func (id ID) Reveal() string { return id.number.reveal() }

// Mask is the number with all but the first three and last four characters
// starred; empty for the zero ID.
func (id ID) Mask() string {
	if id.IsZero() {
		return ""
	}
	n := id.Reveal()
	return n[:3] + strings.Repeat("*", idLength-7) + n[idLength-4:]
}

// IsZero reports whether id is no number.
func (id ID) IsZero() bool { return id == ID{} }

// Birth is the day of birth in the number; the zero Date for the zero ID.
func (id ID) Birth() clock.Date {
	if id.IsZero() {
		return clock.Date{}
	}
	t, _ := time.Parse("20060102", id.Reveal()[6:14]) // checked by ParseID
	return clock.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}
}

// Age is the completed years on a day; somebody born on 29 February is a year
// older on 1 March.
func (id ID) Age(on clock.Date) int {
	b := id.Birth()
	age := on.Year - b.Year
	if on.Month < b.Month || on.Month == b.Month && on.Day < b.Day {
		age--
	}
	return age
}

// CheckAge refuses a birth after the given day, and an age outside least…most.
func (id ID) CheckAge(on clock.Date, least, most int) error {
	if on.Before(id.Birth()) {
		return errIDFuture
	}
	if age := id.Age(on); age < least || age > most {
		return fault.Invalidf("person.id.age", "年龄应在 %d 至 %d 周岁之间，请核对身份证号码", least, most)
	}
	return nil
}

// Sex is the code of GB/T 2261.1; 0 for the zero ID.
func (id ID) Sex() Sex {
	if id.IsZero() {
		return 0
	}
	if (id.Reveal()[16]-'0')%2 == 1 {
		return Male
	}
	return Female
}

// Sex is a code of GB/T 2261.1.
type Sex uint8

// The two that a number can hold.
const (
	Male   Sex = 1
	Female Sex = 2
)

// String is 男 or 女, 未知 for anything else.
func (s Sex) String() string {
	switch s {
	case Male:
		return "男"
	case Female:
		return "女"
	}
	return "未知"
}

// String is Mask.
func (id ID) String() string { return id.Mask() }

// Format writes Mask, whatever the verb: %d and %#v must not tell either.
func (id ID) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, id.Mask()) }

// LogValue is Mask.
func (id ID) LogValue() slog.Value { return slog.StringValue(id.Mask()) }

// MarshalText is Mask, for JSON, YAML and map keys. There is no way back: wire
// bodies carry an explicit string.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.Mask()), nil }

// Value refuses: neither the number nor its mask belongs in a column as it is.
func (ID) Value() (driver.Value, error) { return nil, errStored }
