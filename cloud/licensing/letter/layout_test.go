package letter_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"image"
	"image/color"
	"image/png"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/licensing/letter"
)

// box is where a run of text stands, in points from the upper left corner.
type box struct {
	Left   float64 `xml:"xMin,attr"`
	Top    float64 `xml:"yMin,attr"`
	Right  float64 `xml:"xMax,attr"`
	Bottom float64 `xml:"yMax,attr"`
	Text   string  `xml:",chardata"`
}

// boxes are the runs of each page.
func boxes(t *testing.T, pdf []byte) [][]box {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext (poppler-utils) is not installed")
	}
	cmd := exec.CommandContext(t.Context(), tool, "-bbox", "-", "-") //nolint:gosec // found above
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	require.NoError(t, err)
	var doc struct {
		Pages []struct {
			Words []box `xml:"word"`
		} `xml:"body>doc>page"`
	}
	require.NoError(t, xml.Unmarshal(out, &doc))
	var all [][]box
	for _, p := range doc.Pages {
		all = append(all, p.Words)
	}
	return all
}

func find(t *testing.T, words []box, has func(string) bool) box {
	t.Helper()
	for i := len(words) - 1; i >= 0; i-- {
		if has(words[i].Text) {
			return words[i]
		}
	}
	t.Fatal("no such text")
	return box{}
}

// TestTheLayoutIsGBT9704: margins, title, number, indent and date where the
// standard has them, on paper of every kind that is a letter.
func TestTheLayoutIsGBT9704(t *testing.T) {
	t.Parallel()
	const (
		mm          = 72 / 25.4
		left, right = 28 * mm, (28 + 156) * mm
		top, bottom = 37 * mm, (37 + 225) * mm
		char        = 156 * mm / 28
		near        = 2.0
	)
	w := newWorld(t)
	for kind := range says {
		l := w.issue(t, request(t, kind))
		pages := boxes(t, w.pdf(t, l))
		require.Len(t, pages, l.Pages)
		for _, p := range pages {
			for _, b := range p {
				require.GreaterOrEqual(t, b.Left, left-near, "%s %s", kind, b.Text)
				require.LessOrEqual(t, b.Right, right+near, "%s %s", kind, b.Text)
				require.GreaterOrEqual(t, b.Top, top-near, "%s %s", kind, b.Text)
				require.LessOrEqual(t, b.Bottom, bottom+7*mm+22, "%s %s", kind, b.Text)
			}
		}
		first, last := pages[0], pages[len(pages)-1]
		require.InDelta(t, (left+right)/2, (first[0].Left+first[0].Right)/2, near, "%s: the title is centred", kind)
		require.InDelta(t, (left+right)/2, (first[1].Left+first[1].Right)/2, near, "%s: the title is centred", kind)
		if kind == letter.Slip {
			continue
		}
		require.InDelta(t, right, find(t, first, func(s string) bool { return s == l.Number }).Right, near, "%s: the number is at the right", kind)
		date := find(t, last, func(s string) bool { return s == "2026年11月23日" })
		require.InDelta(t, right-4*char, date.Right, near, "%s: the date ends four characters from the right", kind)
		seal := find(t, last, func(s string) bool { return s == "演示章" })
		require.InDelta(t, (date.Left+date.Right)/2, (seal.Left+seal.Right)/2, near, "%s: the seal is over the date", kind)
		require.Less(t, seal.Top, date.Top)
		require.Less(t, date.Bottom-seal.Top, 42*mm, "%s: the seal is over the date", kind)
		if kind != letter.Delivered && kind != letter.Revocation {
			body := find(t, first, func(s string) bool {
				return strings.HasPrefix(s, "你于2026年") || strings.HasPrefix(s, "关于道路")
			})
			require.InDelta(t, left+2*char, body.Left, near, "%s: two characters in", kind)
		}
	}
}

// TestAConfiguredSealIsNoDemonstration: the picture takes the drawn seal's place.
func TestAConfiguredSealIsNoDemonstration(t *testing.T) {
	t.Parallel()
	x := examtest.New(t)
	picture := func(w, h int) []byte {
		img := image.NewNRGBA(image.Rect(0, 0, w, h))
		for i := range w {
			img.Set(i, i%h, color.NRGBA{200, 0, 0, 255})
		}
		var b bytes.Buffer
		require.NoError(t, png.Encode(&b, img))
		return b.Bytes()
	}
	a := letter.DefaultAgency()
	for _, bad := range [][]byte{picture(400, 300), picture(100, 100), []byte("no picture")} {
		a.Seal = bad
		_, err := letter.New(x.DB, x.Keys, x.Audit, x.Clock, a)
		examtest.RequireFault(t, err, "licensing.letter.agency")
	}
	a.Seal = picture(400, 400)
	s, err := letter.New(x.DB, x.Keys, x.Audit, x.Clock, a)
	require.NoError(t, err)
	w := &world{World: x, Service: s}
	l := w.issue(t, request(t, letter.Denial))
	require.False(t, l.Demo)
	got := flat(text(t, w.pdf(t, l)))
	require.NotContains(t, got, "演示")
	answer, err := w.Verify(context.Background(), code(t, w.pdf(t, l)))
	require.NoError(t, err)
	require.False(t, answer.Demo)

	a = letter.DefaultAgency()
	a.Court = ""
	_, err = letter.New(x.DB, x.Keys, x.Audit, x.Clock, a)
	examtest.RequireFault(t, err, "licensing.letter.agency")
}
