// Package sheet reads and writes the workbooks people exchange with the
// domains: imports that are answered row by row, templates, and exports. It is
// used by bank, sitting, score and class (M55, M58, M61, M63).
//
// What comes in is hostile until proven otherwise: size, rows and columns are
// counted on the raw XML before the workbook is unfolded, formulas are refused
// anywhere, and nothing is unpacked to disk, because questions and ID numbers
// must not lie in a temporary folder. What goes out never starts a cell with a
// character that a spreadsheet would run.
//
// It knows no question and no candidate.
package sheet

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"huyun.internal/protocol/fault"
)

// Limits of one workbook.
type Limits struct {
	Rows     int   // data rows, without the heading
	Unzipped int64 // bytes of all parts together
}

// maxColumns is far more than any of our sheets has; a row that reaches column
// XFD would cost memory for every column before it.
const maxColumns = 64

// ErrorColumn is added by Annotate and ignored by Read, so that a corrected
// error workbook can be uploaded as it is.
const ErrorColumn = "错误"

// Column is one column of a sheet.
type Column struct {
	Name     string
	Required bool // the heading must be there; the cells are the caller's business
	Width    float64
	Note     string   // shown on the heading of a template
	Choices  []string // offered as a list in a template
}

// Row is one data row. No is the row number people see in the spreadsheet.
type Row struct {
	No       int
	Pictures [][]byte // pictures embedded anywhere in the row
	cells    map[string]string
}

// Get is the trimmed text of a cell, "" when the column is absent.
func (r Row) Get(column string) string { return r.cells[column] }

// MakeRow builds a row for rules that are tested without a workbook.
func MakeRow(no int, cells map[string]string) Row { return Row{No: no, cells: cells} }

// Problem is something wrong in one row, told to the person who uploaded.
type Problem struct {
	Row    int    `json:"row"`
	Column string `json:"column"`
	Text   string `json:"text"`
}

