package exam

import "unicode"

// Plain reports text that prints on one line and looks like what it is: no
// control characters and no invisible ones, which turn text around or hide it.
func Plain(s string) bool {
	for _, r := range s {
		if !PlainRune(r) {
			return false
		}
	}
	return true
}

// PlainRune is Plain for one character.
func PlainRune(r rune) bool {
	return !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r) && r != unicode.ReplacementChar
}
