package seed

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"huyun.internal/protocol/exam"
)

// Book is a workbook as a clerk would upload it.
type Book struct {
	File string
	Data []byte
}

// Names of the bank's import by the codes of the questions.
var (
	industryNames = map[string]string{
		"taxi": "巡游出租", "ridehail": "网约车", "freight": "道路货运", "dangerous": "危险货物", "bus": "公交",
	}
	typeNames = map[exam.Type]string{exam.TF: "判断", exam.Single: "单选", exam.Multi: "多选", exam.Case: "案例"}
	// bankColumns are the headings of the bank's import (cloud/exam/bank).
	bankColumns = []column{
		{"题型", 8},
		{"行业", 10},
		{"类别", 20},
		{"科目", 14},
		{"章节", 20},
		{"难度", 6},
		{"题干", 60},
		{"选项A", 26},
		{"选项B", 26},
		{"选项C", 26},
		{"选项D", 26},
		{"答案", 8},
		{"法规依据", 36},
		{"解析", 48},
		{"图片", 24},
		{"案例编号", 10},
	}
	// candidateColumns are those of the sitting's import (cloud/exam/sitting).
	candidateColumns = []column{{"姓名", 12}, {"身份证号", 24}, {"手机", 16}, {"类别", 10}, {"同意人脸核验", 14}, {"照片", 16}}
)

type column struct {
	name  string
	width float64
}

// Workbooks returns the whole bank, a workbook for each industry.
func Workbooks() ([]Book, error) {
	all, err := Questions()
	if err != nil {
		return nil, err
	}
	var out []Book
	for len(all) > 0 {
		industry := all[0].Industry
		mine := slices.DeleteFunc(slices.Clone(all), func(q exam.Question) bool { return q.Industry != industry })
		all = slices.DeleteFunc(all, func(q exam.Question) bool { return q.Industry == industry })
		data, err := Workbook(mine)
		if err != nil {
			return nil, fmt.Errorf("workbook of %s: %w", industry, err)
		}
		out = append(out, Book{File: "题库-" + industryNames[industry] + ".xlsx", Data: data})
	}
	return out, nil
}

// Workbook writes questions in the columns of the bank's import, pictures in
// their rows.
func Workbook(questions []exam.Question) ([]byte, error) {
	var s table
	for _, q := range questions {
		number := ""
		if q.Type == exam.Case {
			number = q.ID
		}
		s.add(questionRow(&q, number), pictureOf(&q))
		for i := range q.Sub {
			s.add(questionRow(&q.Sub[i], number), pictureOf(&q.Sub[i]))
		}
	}
	return s.write("题库", bankColumns, slices.Index(bankColumns, column{"图片", 24}))
}

func questionRow(q *exam.Question, number string) []string {
	difficulty := ""
	if q.Difficulty > 0 {
		difficulty = strconv.Itoa(q.Difficulty)
	}
	var options [4]string
	for i, o := range q.Options {
		options[i] = o.Text
	}
	answer := strings.Join(q.Answer, "")
	if q.Type == exam.TF {
		answer = map[string]string{"T": "对", "F": "错"}[answer]
	}
	return []string{
		typeNames[q.Type], industryNames[q.Industry], strings.Join(q.Categories, "、"), q.Subject, q.Chapter, difficulty,
		q.Stem, options[0], options[1], options[2], options[3], answer, q.LawRef, q.Explain, "", number,
	}
}

func pictureOf(q *exam.Question) picture {
	if len(q.Media) == 0 {
		return picture{}
	}
	return picture{data: Media()[q.Media[0].Digest], extension: ".png"}
}

// CandidateWorkbook writes candidates in the columns of the sitting's import.
// With an empty category, theirs is left to the sitting.
func CandidateWorkbook(people []Candidate, category string) ([]byte, error) {
	var s table
	for _, p := range people {
		row := []string{p.Name, p.ID, p.Mobile, category, "是", ""}
		s.add(row, picture{data: p.Photo, extension: ".jpg"})
	}
	return s.write("考生", candidateColumns, slices.Index(candidateColumns, column{"照片", 16}))
}

type picture struct {
	data      []byte
	extension string
}

// table collects the rows of a workbook.
type table struct {
	rows     [][]string
	pictures []picture
}

func (s *table) add(row []string, p picture) {
	s.rows, s.pictures = append(s.rows, row), append(s.pictures, p)
}

// pictureHeight of a row that holds one, in points.
const pictureHeight = 84

func (s *table) write(title string, columns []column, at int) ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // nothing of it is on disk
	if err := f.SetSheetName("Sheet1", title); err != nil {
		return nil, fmt.Errorf("name sheet: %w", err)
	}
	if err := s.cells(f, title, columns); err != nil {
		return nil, err
	}
	for i, p := range s.pictures {
		if len(p.data) == 0 {
			continue
		}
		cell, err := excelize.CoordinatesToCellName(at+1, i+2)
		if err != nil {
			return nil, fmt.Errorf("picture cell: %w", err)
		}
		if err := f.SetRowHeight(title, i+2, pictureHeight); err != nil {
			return nil, fmt.Errorf("row height: %w", err)
		}
		err = f.AddPictureFromBytes(title, cell, &excelize.Picture{
			Extension: p.extension, File: p.data, Format: &excelize.GraphicOptions{AutoFit: true, LockAspectRatio: true},
		})
		if err != nil {
			return nil, fmt.Errorf("picture of row %d: %w", i+2, err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, fmt.Errorf("write workbook: %w", err)
	}
	return b.Bytes(), nil
}

// cells writes every cell as text: an ID number keeps its 18 digits.
func (s *table) cells(f *excelize.File, title string, columns []column) error {
	head, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DCE6F1"}}})
	if err != nil {
		return fmt.Errorf("heading style: %w", err)
	}
	body, err := f.NewStyle(&excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return fmt.Errorf("cell style: %w", err)
	}
	for c, col := range columns {
		letter, err := excelize.ColumnNumberToName(c + 1)
		if err != nil {
			return fmt.Errorf("column %d: %w", c+1, err)
		}
		last := fmt.Sprintf("%s%d", letter, len(s.rows)+1)
		err = firstError(
			f.SetColWidth(title, letter, letter, col.width),
			f.SetCellStyle(title, letter+"1", letter+"1", head),
			f.SetCellStyle(title, letter+"2", last, body),
			f.SetCellStr(title, letter+"1", col.name),
		)
		for r := 0; r < len(s.rows) && err == nil; r++ {
			if text := s.rows[r][c]; text != "" {
				err = f.SetCellStr(title, fmt.Sprintf("%s%d", letter, r+2), text)
			}
		}
		if err != nil {
			return fmt.Errorf("column %s: %w", col.name, err)
		}
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
