package arch

import (
	"fmt"
	"slices"
	"strings"
)

// retired are the words that screens and messages no longer use, because
// another one stands for the same thing (cloud/README.md, Words).
var retired = []struct{ old, now string }{
	{"考点", "分考场（简称考场）"},
	{"机位", "座位"},
	{"用户名", "账号"},
	{"帐号", "账号"},
	{"监考人员", "监考员"},
	{"分考场负责人", "主考"},
}

// oldWords are the places that have still to change theirs.
var oldWords = []string{"deploy/arch/", "deploy/e2e/", "edge/exam/", "edge/supervise/", "edge/web/proctor/"}

// checkWords names retired words; one thing has one word.
func checkWords(name string, src []byte) []string {
	if slices.ContainsFunc(oldWords, func(p string) bool { return strings.HasPrefix(name, p) }) {
		return nil
	}
	var found []string
	for _, w := range retired {
		if strings.Contains(string(src), w.old) {
			found = append(found, fmt.Sprintf("%s: says %s, the word is %s", name, w.old, w.now))
		}
	}
	return found
}
