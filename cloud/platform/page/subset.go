package page

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/signintech/gopdf"
	"github.com/signintech/gopdf/fontmaker/core"
)

// Twice makes a document whose faces hold the document's own characters and no
// others. lay draws it twice: on a sheet that is thrown away, to see which
// characters those are, and on the one that is returned. The PDF library keeps two
// tables of all thirty thousand characters in every document otherwise, and
// compressing them takes ten times as long as everything else about a letter.
func Twice(title string, faces []Face, lay func(s *Sheet) error) (*Sheet, error) {
	trial, err := New(title, faces...)
	if err != nil {
		return nil, err
	}
	trial.trial = true
	if err := lay(trial); err != nil {
		return nil, err
	}
	s := begin(title, faces[0])
	for _, f := range faces {
		c, err := trial.only(f)
		if err != nil {
			return nil, err
		}
		if err := s.AddTTFFontFromFontContainer(string(f), c); err != nil {
			return nil, fmt.Errorf("use part of font %s: %w", f, err)
		}
	}
	return s, lay(s)
}

// only is a face with nothing but what the sheet has used of it.
func (s *Sheet) only(f Face) (*gopdf.FontContainer, error) {
	used := s.used[f]
	font, err := parsed[f]()
	if err != nil {
		return nil, err
	}
	runes := append(slices.Collect(maps.Keys(used)), ' ', Rare)
	if slices.Max(runes) > 0xffff || len(runes) > mostChars {
		return font.whole, nil // rare enough to take the whole face along
	}
	part, err := subset(font.outlines, runes)
	if err != nil {
		return nil, fmt.Errorf("part of font %s: %w", f, err)
	}
	c := new(gopdf.FontContainer)
	if err := c.AddTTFFontData(string(f), part); err != nil {
		return nil, fmt.Errorf("load part of font %s: %w", f, err)
	}
	return c, nil
}

// mostChars is how many characters the table of a part can tell: its length is
// written in sixteen bits, eight bytes a character.
const mostChars = 8000

var be = binary.BigEndian

// Offsets within tables of TrueType.
const (
	locaFormatAt = 50 // head.indexToLocFormat
	metricsAt    = 34 // hhea.numberOfHMetrics
	glyphsAt     = 4  // maxp.numGlyphs
)

// subset is a TrueType font of the same look that has these characters only.
func subset(t *core.TTFParser, runes []rune) ([]byte, error) {
	slices.Sort(runes)
	runes = slices.Compact(runes)
	chars := t.Chars()
	p := part{from: t, index: map[uint]uint16{}}
	p.take(0)
	glyphs := make([]uint16, 0, len(runes))
	known := runes[:0]
	for _, r := range runes {
		if g, ok := chars[int(r)]; ok {
			known, glyphs = append(known, r), append(glyphs, p.take(g))
		}
	}
	for i := 0; i < len(p.order); i++ { // grows while what accents stand on is found
		if err := p.outline(p.order[i]); err != nil {
			return nil, err
		}
	}
	n := len(p.order)
	tables := map[string][]byte{"glyf": p.glyf, "loca": p.loca(), "hmtx": p.metrics(), "cmap": cmap(known, glyphs)}
	for _, name := range []string{"OS/2", "head", "hhea", "maxp", "name", "post", "prep", "cvt ", "fpgm"} {
		if e, ok := t.GetTables()[name]; ok {
			tables[name] = slices.Clone(t.FontData()[e.Offset : e.Offset+e.Length])
		}
	}
	if len(tables["head"]) < locaFormatAt+2 || len(tables["hhea"]) < metricsAt+2 || len(tables["maxp"]) < glyphsAt+2 {
		return nil, errors.New("a table is too short")
	}
	be.PutUint16(tables["head"][locaFormatAt:], 1)
	be.PutUint16(tables["hhea"][metricsAt:], uint16(n)) //nolint:gosec // at most as many as the font has
	be.PutUint16(tables["maxp"][glyphsAt:], uint16(n))  //nolint:gosec // as above
	return assemble(tables), nil
}

// part is a font in the making; order are the glyphs of the whole one that it has.
type part struct {
	from  *core.TTFParser
	index map[uint]uint16
	order []uint
	glyf  []byte
	ends  []uint32
}

func (p *part) take(g uint) uint16 {
	i, have := p.index[g]
	if !have {
		i = uint16(len(p.order)) //nolint:gosec // at most as many as the font has
		p.index[g], p.order = i, append(p.order, g)
	}
	return i
}

// Flags of a component.
const (
	wordArgs, oneScale, more, twoScales, fourScales = 0x1, 0x8, 0x20, 0x40, 0x80
)

