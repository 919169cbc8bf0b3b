package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// Depth that no request of ours comes near.
const maxDepth = 32

var errJSON = errors.New("不是规范的 JSON：请检查是否有重复字段、多余内容、非法字符或过深的嵌套")

// strictJSON is json.Unmarshal that refuses what two readers could understand
// differently or PostgreSQL cannot store: duplicate keys, invalid UTF-8,
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
	if !utf8.Valid(data) {
		return errJSON
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := checkValue(dec, 0); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errJSON
	}
	return nil
}

func checkValue(dec *json.Decoder, depth int) error {
	if depth > maxDepth {
		return errJSON
	}
	tok, err := dec.Token()
	if err != nil {
		return errJSON
	}
	switch t := tok.(type) {
	case string:
		return checkText(t)
	case json.Delim:
		if t == '{' {
			return checkObject(dec, depth)
		}
		for dec.More() {
			if err := checkValue(dec, depth+1); err != nil {
				return err
			}
		}
		return closing(dec)
	}
	return nil
}

func checkObject(dec *json.Decoder, depth int) error {
	seen := map[string]struct{}{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return errJSON
		}
		name, ok := tok.(string)
		if !ok || checkText(name) != nil {
			return errJSON
		}
		if _, twice := seen[name]; twice {
			return errJSON
		}
		seen[name] = struct{}{}
		if err := checkValue(dec, depth+1); err != nil {
			return err
		}
	}
	return closing(dec)
}

func closing(dec *json.Decoder) error {
	if _, err := dec.Token(); err != nil {
		return errJSON
	}
	return nil
}

// checkText refuses U+0000, and U+FFFD because the decoder writes it for a
// lone surrogate: a name must not be stored as something the sender never wrote.
func checkText(s string) error {
	for _, r := range s {
		if r == 0 || r == utf8.RuneError {
			return errJSON
		}
	}
	return nil
}

// CheckJSON refuses what strictJSON refuses, for bodies that are read elsewhere.
func CheckJSON(data []byte) error { return checkJSON(data) }
