package bank_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/bank"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/sm"
)

func scene(shade uint8) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, 90, 60))
	for y := range 60 {
		for x := range 90 {
			img.SetNRGBA(x, y, color.NRGBA{uint8(x * 2), uint8(y * 4), shade, 255})
		}
	}
	return img
}

// everyShape is a question of each type; pictures PNG and JPEG, two in one row
// and one in a sub-question; texts a spreadsheet would run or a reader would cut.
func everyShape(t *testing.T) ([]byte, []byte) {
	t.Helper()
	var a, b bytes.Buffer
	require.NoError(t, png.Encode(&a, scene(0)))
	require.NoError(t, jpeg.Encode(&b, scene(200), &jpeg.Options{Quality: 60}))
	none := [6]string{}
	row := func(kind, industry, categories, stem string, o [6]string, answer, picture, number string) []any {
		subject, chapter, level := "理论", "应急处置", "3"
		if industry == "" {
			subject, chapter, level = "", "", ""
		}
		return []any{kind, industry, categories, subject, chapter, level, stem, o[0], o[1], o[2], o[3], o[4], o[5], answer, "某条例第十条", "=解析以等号开头", picture, number}
	}
	workbook := book(t,
		row("判断", "危险货物", "03001、03003", "=以等号开头的题干", none, "错", "", ""),
		row("单选", "公交", "13001、13901、13902", "-负号\n第二行", [6]string{"甲", "乙"}, "B", "甲.png;乙.jpg", ""),
		row("多选", "道路客运", "01001", "'单引号'", [6]string{"+一", "@二", "三", "四", "五", "六"}, "ACF", "", ""),
		row("案例", "危险货物", "03001", "一辆罐车在高架道路上渗漏", none, "", "乙.jpg", "K9"),
		row("判断", "", "", "应当熄火", none, "对", "", "K9"),
		row("多选", "", "", "应当怎么办", [6]string{"警告", "报警", "拍照"}, "AB", "甲.png", "K9"),
		row("案例", "危险货物", "03001", "押运员发现包装破损", none, "", "", "K10"),
		row("单选", "", "", "首先做什么", [6]string{"停车", "继续"}, "A", "", "K10"),
		row("判断", "", "", "可以不报告", none, "错", "", "K10"),
	)
	return workbook, examtest.Zip(t, map[string][]byte{"甲.png": a.Bytes(), "乙.jpg": b.Bytes()})
}

func (w world) take(t *testing.T, workbook, pictures []byte) {
	t.Helper()
	out, err := w.bank.Import(w.As("author"), bank.Upload{FileName: "题.xlsx", Workbook: workbook, Pictures: pictures})
	require.NoError(t, err)
	require.True(t, out.OK, "%+v", out.Problems)
	_, err = w.bank.Decide(w.As("reviewer"), out.Batch, true, "")
	require.NoError(t, err)
}

func exported(t *testing.T, w world) []byte {
	t.Helper()
	status, data := w.Do("reviewer", http.MethodGet, "/api/v1/exam/bank/export", nil)
	require.Equal(t, http.StatusOK, status, string(data))
	return data
}

// rowsOf is what an import reads of a workbook: every column, and the digests of
// every row's pictures.
func rowsOf(t *testing.T, data []byte) (rows [][]string) {
	t.Helper()
	read, err := sheet.Read(data, bank.Columns(), sheet.Limits{Rows: 100, Unzipped: 8 << 20})
	require.NoError(t, err)
	for _, r := range read {
		var line []string
		for _, c := range bank.Columns() {
			line = append(line, r.Get(c.Name))
		}
		for _, p := range r.Pictures {
			line = append(line, sm.Sum(p).String())
		}
		rows = append(rows, line)
	}
	return rows
}

// What was exported, taken into an empty bank and exported again is the same,
// row by row, picture by picture.
func TestExportImportExport(t *testing.T) {
	t.Parallel()
	first, second := newWorld(t), newWorld(t)
	workbook, pictures := everyShape(t)
	first.take(t, workbook, pictures)
	out := exported(t, first)
	second.take(t, out, nil)
	rows := rowsOf(t, out)
	require.Equal(t, rows, rowsOf(t, exported(t, second)))

	given := rowsOf(t, workbook)
	require.Len(t, rows, len(given))
	columns := len(bank.Columns())
	for i := range given {
		for c := range columns {
			switch bank.Columns()[c].Name {
			case "图片", "案例编号": // named there, embedded here; numbered anew
			default:
				require.Equal(t, given[i][c], rows[i][c], "row %d, %s", i, bank.Columns()[c].Name)
			}
		}
	}
	require.Len(t, rows[1], columns+2, "two pictures in one row")
	require.Len(t, rows[3], columns+1, "of the case")
	require.Len(t, rows[5], columns+1, "of a sub-question")

	require.Equal(t, 1, first.Audited(bank.PermExport))
	list, err := first.bank.Custody(first.As("reviewer"), bank.SeenFilter{How: "EXPORT"}, page())
	require.NoError(t, err)
	require.Equal(t, 5, list.Total, "custody of each question")
}

func TestExportRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.load(t, tf("一", "1"))
	w.Staff("half", bank.PermExport)
	for _, c := range []struct {
		who, query string
		status     int
		code       string
	}{
		{"author", "", http.StatusForbidden, "auth.forbidden"},
		{"half", "", http.StatusForbidden, "auth.forbidden"},
		{"reviewer", "?chapter=%E6%97%A0", http.StatusPreconditionFailed, "exam.bank.export.none"},
		{"reviewer", "?q=%E6%97%A0", http.StatusPreconditionFailed, "exam.bank.export.none"},
		{"reviewer", "?q=%E4%B8%80", http.StatusOK, ""},
	} {
		status, body := w.Do(c.who, http.MethodGet, "/api/v1/exam/bank/export"+c.query, nil)
		require.Equal(t, c.status, status, "%+v", c)
		if c.code != "" {
			require.Equal(t, c.code, examtest.Code(t, body))
		}
	}
}
