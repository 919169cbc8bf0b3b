package printout_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/printout"
	"huyun.internal/protocol/fault"
)

var pageMark = regexp.MustCompile(`/Type\s*/Page\b[^s]`)

func people(t *testing.T, n int) []printout.Person {
	t.Helper()
	out := make([]printout.Person, n)
	for i := range out {
		out[i] = printout.Person{Name: "张三", IDNo: "310***********0015", Admission: fmt.Sprintf("26112310101%03d", i), Seat: fmt.Sprintf("A%02d", i+1)}
		if i%2 == 0 {
			out[i].Photo = examtest.Portrait(t, i)
		}
	}
	return out
}

// TestSheets: two tickets a page, a plan over pages, a list to sign; a rare
// character and a long title do not stop them.
func TestSheets(t *testing.T) {
	t.Parallel()
	in := printout.Sitting{
		Title: "十一月巡游出租汽车驾驶员区域科目考试（很长的名称也不能写进照片里去，所以会被截断）", Number: "26112310101", Venue: "浦东分考场",
		Address: "杨高路 1 号", Room: "一号机房", Category: "09002 巡游出租汽车驾驶员", Subject: "区域科目",
		Starts: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC), Minutes: 60,
	}
	all := people(t, 5)
	all[0].Name = "张\U0003106C" // a character that few fonts have
	seats := make([]string, 120)
	for i := range seats {
		seats[i] = fmt.Sprintf("A%02d", i+1)
	}
	for name, c := range map[string]struct {
		pages int
		make  func() ([]byte, error)
	}{
		"tickets": {3, func() ([]byte, error) { return printout.Tickets(in, all) }},
		"plan":    {2, func() ([]byte, error) { return printout.SeatPlan(in, seats, all) }},
		"absent":  {1, func() ([]byte, error) { return printout.Absent(in, 20, all) }},
		"nobody":  {1, func() ([]byte, error) { return printout.Absent(in, 20, nil) }},
	} {
		out, err := c.make()
		if testing.Short() && fault.Is(err, "page.font") {
			t.Skip("the quick checks build no pages and have no font; make test has it")
		}
		require.NoError(t, err, name)
		require.True(t, bytes.HasPrefix(out, []byte("%PDF-")), name)
		require.Len(t, pageMark.FindAll(out, -1), c.pages, name)
		if dir := os.Getenv("HUYUN_SHEETS"); dir != "" { // to be looked at
			require.NoError(t, os.WriteFile(dir+"/"+name+".pdf", out, 0o600))
		}
	}
}
