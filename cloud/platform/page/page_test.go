package page_test

import (
	"strings"
	"testing"

	"github.com/boombuler/barcode/code128"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/page"
	"huyun.internal/protocol/fault"
)

func newSheet(t *testing.T, faces ...page.Face) *page.Sheet {
	t.Helper()
	s, err := page.New("测试", faces...)
	if testing.Short() && fault.Is(err, "page.font") {
		t.Skip("the quick checks build no pages and have no font; make test has it")
	}
	require.NoError(t, err)
	s.AddPage()
	return s
}

// U+E815 is a private character, as old registers have in names.
//
// TestNothingIsLostSilently: what a face lacks is 〓 and is reported; ordinary
// and uncommon name characters are there.
func TestNothingIsLostSilently(t *testing.T) {
	t.Parallel()
	for _, f := range []page.Face{page.Sans, page.Song, page.Title} {
		s := newSheet(t, f)
		s.Use(f, 12)
		const usual = "〔2026〕第12号：张珺、李翀（男）王堃“喆”— 1 —"
		require.Equal(t, usual, s.Clean(usual), f)
		require.Empty(t, s.Lost())
		require.Equal(t, "张〓", s.Clean("张\uE815"), f)
		require.Contains(t, s.Lost(), "\uE815")
		s.Put(10, 10, 12, 200, "张\uE815")
		_, err := s.Finish()
		require.NoError(t, err)
	}
}

// TestBarsAreCode128A: against an encoder of others, made to use set A by a
// control character that we do not print.
func TestBarsAreCode128A(t *testing.T) {
	t.Parallel()
	const text = "HY 75-1A26_ZX"
	bars, err := page.Bars(text)
	require.NoError(t, err)
	theirs, err := code128.Encode("\x01" + text)
	require.NoError(t, err)
	var ours strings.Builder
	for i, w := range bars {
		ours.WriteString(strings.Repeat(string("10"[i%2]), w))
	}
	other := ""
	for x := range theirs.Bounds().Dx() {
		r, _, _, _ := theirs.At(x, 0).RGBA()
		other += map[bool]string{true: "1", false: "0"}[r == 0]
	}
	const symbol = 11
	n := len(text) * symbol
	require.Equal(t, other[:symbol], ours.String()[:symbol], "start A")
	require.Equal(t, other[2*symbol:2*symbol+n], ours.String()[symbol:symbol+n])
	require.Equal(t, other[len(other)-13:], ours.String()[ours.Len()-13:], "stop")
	_, err = page.Bars("abc")
	require.Error(t, err)
	// 103 + Σ position × value, modulo 103: "A" is 103 + 33 → 33, the same symbol again
	bars, err = page.Bars("A")
	require.NoError(t, err)
	require.Equal(t, bars[6:12], bars[12:18])
}
