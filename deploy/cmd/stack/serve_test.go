package main

import (
	"archive/zip"
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"huyun.internal/deploy/stack"
	"huyun.internal/protocol/person"
	"huyun.internal/simulators/crowd"
)

func TestEveryCommandIsAnsweredByOneLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := (&director{Stack: &stack.Stack{}}).obey(t.Context(), strings.NewReader("dance\n sing \nquit\ncut\n"), &out)
	require.NoError(t, err)
	require.Equal(t, `{"ok":false,"error":"unknown command \"dance\""}`+"\n"+`{"ok":false,"error":"unknown command \"sing\""}`+"\n", out.String())
}

// TestTheStoryNamesWhatIsLeft: the walkthrough is about a sitting that can still
// be held, and says so when none can.
func TestTheStoryNamesWhatIsLeft(t *testing.T) {
	t.Parallel()
	of := func(title, admission string) *stack.Exam {
		return &stack.Exam{Title: title, People: []crowd.Person{{Admission: admission, IDNumber: "31"}}, Seats: map[string]string{admission: "007"}}
	}
	s := &stack.Stack{Demo: of("第一场", "11")}
	s.Demo.Next = of("第二场", "22")
	first := story(s, s.Demo)
	require.Contains(t, first, "打开“第一场”")
	require.NotContains(t, first, "已结束")
	second := story(s, s.Demo.Next)
	require.Contains(t, second, "“第一场”已结束")
	require.Contains(t, second, "打开“第二场”")
	require.Contains(t, second, "准考证号 22   身份证号 31   座位 007")
	last := story(s, nil)
	require.Contains(t, last, "演示场次都已结束")
	require.NotContains(t, last, "可以这样试")
}

func TestItEndsWithItsInput(t *testing.T) {
	t.Parallel()
	require.NoError(t, (&director{Stack: &stack.Stack{}}).obey(t.Context(), strings.NewReader(""), &bytes.Buffer{}))
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

func rowsOf(t *testing.T, path, sheet string) [][]string {
	t.Helper()
	book, err := excelize.OpenFile(path)
	require.NoError(t, err)
	rows, err := book.GetRows(sheet)
	require.NoError(t, err)
	require.Len(t, rows, 4)
	return rows
}

func TestBadWorkbooksDifferInTheRowsTheyShould(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x")
	require.NoError(t, questionBooks(path))
	bad, good := rowsOf(t, path+"-bad.xlsx", "题库"), rowsOf(t, path+"-good.xlsx", "题库")
	require.Equal(t, []bool{true, true, false, true}, same(bad, good))
	require.Contains(t, bad[2], "Z")

	require.NoError(t, rosters(path))
	bad, good = rowsOf(t, path+"-bad.xlsx", "考生"), rowsOf(t, path+"-good.xlsx", "考生")
	require.Equal(t, []bool{true, true, false, false}, same(bad, good))
	_, err := person.ParseID(good[2][1])
	require.NoError(t, err)
	_, err = person.ParseID(bad[2][1])
	require.Error(t, err)
	require.Equal(t, bad[1][1], bad[3][1])
}

func same(a, b [][]string) []bool {
	out := make([]bool, len(a))
	for i := range a {
		out[i] = slices.Equal(a[i], b[i])
	}
	return out
}

// TestThePhotographsOfACalibration: two people, several pictures each, and a word
// that it is no real data.
func TestThePhotographsOfACalibration(t *testing.T) {
	t.Parallel()
	s := &stack.Stack{Options: stack.Options{Dir: t.TempDir()}}
	require.NoError(t, offerPhotos(t.Context(), s))
	z, err := zip.OpenReader(photosOf(s))
	require.NoError(t, err)
	defer z.Close()
	pictures, texts := map[string]int{}, 0
	seen := map[uint32]bool{}
	for _, f := range z.File {
		if filepath.Ext(f.Name) != ".jpg" {
			require.Contains(t, f.Name, "演示数据")
			texts++
			continue
		}
		pictures[filepath.Dir(f.Name)]++
		require.False(t, seen[f.CRC32], "no picture twice: it would measure nothing")
		seen[f.CRC32] = true
	}
	require.Equal(t, 1, texts)
	require.Equal(t, map[string]int{"演示人员甲": photographs, "演示人员乙": photographs}, pictures)
}
