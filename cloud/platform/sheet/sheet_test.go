package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"huyun.internal/protocol/fault"
)

var (
	cols = []Column{{Name: "姓名", Required: true}, {Name: "图片"}, {Name: "备注", Choices: []string{"甲", "乙"}, Note: "说明"}}
	lim  = Limits{Rows: 50, Unzipped: 8 << 20}
)

func book(t *testing.T, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	fill(f)
	b, err := bytesOf(f)
	require.NoError(t, err)
	return b
}

func set(f *excelize.File, cell string, v any) {
	if err := f.SetCellValue("Sheet1", cell, v); err != nil {
		panic(err)
	}
}

func TestReadAndAnnotateRoundTrip(t *testing.T) {
	t.Parallel()
	data, err := Write("考生", cols, [][]any{{"张三", "", "甲"}, {"=cmd|' /C calc'!A0", "", "乙"}})
	require.NoError(t, err)
	rows, err := Read(data, cols, lim)
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Equal(t, 2, rows[0].No)
	require.Equal(t, "张三", rows[0].Get("姓名"))
	require.Equal(t, "=cmd|' /C calc'!A0", rows[1].Get("姓名"), "what was written reads the same")
	require.Equal(t, "'=cmd|' /C calc'!A0", cell(t, data, "A3"), "and a spreadsheet does not run it")

	marked, err := Annotate(data, lim, []Problem{{3, "姓名", "不能以等号开头"}, {3, "", "第二处"}})
	require.NoError(t, err)
	rows, err = Read(marked, append(cols, Column{Name: "别的"}), lim)
	require.NoError(t, err, "a corrected error workbook can be uploaded again")
	require.Equal(t, "【姓名】不能以等号开头\n第二处", rows[1].Get(ErrorColumn))
	again, err := Annotate(marked, lim, []Problem{{2, "", "新"}})
	require.NoError(t, err)
	rows, err = Read(again, cols, lim)
	require.NoError(t, err)
	require.Equal(t, "新", rows[0].Get(ErrorColumn))
	require.Empty(t, rows[1].Get(ErrorColumn), "the old mark is gone")
}

// A workbook that other software wrote without styles is told what is wrong
// with its rows like any other.
func TestAnnotateWithoutStyles(t *testing.T) {
	t.Parallel()
	src := book(t, func(f *excelize.File) { set(f, "A1", "姓名"); set(f, "A2", "x") })
	plain := repacked(t, src, func(name string, body []byte) []byte {
		if name == "xl/styles.xml" {
			return nil
		}
		return body
	})
	marked, err := Annotate(plain, lim, []Problem{{2, "姓名", "太短"}})
	require.NoError(t, err)
	require.Equal(t, "【姓名】太短", cell(t, marked, "B2"))
}

func cell(t *testing.T, data []byte, name string) string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	require.NoError(t, err)
	defer f.Close()
	text, err := f.GetCellValue(f.GetSheetName(0), name)
	require.NoError(t, err)
	return text
}

// Notes and choices are for the person who fills in a template.
func TestWriteGuides(t *testing.T) {
	t.Parallel()
	data, err := Write("试题", []Column{{Name: "题型", Note: "怎么填", Choices: []string{"判断", "单选"}}}, nil)
	require.NoError(t, err)
	f, err := excelize.OpenReader(bytes.NewReader(data))
	require.NoError(t, err)
	defer f.Close()
	notes, err := f.GetComments("试题")
	require.NoError(t, err)
	require.Len(t, notes, 1)
	lists, err := f.GetDataValidations("试题")
	require.NoError(t, err)
	require.Len(t, lists, 1)
}

