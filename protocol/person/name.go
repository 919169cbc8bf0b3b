package person

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"huyun.internal/protocol/fault"
)

// Name is a person's name as on the card: Han characters of any plane with ·
// between the parts, or Latin letters. Names are not secret inside the system;
// public screens show MaskName.
type Name string

const maxName = 50

var (
	errNameLength    = fault.New(fault.Invalid, "person.name.length", "姓名应为 1 至 50 个字")
	errNameCharacter = fault.New(fault.Invalid, "person.name.character", "姓名中有不能使用的字符，请按身份证填写")
)

// dots are what keyboards produce for the one dot of a name (U+00B7).
var dots = strings.NewReplacer("•", "·", "・", "·", "‧", "·", "∙", "·", "．", "·")

// ParseName trims spaces at the ends, makes every dot the one of the card, and
// refuses what cannot stand in a name: digits, symbols, emoji, control,
// zero-width and direction characters.
func ParseName(s string) (Name, error) {
	if !utf8.ValidString(s) {
		return "", errNameCharacter
	}
	s = dots.Replace(strings.Trim(s, " \u3000"))
	n := utf8.RuneCountInString(s)
	if n == 0 || n > maxName {
		return "", errNameLength
	}
	joint := true // a joining character may not begin, end or follow another
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Han, r) || r == '〇':
			joint = false
		case r < 0x250 && unicode.Is(unicode.Latin, r): // full-width letters lie beyond
			joint = false
		case (r == '·' || r == ' ' || r == '-' || r == '\'' || r == '.') && !joint:
			joint = r != '.' // "J. SMITH"
		default:
			return "", errNameCharacter
		}
	}
	if joint {
		return "", errNameCharacter
	}
	return Name(s), nil
}

// Mask is MaskName.
func (n Name) Mask() string { return MaskName(string(n)) }

// MaskName shows the first character, and the last of three or more: 张*,
// 张*三. A name of one character is a star.
func MaskName(s string) string {
	r := []rune(s)
	switch len(r) {
	case 0:
		return ""
	case 1:
		return "*"
	case 2:
		return string(r[0]) + "*"
	}
	return string(r[0]) + strings.Repeat("*", len(r)-2) + string(r[len(r)-1])
}
