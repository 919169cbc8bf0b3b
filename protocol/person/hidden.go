package person

import (
	"errors"
	"unique"
)

// hidden holds a string so that printing a struct with an ID in an unexported
// field, where fmt may not call methods, shows an address and not the number;
// and equal numbers still compare equal.
type hidden struct{ h unique.Handle[string] }

func hide(s string) hidden { return hidden{unique.Make(s)} }

func (h hidden) reveal() string {
	if h == (hidden{}) {
		return ""
	}
	return h.h.Value()
}

var errStored = errors.New("person: numbers are stored encrypted; pass what Reveal gives to the key ring")