// outline copies a glyph and takes what it is composed of.
func (p *part) outline(g uint) error {
	at, loca := p.from.GetTables()["glyf"].Offset, p.from.LocaTable
	if g+1 >= uint(len(loca)) {
		return fmt.Errorf("glyph %d is not there", g)
	}
	data := slices.Clone(p.from.FontData()[at+loca[g] : at+loca[g+1]])
	if len(data) >= 10 && be.Uint16(data) == 0xffff { // composed
		for i := 10; ; {
			if i+4 > len(data) {
				return fmt.Errorf("glyph %d is broken", g)
			}
			flags := be.Uint16(data[i:])
			be.PutUint16(data[i+2:], p.take(uint(be.Uint16(data[i+2:]))))
			i += 6
			for bit, size := range map[uint16]int{wordArgs: 2, oneScale: 2, twoScales: 4, fourScales: 8} {
				if flags&bit != 0 {
					i += size
				}
			}
			if flags&more == 0 {
				break
			}
		}
	}
	p.glyf = append(p.glyf, data...)
	for len(p.glyf)%4 != 0 {
		p.glyf = append(p.glyf, 0)
	}
	p.ends = append(p.ends, uint32(len(p.glyf))) //nolint:gosec // less than the whole font
	return nil
}

func (p *part) loca() []byte {
	out := make([]byte, 4, 4+4*len(p.ends))
	for _, e := range p.ends {
		out = be.AppendUint32(out, e)
	}
	return out
}

func (p *part) metrics() []byte {
	e := p.from.GetTables()["hmtx"]
	all, long := p.from.FontData()[e.Offset:e.Offset+e.Length], p.from.NumberOfHMetrics()
	out := make([]byte, 0, 4*len(p.order))
	for _, g := range p.order {
		last := min(g, long-1)
		bearing := all[4*last+2:]
		if g >= long { // of those that are as wide as the last, only this is kept
			bearing = all[4*long+2*(g-long):]
		}
		out = append(append(out, all[4*last:4*last+2]...), bearing[:2]...)
	}
	return out
}

// cmap says which glyph each character is: a segment each, formats 4 and 12.
func cmap(runes []rune, glyphs []uint16) []byte {
	n := len(runes) + 1
	f4 := be.AppendUint16(nil, 4)
	f4 = be.AppendUint16(f4, uint16(16+8*n)) //nolint:gosec // mostChars fit, a document has hundreds
	f4 = be.AppendUint16(f4, 0)
	for _, v := range append([]int{2 * n}, searching(n, 2)...) {
		f4 = be.AppendUint16(f4, uint16(v)) //nolint:gosec // as above
	}
	var ends, starts, deltas, offsets []byte
	f12 := be.AppendUint16(nil, 12)
	f12 = be.AppendUint16(f12, 0)
	f12 = be.AppendUint32(f12, uint32(16+12*len(runes))) //nolint:gosec // as above
	f12 = be.AppendUint32(f12, 0)
	f12 = be.AppendUint32(f12, uint32(len(runes))) //nolint:gosec // as above
	for i, r := range runes {
		c := uint16(r) //nolint:gosec // the basic plane
		ends, starts = be.AppendUint16(ends, c), be.AppendUint16(starts, c)
		deltas, offsets = be.AppendUint16(deltas, glyphs[i]-c), be.AppendUint16(offsets, 0)
		f12 = be.AppendUint32(be.AppendUint32(be.AppendUint32(f12, uint32(c)), uint32(c)), uint32(glyphs[i]))
	}
	ends, starts = be.AppendUint16(ends, 0xffff), be.AppendUint16(starts, 0xffff)
	deltas, offsets = be.AppendUint16(deltas, 1), be.AppendUint16(offsets, 0)
	f4 = slices.Concat(f4, ends, []byte{0, 0}, starts, deltas, offsets)
	head := []byte{0, 0, 0, 2, 0, 3, 0, 1}
	head = be.AppendUint32(head, 20)
	head = append(head, 0, 3, 0, 10)
	head = be.AppendUint32(head, uint32(20+len(f4))) //nolint:gosec // small
	return slices.Concat(head, f4, f12)
}

// searching are searchRange, entrySelector and rangeShift of n entries.
func searching(n, size int) []int {
	power, log := 1, 0
	for power*2 <= n {
		power, log = power*2, log+1
	}
	return []int{power * size, log, (n - power) * size}
}

// assemble is a font file of these tables.
func assemble(tables map[string][]byte) []byte {
	names := slices.Sorted(maps.Keys(tables))
	out := []byte{0, 1, 0, 0}
	for _, v := range append([]int{len(names)}, searching(len(names), 16)...) {
		out = be.AppendUint16(out, uint16(v)) //nolint:gosec // a dozen
	}
	at := len(out) + 16*len(names)
	var body []byte
	for _, name := range names {
		t := tables[name]
		out = append(out, name...)
		out = be.AppendUint32(out, checksum(t))
		out = be.AppendUint32(out, uint32(at+len(body))) //nolint:gosec // less than the whole font
		out = be.AppendUint32(out, uint32(len(t)))       //nolint:gosec // as above
		body = append(body, t...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	return append(out, body...)
}

// checksum is the checksum of a table: the sum of its words.
func checksum(t []byte) (sum uint32) {
	for len(t)%4 != 0 {
		t = append(slices.Clip(t), 0)
	}
	for i := 0; i < len(t); i += 4 {
		sum += be.Uint32(t[i:])
	}
	return sum
}
