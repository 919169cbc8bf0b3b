package person

import (
	"database/sql/driver"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"huyun.internal/protocol/fault"
)

// Mobile is a valid mobile number of the mainland, 11 digits. It hides itself
// as ID does. The zero Mobile is no number.
type Mobile struct{ number hidden }

var errMobile = fault.New(fault.Invalid, "person.mobile", "手机号码应为 11 位数字，以 1 开头，请核对")

// ParseMobile reads 11 digits, with or without +86 before them.
func ParseMobile(s string) (Mobile, error) {
	s = strings.TrimPrefix(s, "+86")
	if len(s) != 11 || s[0] != '1' || s[1] < '3' {
		return Mobile{}, errMobile
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return Mobile{}, errMobile
		}
	}
	return Mobile{hide(s)}, nil
}

// Reveal is the whole number.
func (m Mobile) Reveal() string { return m.number.reveal() }

// Mask shows the first three and last four digits; empty for the zero Mobile.
func (m Mobile) Mask() string {
	if m.IsZero() {
		return ""
	}
	n := m.Reveal()
	return n[:3] + "****" + n[7:]
}

// IsZero reports whether m is no number.
func (m Mobile) IsZero() bool { return m == Mobile{} }

// String is Mask.
func (m Mobile) String() string { return m.Mask() }

// Format writes Mask, whatever the verb.
func (m Mobile) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, m.Mask()) }

// LogValue is Mask.
func (m Mobile) LogValue() slog.Value { return slog.StringValue(m.Mask()) }

// MarshalText is Mask.
func (m Mobile) MarshalText() ([]byte, error) { return []byte(m.Mask()), nil }

// Value refuses, as ID's does.
func (Mobile) Value() (driver.Value, error) { return nil, errStored }