func TestReadPictures(t *testing.T) {
	t.Parallel()
	var pic bytes.Buffer
	require.NoError(t, png.Encode(&pic, image.NewNRGBA(image.Rect(0, 0, 8, 8))))
	data := book(t, func(f *excelize.File) {
		set(f, "A1", "姓名*")
		set(f, "A3", "李四")
		require.NoError(t, f.AddPictureFromBytes("Sheet1", "B3", &excelize.Picture{Extension: ".png", File: pic.Bytes()}))
	})
	rows, err := Read(data, cols, lim)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, [][]byte{pic.Bytes()}, rows[0].Pictures)
	marked, err := Annotate(data, lim, []Problem{{3, "姓名", "错"}})
	require.NoError(t, err)
	rows, err = Read(marked, cols, lim)
	require.NoError(t, err)
	require.Len(t, rows[0].Pictures, 1, "pictures survive annotation")
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	head := func(f *excelize.File) { set(f, "A1", "姓名") }
	for name, c := range map[string]struct {
		data []byte
		code string
	}{
		"nothing":       {nil, "exam.sheet.format"},
		"text":          {[]byte("姓名,备注\n"), "exam.sheet.format"},
		"zip of lies":   {[]byte("PK\x03\x04 and then nothing"), "exam.sheet.format"},
		"no rows":       {book(t, head), "exam.sheet.empty"},
		"no heading":    {book(t, func(f *excelize.File) { set(f, "A1", "名字"); set(f, "A2", "x") }), "exam.sheet.columns"},
		"heading twice": {book(t, func(f *excelize.File) { set(f, "A1", "姓名"); set(f, "B1", "姓名*"); set(f, "A2", "x") }), "exam.sheet.columns"},
		"formula": {book(t, func(f *excelize.File) {
			head(f)
			set(f, "A2", "x")
			require.NoError(t, f.SetCellFormula("Sheet1", "A2", "1+1"))
		}), "exam.sheet.formula"},
		"formula on another sheet": {book(t, func(f *excelize.File) {
			head(f)
			set(f, "A2", "x")
			_, err := f.NewSheet("隐藏")
			require.NoError(t, err)
			require.NoError(t, f.SetCellFormula("隐藏", "C9", `WEBSERVICE("http://x")`))
		}), "exam.sheet.formula"},
		"too many rows": {book(t, func(f *excelize.File) { head(f); set(f, "A52", "x") }), "exam.sheet.rows"},
		"far column":    {book(t, func(f *excelize.File) { head(f); set(f, "XFD2", "x") }), "exam.sheet.rows"},
		"bomb":          {bomb(t), "exam.sheet.size"},
	} {
		_, err := Read(c.data, cols, lim)
		require.True(t, fault.Is(err, c.code), "%s: %v", name, err)
		require.NotEqual(t, fault.Internal, fault.KindOf(err), name)
	}
}

// bomb is a workbook whose sheet unfolds to 16 MB of spaces.
func bomb(t *testing.T) []byte {
	t.Helper()
	src := book(t, func(f *excelize.File) { set(f, "A1", "姓名"); set(f, "A2", "x") })
	out := repacked(t, src, func(name string, body []byte) []byte {
		if strings.HasSuffix(name, "sheet1.xml") {
			return append(body, bytes.Repeat([]byte(" "), 16<<20)...)
		}
		return body
	})
	require.Less(t, len(out), 1<<20)
	return out
}

// repacked is a workbook with its parts changed; a nil part is left out.
func repacked(t *testing.T, src []byte, change func(name string, body []byte) []byte) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(src), int64(len(src)))
	require.NoError(t, err)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range r.File {
		in, err := f.Open()
		require.NoError(t, err)
		body, err := io.ReadAll(in)
		require.NoError(t, err)
		if body = change(f.Name, body); body == nil {
			continue
		}
		out, err := w.Create(f.Name)
		require.NoError(t, err)
		_, err = out.Write(body)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestText(t *testing.T) {
	t.Parallel()
	s, err := Text("  甲\r\n乙\t丙 ", 10)
	require.NoError(t, err)
	require.Equal(t, "甲\n乙 丙", s)
	for _, bad := range []string{"a\u0000b", "a\u200bb", "a\u202eb", "a\xffb", "a\ufeffb", strings.Repeat("长", 11)} {
		_, err := Text(bad, 10)
		require.Error(t, err, fmt.Sprintf("%q", bad))
	}
}

func FuzzRead(f *testing.F) {
	x := excelize.NewFile()
	_ = x.SetCellValue("Sheet1", "A1", "姓名")
	_ = x.SetCellValue("Sheet1", "A2", "张三")
	seed, err := bytesOf(x)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := Read(data, cols, lim)
		if err == nil && len(rows) > lim.Rows {
			t.Fatalf("%d rows", len(rows))
		}
	})
}
