package main

import (
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"huyun.internal/deploy/stack"
)

func TestEveryCommandIsAnsweredByOneLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := obey(t.Context(), &stack.Stack{}, strings.NewReader("dance\n sing \nquit\ncut\n"), &out)
	require.NoError(t, err)
	require.Equal(t, `{"ok":false,"error":"unknown command \"dance\""}`+"\n"+`{"ok":false,"error":"unknown command \"sing\""}`+"\n", out.String())
}

func TestItEndsWithItsInput(t *testing.T) {
	t.Parallel()
	require.NoError(t, obey(t.Context(), &stack.Stack{}, strings.NewReader(""), &bytes.Buffer{}))
}

func TestAFilmHasWholeFrames(t *testing.T) {
	t.Parallel()
	var picture bytes.Buffer
	require.NoError(t, jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 35, 45)), nil)) // black
	path := filepath.Join(t.TempDir(), "camera.y4m")
	require.NoError(t, film(path, picture.Bytes()))
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	head, frames, found := bytes.Cut(raw, []byte("\n"))
	require.True(t, found)
	require.Equal(t, "YUV4MPEG2 W640 H480 F5:1 Ip A1:1 C420jpeg", string(head))
	require.Len(t, frames, filmFrames*(len("FRAME\n")+640*480*3/2))
	luma := frames[len("FRAME\n"):]
	require.InDelta(t, 16, luma[240*640+320], 1, "the picture's black is the range's lowest")
	require.InDelta(t, 16+128*219/255, luma[240*640+10], 1, "grey beside it")
}

func TestTheBrokenWorkbookHasOneBadRow(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "broken.xlsx")
	require.NoError(t, breakBook(path))
	book, err := excelize.OpenFile(path)
	require.NoError(t, err)
	rows, err := book.GetRows("题库")
	require.NoError(t, err)
	require.Len(t, rows, 4)
	column := -1
	for i, name := range rows[0] {
		if name == "答案" {
			column = i
		}
	}
	require.Equal(t, "Z", rows[2][column])
	require.NotEqual(t, "Z", rows[1][column])
	require.NotEqual(t, "Z", rows[3][column])
}
