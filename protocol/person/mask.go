package person

import "strings"

// Masks of what need not be well formed: a number that was mistyped, another
// country's, a certificate's that is mostly its holder's ID number. One rule for all
// screens, so that the same number looks the same everywhere: the first three and
// the last four as of an ID number and a mobile, of a short one the last four.
const (
	maskHead, maskTail = 3, 4
	// maskShort is from where on both ends leave enough hidden.
	maskShort = 11
)

// MaskNumber hides the middle of a number; what is too short is hidden whole.
func MaskNumber(s string) string {
	r := []rune(s)
	head := maskHead
	if len(r) < maskShort {
		head = 0
	}
	if len(r) <= maskTail {
		return strings.Repeat("*", len(r))
	}
	return string(r[:head]) + strings.Repeat("*", len(r)-head-maskTail) + string(r[len(r)-maskTail:])
}

// cityNumber begins the numbers of bus certificates (GJD2026000001), which the city
// counts itself: they say nothing about a person.
const cityNumber = "GJ"

// MaskLicence is MaskNumber for the number of a certificate or a driving licence; the
// city's own are shown.
func MaskLicence(s string) string {
	if strings.HasPrefix(s, cityNumber) {
		return s
	}
	return MaskNumber(s)
}

// MaskAddress leaves the beginning of an address: the district, not the door.
func MaskAddress(s string) string {
	if s == "" {
		return ""
	}
	r := []rune(s)
	return string(r[:min(len(r), 6)]) + "****"
}
