package person

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"huyun.internal/protocol/fault"
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

// Refusals of CheckText.
var (
	errText = fault.New(fault.Invalid, "request.text", "填写的文字中有换行、控制字符或看不见的字符，请删除后重新填写")
	errIDIn = fault.New(fault.Invalid, "request.text.id", "填写的文字中有完整的身份证号，请删去或只写后四位：这里的内容会显示、打印并留存")
)

// idIn finds what may be an ID number in a text: 18 characters with nothing of
// a longer code around them.
var idIn = regexp.MustCompile(`(?:^|[^0-9A-Za-z])([1-9][0-9]{16}[0-9Xx])(?:[^0-9A-Za-z]|$)`)

// tells says whether s has a valid ID number in it, as people type it.
func tells(s string) bool {
	for _, m := range idIn.FindAllStringSubmatch(norm.NFKC.String(s), -1) {
		if _, err := ParseID(m[1]); err == nil {
			return true
		}
	}
	return false
}

// CheckText names the first text in v (a struct, or a list or map in it) that
// is not a Line or has somebody's whole ID number in it, as in "rooms[2].name",
// and says why. A field tagged text:"lines" may have several lines, one tagged
// text:"id" is for an ID number, and one tagged text:"secret" is nobody's to
// read and is passed over. Fields are named by their json tag. Faults:
// request.text, request.text.id.
func CheckText(v any) (field string, err error) { return check(reflect.ValueOf(v), "", "") }

func check(v reflect.Value, path, tag string) (string, error) {
	switch v.Kind() {
	case reflect.String:
		return path, checkString(v.String(), tag)
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return check(v.Elem(), path, tag)
		}
	case reflect.Struct:
		return checkStruct(v, path)
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return "", nil // bytes, not text
		}
		for i := range v.Len() {
			if field, err := check(v.Index(i), fmt.Sprintf("%s[%d]", path, i), tag); err != nil {
				return field, err
			}
		}
	case reflect.Map:
		for rows := v.MapRange(); rows.Next(); {
			if field, err := check(rows.Value(), path, tag); err != nil {
				return field, err
			}
		}
	}
	return "", nil
}

func checkString(s, tag string) error {
	switch {
	case tag == "lines" && !Lines(s), tag != "lines" && !Line(s):
		return errText
	case tag != "id" && tells(s):
		return errIDIn
	}
	return nil
}

func checkStruct(v reflect.Value, path string) (string, error) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		tag := f.Tag.Get("text")
		if !f.IsExported() && !f.Anonymous || tag == "secret" {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		at := path // an embedded struct's fields are ours
		if name == "" && !f.Anonymous {
			name = f.Name
		}
		if name != "" {
			at = strings.TrimPrefix(path+"."+name, ".")
		}
		if field, err := check(v.Field(i), at, tag); err != nil {
			return field, err
		}
	}
	return "", nil
}
