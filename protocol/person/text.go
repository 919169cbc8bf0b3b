package person

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// unseen are letters and marks that print nothing: fillers of Hangul, the
// grapheme joiner, the empty Braille cell.
const unseen = "\u115f\u1160\u3164\uffa0\u034f\u2800"

// Line reports text that prints on one line and looks like what it is: no
// control characters, and none that are invisible, turn text around or mean
// something else on every machine.
func Line(s string) bool {
	for _, r := range s {
		if !Seen(r) {
			return false
		}
	}
	return utf8.ValidString(s)
}

// OneLine trims s and says whether something is left that is a Line.
func OneLine(s string) (string, bool) {
	s = strings.TrimSpace(s)
	return s, s != "" && Line(s)
}

// Seen is Line for one character.
func Seen(r rune) bool {
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) &&
		r != unicode.ReplacementChar && !strings.ContainsRune(unseen, r)
}

// Lines is Line for a field that has several.
func Lines(s string) bool {
	return Line(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", ""), "\n", ""))
}

// Untidy names the first text in v (a struct, or a list or map in it) that is
// not a Line, as in "rooms[2].name"; "" when there is none. A field tagged
// text:"lines" may have several lines; one tagged text:"secret" is nobody's to
// read and is passed over. Fields are named by their json tag.
func Untidy(v any) string { return untidy(reflect.ValueOf(v), "", Line) }

func untidy(v reflect.Value, path string, fits func(string) bool) string {
	switch v.Kind() {
	case reflect.String:
		if !fits(v.String()) {
			return path
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return untidy(v.Elem(), path, fits)
		}
	case reflect.Struct:
		return untidyStruct(v, path)
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return "" // bytes, not text
		}
		for i := range v.Len() {
			if bad := untidy(v.Index(i), fmt.Sprintf("%s[%d]", path, i), fits); bad != "" {
				return bad
			}
		}
	case reflect.Map:
		for rows := v.MapRange(); rows.Next(); {
			if bad := untidy(rows.Value(), path, fits); bad != "" {
				return bad
			}
		}
	}
	return ""
}

func untidyStruct(v reflect.Value, path string) string {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() && !f.Anonymous || f.Tag.Get("text") == "secret" {
			continue
		}
		fits := Line
		if f.Tag.Get("text") == "lines" {
			fits = Lines
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		at := path // an embedded struct's fields are ours
		if name == "" && !f.Anonymous {
			name = f.Name
		}
		if name != "" {
			at = strings.TrimPrefix(path+"."+name, ".")
		}
		if bad := untidy(v.Field(i), at, fits); bad != "" {
			return bad
		}
	}
	return ""
}
