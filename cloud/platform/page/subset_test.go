package page_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/page"
)

// TestAPartLooksLikeTheWhole: set in the document's own characters alone, a page
// has the same pixels and text as in the whole face, and a fraction of its bytes.
func TestAPartLooksLikeTheWhole(t *testing.T) {
	t.Parallel()
	faces := []page.Face{page.Song, page.Title}
	lay := func(s *page.Sheet) error {
		s.AddPage()
		s.Use(page.Title, 22)
		s.Draw(100, 80, "准予行政许可决定书 Ångström é")
		s.Use(page.Song, 16)
		s.Draw(80, 120, "沪交从许〔2026〕第12号：张珺、李翀（男）王堃“喆”— 1 —")
		s.Draw(80, 160, "所缺的字：\uE815")
		s.QRCode("751126260000012", 400, 600, 90)
		return nil
	}
	newSheet(t, faces...) // or skips
	part, err := page.Twice("测试", faces, lay)
	require.NoError(t, err)
	require.Equal(t, "\uE815", part.Lost())
	small, err := part.Finish()
	require.NoError(t, err)
	whole, err := page.New("测试", faces...)
	require.NoError(t, err)
	require.NoError(t, lay(whole))
	large, err := whole.Finish()
	require.NoError(t, err)
	require.Less(t, 2*len(small), len(large))
	require.Equal(t, seen(t, large), seen(t, small))
	require.Contains(t, strings.Join(seen(t, small), ""), "张珺")
}

// A character beyond the basic plane takes the whole face along.
func TestARareCharacterIsPrintedToo(t *testing.T) {
	t.Parallel()
	newSheet(t, page.Song) // or skips
	s, err := page.Twice("测试", []page.Face{page.Song}, func(s *page.Sheet) error {
		s.AddPage()
		s.Use(page.Song, 16)
		s.Draw(80, 120, "张\U00020087")
		return nil
	})
	require.NoError(t, err)
	_, err = s.Finish()
	require.NoError(t, err)
}

// seen is what poppler makes of a document: its text, and its pixels.
func seen(t *testing.T, pdf []byte) []string {
	t.Helper()
	at := filepath.Join(t.TempDir(), "x.pdf")
	require.NoError(t, os.WriteFile(at, pdf, 0o600))
	var out []string
	for _, args := range [][]string{{"pdftotext", at, "-"}, {"pdftoppm", "-r", "80", "-gray", at}} {
		tool, err := exec.LookPath(args[0])
		if err != nil {
			t.Skip(args[0] + " (poppler-utils) is not installed")
		}
		cmd := exec.CommandContext(t.Context(), tool, args[1:]...) //nolint:gosec // the tests' own
		var trouble bytes.Buffer
		cmd.Stderr = &trouble
		said, err := cmd.Output()
		require.NoError(t, err, trouble.String())
		require.Empty(t, trouble.String(), "poppler complains of nothing")
		out = append(out, string(said))
	}
	return out
}

// More characters than a part's table can tell take the whole face along.
func TestVeryManyCharactersAreAllPrinted(t *testing.T) {
	t.Parallel()
	lay := func(s *page.Sheet) error {
		s.AddPage()
		s.Use(page.Song, 4)
		for i := range 90 {
			var line strings.Builder
			for c := range 100 {
				line.WriteRune(rune(0x4e00 + 100*i + c))
			}
			s.Draw(20, float64(20+8*i), line.String())
		}
		return nil
	}
	newSheet(t, page.Song) // or skips
	part, err := page.Twice("测试", []page.Face{page.Song}, lay)
	require.NoError(t, err)
	lost := part.Lost()
	small, err := part.Finish()
	require.NoError(t, err)
	whole, err := page.New("测试", page.Song)
	require.NoError(t, err)
	require.NoError(t, lay(whole))
	require.Equal(t, whole.Lost(), lost)
	large, err := whole.Finish()
	require.NoError(t, err)
	require.True(t, slices.Equal(seen(t, large), seen(t, small)), "the same text and pixels")
}
