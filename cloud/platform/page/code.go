package page

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"sync"

	"github.com/boombuler/barcode/qr"
)

// QR is a text as a QR code, a picture.
func QR(text string) ([]byte, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("code of a text: %w", err)
	}
	const side = 200
	n := code.Bounds().Dx()
	unit := max(1, side/n)
	full := max(side, n)
	margin := (full - unit*n) / 2
	flat := image.NewGray(image.Rect(0, 0, full, full)) // eight bits, which PDF readers all show
	for i := range flat.Pix {
		flat.Pix[i] = 0xff
	}
	for y := range n {
		row := flat.Pix[(margin+y*unit)*full:]
		for x := range n {
			if code.At(x, y) == color.Black {
				clear(row[margin+x*unit : margin+(x+1)*unit])
			}
		}
		for i := range unit {
			copy(row[i*full:(i+1)*full], row[:full])
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: &pngs}).Encode(&b, flat); err != nil {
		return nil, fmt.Errorf("code of a text: %w", err)
	}
	return b.Bytes(), nil
}

// pngs are what pictures are written with, half a megabyte each.
var pngs buffers //nolint:gochecknoglobals // a pool

type buffers struct{ pool sync.Pool }

// Get implements png.EncoderBufferPool.
func (b *buffers) Get() *png.EncoderBuffer {
	e, _ := b.pool.Get().(*png.EncoderBuffer) // nil: a new one is made
	return e
}

// Put implements png.EncoderBufferPool.
func (b *buffers) Put(e *png.EncoderBuffer) { b.pool.Put(e) }

// QRCode draws a text as a QR code into a square.
func (s *Sheet) QRCode(text string, x, y, side float64) {
	if s.trial {
		return
	}
	code, err := QR(text)
	if err != nil {
		s.Keep(err)
		return
	}
	s.Picture(code, x, y, side, side, 1)
}

// Bars are the widths of the bars and gaps of a text in Code 128, set A (GB/T
// 18347): capital letters, digits and punctuation. The library's encoder chooses
// sets by itself, and a slip's readers are set to A.
func Bars(text string) ([]int, error) {
	const startA, stop = 103, 106
	values := []int{startA}
	sum := startA
	for i, r := range []byte(text) {
		if r < ' ' || r > '_' {
			return nil, fmt.Errorf("code 128A: no character %d", r)
		}
		values = append(values, int(r)-' ')
		sum += (i + 1) * (int(r) - ' ')
	}
	var out []int
	for _, v := range append(values, sum%103, stop) {
		for _, w := range widths128[v] {
			out = append(out, int(w-'0'))
		}
	}
	return out, nil
}

// Barcode draws a text as Code 128A into a box, filling its width.
func (s *Sheet) Barcode(text string, x, y, w, h float64) {
	bars, err := Bars(text)
	if err != nil {
		s.Keep(err)
		return
	}
	total := 0
	for _, b := range bars {
		total += b
	}
	unit := w / float64(total)
	s.SetFillColor(0, 0, 0)
	for i, b := range bars {
		if i%2 == 0 {
			s.RectFromUpperLeftWithStyle(x, y, unit*float64(b), h, "F")
		}
		x += unit * float64(b)
	}
}

// widths128 are the symbols of Code 128, bar, gap, bar, …
var widths128 = [...]string{ //nolint:gochecknoglobals // the standard's table
	"212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312", "231212",
	"112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212", "223112", "312131",
	"311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321",
	"112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121",
	"313121", "211331", "231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
	"314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114",
	"122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111", "111242", "121142", "121241", "114212",
	"124112", "124211", "411212", "421112", "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113",
	"114311", "411113", "411311", "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
}
