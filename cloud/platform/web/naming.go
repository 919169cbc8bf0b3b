package web

import (
	"path"
	"reflect"
	"regexp"
	"strings"
)

var (
	qualified = regexp.MustCompile(`(?:[\w.~-]+/)*([\w-]+)\.(\w+)`)
	separator = regexp.MustCompile(`[^A-Za-z0-9]+`)
)

// schemaName names a type in the contract by its package and name, because
// bank.Row and node.Row are different things: BankRow, ListBankRow. Bodies
// without a name of their own get the operation's: ExamBankDecideRequest.
func (w *Web) schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := t.Name()
	if name == "" {
		op := joinWords(w.naming)
		switch {
		case strings.HasSuffix(hint, "InBody"), strings.HasSuffix(hint, "inBody"):
			return op + "Request"
		case strings.HasSuffix(hint, "OutBody"), strings.HasSuffix(hint, "outBody"):
			return op + "Reply"
		}
		return op + joinWords(hint)
	}
	if pkg := path.Base(t.PkgPath()); t.PkgPath() != "" && pkg != "db" && pkg != "web" {
		name = pkg + "." + name
	}
	return joinWords(qualified.ReplaceAllStringFunc(name, func(q string) string {
		m := qualified.FindStringSubmatch(q)
		return m[1] + " " + m[2]
	}))
}

// joinWords writes "list bank row" as ListBankRow.
func joinWords(s string) string {
	var b strings.Builder
	for _, w := range separator.Split(s, -1) {
		if w != "" {
			b.WriteString(strings.ToUpper(w[:1]) + w[1:])
		}
	}
	return b.String()
}
