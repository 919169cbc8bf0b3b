package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// Depth that no request of ours comes near.
const maxDepth = 32

var errJSON = errors.New("不是规范的 JSON：请检查是否有重复字段、多余内容、非法字符或过深的嵌套")

// strictJSON is json.Unmarshal that refuses what two readers could understand
// differently: duplicate keys, invalid UTF-8,
// U+0000, trailing data, deep nesting. Unknown fields are refused by the
// contract's validation.
//
// huma decodes a body twice, first into an any; the checks run then.
func strictJSON(data []byte, v any) error {
	if _, first := v.(*any); first {
		if err := checkJSON(data); err != nil {
			return err
		}
	}
	if err := json.Unmarshal(data, v); err != nil {
		return errJSON
	}
	return nil
}

func checkJSON(data []byte) error {
	if !utf8.Valid(data) || !json.Valid(data) {
		return errJSON
	}
	c := checker{data: data}
	return c.run()
}

// checker walks over JSON that is known to be valid, so that it only has to
// tell strings from structure. It decodes nothing: it stands before every save.
type checker struct {
	data  []byte
	names []string // of the fields of every open object, the innermost last
	open  []level
}

// level is one open object or array.
type level struct {
	object bool
	name   bool // the next string is a field's name
	first  int  // of its names
}

func (c *checker) run() error {
	for i := 0; i < len(c.data); i++ {
		switch c.data[i] {
		case '{', '[':
			object := c.data[i] == '{'
			c.open = append(c.open, level{object: object, name: object, first: len(c.names)})
			if len(c.open) > maxDepth {
				return errJSON
			}
		case '}', ']':
			last := len(c.open) - 1
			c.names, c.open = c.names[:c.open[last].first], c.open[:last]
		case ',':
			top := &c.open[len(c.open)-1]
			top.name = top.object
		case '"':
			end := closingQuote(c.data, i)
			if err := c.text(c.data[i : end+1]); err != nil {
				return err
			}
			i = end
		}
	}
	return nil
}

// closingQuote is where the string that begins at i ends.
func closingQuote(data []byte, i int) int {
	for i++; data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i
}

// text checks a string, quotes included, and when it names a field that no
// field before it in the same object has the name.
func (c *checker) text(quoted []byte) error {
	s := string(quoted[1 : len(quoted)-1])
	if strings.IndexByte(s, '\\') >= 0 && json.Unmarshal(quoted, &s) != nil || checkText(s) != nil {
		return errJSON
	}
	if len(c.open) == 0 || !c.open[len(c.open)-1].name {
		return nil
	}
	top := &c.open[len(c.open)-1]
	top.name = false
	// Field names are lower case: encoding/json would take "ITEM" for "item".
	if s != strings.ToLower(s) || slices.Contains(c.names[top.first:], s) {
		return errJSON
	}
	c.names = append(c.names, s)
	return nil
}

// checkText refuses U+0000, and U+FFFD because the decoder writes it for a
// lone surrogate: a name must not be stored as something the sender never wrote.
func checkText(s string) error {
	if strings.IndexByte(s, 0) >= 0 || strings.ContainsRune(s, utf8.RuneError) {
		return errJSON
	}
	return nil
}

// Decode reads a body into a T as strictly as the contract's validation does:
// no unknown or repeated field, nothing after the end. It fails with
// request.invalid and never repeats the body.
func Decode[T any](body []byte) (T, error) {
	var v T
	if err := checkJSON(body); err != nil {
		return v, requestFault(http.StatusBadRequest).With(err)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, requestFault(http.StatusBadRequest).With(errJSON)
	}
	return v, nil
}
