package sheet

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Type is what a workbook is called on the wire.
const Type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

const (
	headColour  = "DCE6F1"
	errorColour = "C00000"
	maxCell     = 32767 // characters a spreadsheet cell can hold
)

// risky are the characters that make a spreadsheet run a text, and the quote
// that Safe puts before them.
const risky = "=+-@\t\r'"

// Safe keeps a text from being run as a formula by the spreadsheet that opens
// it, or by the one that opens what that one saved as CSV.
func Safe(s string) string {
	if s == "" || !strings.ContainsRune(risky, rune(s[0])) {
		return s
	}
	return "'" + s
}

// unsafe takes off what Safe put on, so that what was written reads the same.
func unsafe(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.ContainsRune(risky, rune(s[1])) {
		return s[1:]
	}
	return s
}

// Write makes a workbook of one sheet. Cells that are strings are written as
// text, so that an ID number keeps its 18 digits; numbers stay numbers.
func Write(title string, columns []Column, rows [][]any) ([]byte, error) {
	return WriteWith(title, columns, rows, Pictures{})
}

// WriteWith is Write with pictures in one column.
func WriteWith(title string, columns []Column, rows [][]any, pictures Pictures) ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // it holds no file
	if err := f.SetSheetName("Sheet1", title); err != nil {
		return nil, fmt.Errorf("name sheet: %w", err)
	}
	head, err := f.NewStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{headColour}},
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"},
	})
	if err != nil {
		return nil, fmt.Errorf("heading style: %w", err)
	}
	body, err := f.NewStyle(&excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return nil, fmt.Errorf("cell style: %w", err)
	}
	w, err := f.NewStreamWriter(title)
	if err != nil {
		return nil, fmt.Errorf("open sheet: %w", err)
	}
	line := make([]any, len(columns))
	for i, c := range columns {
		if err := w.SetColWidth(i+1, i+1, cmp.Or(c.Width, 14)); err != nil {
			return nil, fmt.Errorf("column width: %w", err)
		}
		line[i] = excelize.Cell{StyleID: head, Value: heading(c)}
	}
	if err := w.SetRow("A1", line); err != nil {
		return nil, fmt.Errorf("write heading: %w", err)
	}
	for n, row := range rows {
		cells := make([]any, len(row))
		for i, v := range row {
			if s, ok := v.(string); ok {
				v = Safe(s)
			}
			cells[i] = excelize.Cell{StyleID: body, Value: v}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", n+2), cells, pictures.height(n)); err != nil {
			return nil, fmt.Errorf("write row %d: %w", n+2, err)
		}
	}
	if err := w.Flush(); err != nil {
		return nil, fmt.Errorf("write sheet: %w", err)
	}
	plain, err := bytesOf(f)
	if err != nil {
		return nil, err
	}
	return furnish(plain, title, columns, pictures)
}

// furnish hangs on what a streamed sheet cannot hold. The workbook is opened
// again for it: what is added to a sheet that was streamed is left out of the
// file without a word.
func furnish(plain []byte, title string, columns []Column, pictures Pictures) ([]byte, error) {
	needed := len(pictures.ByRow) > 0
	for _, c := range columns {
		needed = needed || c.Note != "" || len(c.Choices) > 0
	}
	if !needed {
		return plain, nil
	}
	size := int64(1) << 30 // unpacked in memory, never to disk
	f, err := excelize.OpenReader(bytes.NewReader(plain), excelize.Options{UnzipSizeLimit: size, UnzipXMLSizeLimit: size})
	if err != nil {
		return nil, fmt.Errorf("open written workbook: %w", err)
	}
	defer func() { _ = f.Close() }() // it holds no file
	if err := guide(f, title, columns); err != nil {
		return nil, err
	}
	if err := pictures.place(f, title, columns); err != nil {
		return nil, err
	}
	return bytesOf(f)
}

func heading(c Column) string {
	if c.Required {
		return c.Name + "*"
	}
	return c.Name
}