// Read returns the data rows of a workbook's first sheet. Faults:
// exam.sheet.format, exam.sheet.size, exam.sheet.rows, exam.sheet.formula,
// exam.sheet.columns, exam.sheet.empty.
func Read(data []byte, columns []Column, lim Limits) (rows []Row, err error) {
	defer refusePanic(&err)
	f, err := open(data, lim)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it holds no file
	name := f.GetSheetName(0)
	grid, err := f.GetRows(name, excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, broken(err)
	}
	if len(grid) == 0 {
		return nil, empty()
	}
	heads, err := headings(grid[0], columns)
	if err != nil {
		return nil, err
	}
	pictures, err := picturesByRow(f, name)
	if err != nil {
		return nil, err
	}
	for i, cells := range grid[1:] {
		row := Row{No: i + 2, cells: make(map[string]string, len(heads)), Pictures: pictures[i+2]}
		blank := len(row.Pictures) == 0
		for c, text := range cells {
			text = strings.TrimSpace(text)
			if c >= len(heads) || heads[c] == "" || text == "" || isPictureCell(text) {
				continue
			}
			row.cells[heads[c]] = unsafe(text)
			blank = blank && heads[c] == ErrorColumn
		}
		if !blank {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil, empty()
	}
	return rows, nil
}

// open unfolds a workbook after its raw parts have been measured.
func open(data []byte, lim Limits) (*excelize.File, error) {
	if len(data) < 4 || !bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return nil, fault.New(fault.Invalid, "exam.sheet.format", "这不是 .xlsx 工作簿，请下载模板填写后另存为“Excel 工作簿(*.xlsx)”再上传")
	}
	// equal limits: a larger part is refused, never unpacked to a temporary file
	opts := excelize.Options{UnzipSizeLimit: lim.Unzipped, UnzipXMLSizeLimit: lim.Unzipped}
	f, err := excelize.OpenReader(bytes.NewReader(data), opts)
	if err != nil {
		if strings.Contains(err.Error(), "unzip size exceeds") {
			return nil, fault.New(fault.TooLarge, "exam.sheet.size", "工作簿展开后过大，请删除无关内容或拆成多个文件后再上传")
		}
		return nil, broken(err)
	}
	if err := measure(f, lim); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// measure walks the raw XML of every worksheet and refuses formulas and cells
// beyond the limits before anything allocates by row or column number.
func measure(f *excelize.File, lim Limits) (err error) {
	f.Pkg.Range(func(key, value any) bool {
		name, _ := key.(string)
		if !strings.HasPrefix(strings.ToLower(name), "xl/worksheets/") || !strings.HasSuffix(name, ".xml") {
			return true
		}
		part, _ := value.([]byte)
		err = measureSheet(part, lim)
		return err == nil
	})
	return err
}

func measureSheet(part []byte, lim Limits) error {
	d := xml.NewDecoder(bytes.NewReader(part))
	rows, cell, formula := 0, "", (*strings.Builder)(nil)
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return broken(err)
		}
		switch e := t.(type) {
		case xml.CharData:
			if formula != nil {
				formula.Write(e)
			}
		case xml.EndElement:
			if formula != nil && !isPictureCell(formula.String()) {
				return fault.Newf(fault.Invalid, "exam.sheet.formula", "单元格 %s 是公式，请复制后“选择性粘贴为数值”再上传", cell)
			}
			formula = nil
		case xml.StartElement:
			switch e.Name.Local {
			case "row":
				if rows++; rows > lim.Rows+1 || number(attr(e, "r")) > lim.Rows+1 {
					return fault.Newf(fault.TooLarge, "exam.sheet.rows", "一次最多导入 %d 行，请拆成多个文件，并删除表格下方的空白行", lim.Rows)
				}
			case "c":
				if cell = attr(e, "r"); columnOf(cell) > maxColumns {
					return fault.Newf(fault.TooLarge, "exam.sheet.rows", "表格最多 %d 列，请删除右侧无关的列", maxColumns)
				}
			case "f":
				formula = new(strings.Builder)
			}
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// number reads a row number; an absent one is 0, an unreadable one is huge.
func number(s string) int {
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 1 << 30
	}
	return n
}

func columnOf(ref string) int {
	if ref == "" {
		return 0
	}
	col, _, err := excelize.CellNameToCoordinates(ref)
	if err != nil {
		return 1 << 30
	}
	return col
}

func headings(cells []string, columns []Column) ([]string, error) {
	known := make(map[string]bool, len(columns)+1)
	known[ErrorColumn] = true
	for _, c := range columns {
		known[c.Name] = true
	}
	heads, seen := make([]string, len(cells)), make(map[string]bool, len(cells))
	for i, text := range cells {
		text = strings.TrimSuffix(strings.TrimSpace(text), "*")
		if !known[text] {
			continue
		}
		if seen[text] {
			return nil, fault.Newf(fault.Invalid, "exam.sheet.columns", "表头“%s”出现了两次，请删除多余的一列", text)
		}
		seen[text], heads[i] = true, text
	}
	var missing []string
	for _, c := range columns {
		if c.Required && !seen[c.Name] {
			missing = append(missing, c.Name)
		}
	}
	if len(missing) > 0 {
		return nil, fault.Newf(fault.Invalid, "exam.sheet.columns", "第 1 行缺少表头：%s；请使用下载的模板，不要改动表头", strings.Join(missing, "、"))
	}
	return heads, nil
}

// Text cleans a cell for storage: line ends and tabs become single characters,
// invisible and directional characters are refused because they make two
// different texts look alike.
func Text(s string, maxRunes int) (string, error) {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ", "_x000D_", "").Replace(strings.TrimSpace(s))
	if !utf8.ValidString(s) {
		return "", errors.New("含有无法识别的字符")
	}
	for _, r := range s {
		if r != '\n' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r)) {
			return "", fmt.Errorf("含有不可见字符 U+%04X，请删除后重新输入", r)
		}
	}
	if n := utf8.RuneCountInString(s); n > maxRunes {
		return "", fmt.Errorf("共 %d 字，超过上限 %d 字", n, maxRunes)
	}
	return s, nil
}

func empty() error {
	return fault.New(fault.Invalid, "exam.sheet.empty", "工作簿的第一张表里没有数据，请从第 2 行起填写后再上传")
}

func broken(cause error) error {
	return fault.New(fault.Invalid, "exam.sheet.format", "工作簿无法读取，可能已损坏或加了密码，请用 Excel 打开后另存一份再上传").With(cause)
}

// refusePanic turns a panic of the workbook library on a malformed file into
// the answer for a malformed file.
func refusePanic(err *error) {
	if p := recover(); p != nil {
		*err = broken(fmt.Errorf("workbook library: %v", p))
	}
}
