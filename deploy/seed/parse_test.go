package seed

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

const head = "industry: taxi\ncategories: 09002\nsubject: 理论\nprefix: x\n## 章\n"

func TestSlipsOfAnAuthorAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, says string }{
		"no heading":            {"tf-001 | 1 | 《法》 | 甲。 | 对 | 乙。", "headings"},
		"unknown heading":       {head + "colour: red", "unknown heading"},
		"stray text":            {head + "什么", "neither"},
		"odd id":                {head + "tf-1 | 1 | 《法》 | 甲。 | 对 | 乙。", "id such as"},
		"difficulty in words":   {head + "tf-001 | 易 | 《法》 | 甲。 | 对 | 乙。", "no number"},
		"difficulty too high":   {head + "tf-001 | 6 | 《法》 | 甲。 | 对 | 乙。", "exam.question.difficulty"},
		"no law":                {head + "tf-001 | 1 | | 甲。 | 对 | 乙。", "no law"},
		"neither true nor so":   {head + "tf-001 | 1 | 《法》 | 甲。 | 是 | 乙。", "对 or 错"},
		"no explanation":        {head + "tf-001 | 1 | 《法》 | 甲。 | 对 |", "explanation"},
		"three options":         {head + "sg-001 | 1 | 《法》 | 甲（　　）。 | *子 | 丑 | 寅 | 乙。", "fields"},
		"single with two right": {head + "sg-001 | 1 | 《法》 | 甲（　　）。 | *子 | *丑 | 寅 | 卯 | 乙。", "exam.question.answer"},
		"multiple with one":     {head + "mu-001 | 1 | 《法》 | 甲（　　）。 | *子 | 丑 | 寅 | 卯 | 乙。", "exam.question.answer"},
		"option twice":          {head + "sg-001 | 1 | 《法》 | 甲（　　）。 | *子 | 丑 | 丑 | 卯 | 乙。", "exam.question.options"},
		"twice":                 {head + strings.Repeat("tf-001 | 1 | 《法》 | 甲。 | 对 | 乙。\n", 2), "twice"},
		"sub without a case":    {head + "> tf | 甲。 | 对 | 乙。", "without a case"},
		"case with one sub":     {head + "ca-001 | 1 | 《法》 | 甲。\n> tf | 甲。 | 对 | 乙。", "exam.question.sub"},
		"missing picture":       {head + "ca-001 | 1 | 《法》 | 甲。 | none.png | 图", "not there"},
	} {
		_, err := read(fstest.MapFS{"bank/a.txt": {Data: []byte(c.text)}})
		require.ErrorContains(t, err, c.says, name)
	}
	_, err := read(fstest.MapFS{"bank/a.png": {Data: []byte("\x89PNG\r\n\x1a\n")}})
	require.ErrorContains(t, err, "belongs to no question")
	_, err = read(fstest.MapFS{"bank/a.txt": {Data: []byte(head + "tf-001 | 1 | 《法》 | 甲。 | 对 | 乙。")}})
	require.NoError(t, err)
}