// guide hangs notes on the headings and offers choices in the cells below.
func guide(f *excelize.File, title string, columns []Column) error {
	for i, c := range columns {
		name, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
		if c.Note != "" {
			note := excelize.Comment{Cell: name + "1", Author: "沪运从业", Text: c.Note, Width: 320, Height: 120}
			if err := f.AddComment(title, note); err != nil {
				return fmt.Errorf("heading note: %w", err)
			}
		}
		if len(c.Choices) == 0 {
			continue
		}
		list := excelize.NewDataValidation(true)
		list.Sqref = name + "2:" + name + "5000"
		if err := list.SetDropList(c.Choices); err != nil {
			return fmt.Errorf("choices: %w", err)
		}
		if err := f.AddDataValidation(title, list); err != nil {
			return fmt.Errorf("choices: %w", err)
		}
	}
	return nil
}

// Annotate returns the uploaded workbook with a column that says, row by row,
// what is wrong. Everything else stays, pictures included, so that it can be
// corrected in place and uploaded again.
func Annotate(data []byte, lim Limits, problems []Problem) (out []byte, err error) {
	defer refusePanic(&err)
	f, err := open(data, lim)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it holds no file
	name := f.GetSheetName(0)
	grid, err := f.GetRows(name, excelize.Options{RawCellValue: true})
	if err != nil || len(grid) == 0 {
		return nil, broken(err)
	}
	col := slices.Index(grid[0], ErrorColumn) + 1
	if col == 0 {
		for _, row := range grid {
			col = max(col, len(row))
		}
		col++
	}
	style := errorStyle(f)
	texts := map[int]string{1: ErrorColumn}
	for _, p := range problems {
		text := p.Text
		if p.Column != "" {
			text = "【" + p.Column + "】" + text
		}
		texts[p.Row] = strings.TrimPrefix(texts[p.Row]+"\n"+text, "\n")
	}
	for row := 1; row <= max(len(grid), 1); row++ {
		if err := mark(f, name, col, row, texts[row], style); err != nil {
			return nil, err
		}
	}
	letter, err := excelize.ColumnNumberToName(col)
	if err != nil {
		return nil, fmt.Errorf("error column: %w", err)
	}
	if err := f.SetColWidth(name, letter, letter, 60); err != nil {
		return nil, fmt.Errorf("error column: %w", err)
	}
	return bytesOf(f)
}

// errorStyle is how findings look; 0, the default, in a workbook that other
// software wrote without styles, where the library panics.
func errorStyle(f *excelize.File) (id int) {
	defer func() { _ = recover() }()
	id, err := f.NewStyle(&excelize.Style{
		Font: &excelize.Font{Color: errorColour}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"},
	})
	if err != nil {
		return 0
	}
	return id
}

func mark(f *excelize.File, sheet string, col, row int, text string, style int) error {
	cell, err := excelize.CoordinatesToCellName(col, row)
	if err != nil {
		return fmt.Errorf("error cell: %w", err)
	}
	if runes := []rune(text); len(runes) > maxCell {
		text = string(runes[:maxCell])
	}
	if err := f.SetCellStr(sheet, cell, Safe(text)); err != nil {
		return fmt.Errorf("error cell: %w", err)
	}
	if style == 0 {
		return nil
	}
	if err := f.SetCellStyle(sheet, cell, cell, style); err != nil {
		return fmt.Errorf("error cell: %w", err)
	}
	return nil
}

func bytesOf(f *excelize.File) ([]byte, error) {
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, fmt.Errorf("write workbook: %w", err)
	}
	return b.Bytes(), nil
}

// Sentence tells problems of one row to somebody who filled in a form.
func Sentence(problems []Problem) string {
	parts := make([]string, len(problems))
	for i, p := range problems {
		if parts[i] = p.Text; p.Column != "" {
			parts[i] = p.Column + "：" + p.Text
		}
	}
	return strings.Join(parts, "；")
}
