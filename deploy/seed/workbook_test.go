package seed

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/bank"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/exam"
)

// What is written must be what the importers of the cloud read.
func TestTheBankReadsItsWorkbooks(t *testing.T) {
	t.Parallel()
	all := questions(t)
	books, err := Workbooks()
	require.NoError(t, err)
	require.Len(t, books, 5)
	rows, pictures, stems := 0, 0, map[string]bool{}
	for _, b := range books {
		require.NotContains(t, b.File, "-.", "an industry without a name")
		read, err := sheet.Read(b.Data, bank.Columns(), sheet.Limits{Rows: 5000, Unzipped: 96 << 20})
		require.NoError(t, err, b.File)
		for _, r := range read {
			rows++
			pictures += len(r.Pictures)
			stems[r.Get("题干")] = true
			require.NotEmpty(t, r.Get("题型"))
			require.NotEqual(t, r.Get("题型") == "案例", r.Get("答案") != "", r.Get("题干"))
		}
	}
	want := 0
	for _, q := range all {
		walk(&q, func(q *exam.Question) {
			want++
			require.True(t, stems[q.Stem], q.Stem)
		})
	}
	require.Equal(t, want, rows)
	require.Equal(t, 4, pictures)
}

func TestTheSittingReadsItsCandidates(t *testing.T) {
	t.Parallel()
	faces, err := Faces(t.Context())
	require.NoError(t, err)
	people := Candidates(8, 3)
	require.NoError(t, Portraits(people[:6], faces, 0))
	data, err := CandidateWorkbook(people, "")
	require.NoError(t, err)
	rows, err := sheet.Read(data, sitting.CandidateColumns(), sheet.Limits{Rows: 500, Unzipped: 96 << 20})
	require.NoError(t, err)
	require.Len(t, rows, 8)
	for i, r := range rows {
		require.Equal(t, people[i].ID, r.Get("身份证号"))
		require.Equal(t, people[i].Name, r.Get("姓名"))
		require.Equal(t, i < 6, len(r.Pictures) == 1)
		require.False(t, strings.Contains(r.Get("身份证号"), "E+"))
	}
}
