package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/simulators/crowd"
)

func did(item string, revision uint64, end string, choice ...string) act {
	return act{Op: crowd.Op{Kind: crowd.Answer, Admission: "A1", Item: item, Revision: revision, Choice: choice}, End: end}
}

func held(choice ...string) saved { return saved{Choice: choice, Records: 1, Rows: 1} }

func TestJudgeFindsEachFault(t *testing.T) {
	t.Parallel()
	k := key{"A1", "1", 1}
	cases := map[string]struct {
		acts  []act
		cloud map[key]saved
		want  verdict
	}{
		"acknowledged and there":       {[]act{did("1", 1, crowd.OK, "A")}, map[key]saved{k: held("A")}, verdict{Acked: 1}},
		"acknowledged and lost":        {[]act{did("1", 1, crowd.OK, "A")}, nil, verdict{Acked: 1, Lost: 1}},
		"in the journal, not the rows": {[]act{did("1", 1, crowd.OK, "A")}, map[key]saved{k: {Choice: []string{"A"}, Records: 1}}, verdict{Acked: 1, Lost: 1}},
		"twice":                        {[]act{did("1", 1, crowd.OK, "A")}, map[key]saved{k: {Choice: []string{"A"}, Records: 2, Rows: 1}}, verdict{Acked: 1, Duplicated: 1}},
		"altered":                      {[]act{did("1", 1, crowd.OK, "A")}, map[key]saved{k: held("B")}, verdict{Acked: 1, Altered: 1}},
		"order of keys does not count": {[]act{did("1", 1, crowd.OK, "B", "A")}, map[key]saved{k: held("A", "B")}, verdict{Acked: 1}},
		"unknown and there":            {[]act{did("1", 1, crowd.Unknown, "A")}, map[key]saved{k: held("A")}, verdict{Recovered: 1}},
		"unknown and not there":        {[]act{did("1", 1, crowd.Unknown, "A")}, nil, verdict{Unknown: 1}},
		"cut short and altered":        {[]act{did("1", 1, "", "A")}, map[key]saved{k: held("C")}, verdict{Recovered: 1, Altered: 1}},
		"refused and yet there":        {[]act{did("1", 1, crowd.Fail, "A")}, map[key]saved{k: held("A")}, verdict{Refused: 1, Unexpected: 1}},
		"unknown, then another acknowledged": {
			[]act{did("1", 1, crowd.Unknown, "C"), did("1", 1, crowd.OK, "B")}, map[key]saved{k: held("B")}, verdict{Acked: 1},
		},
		"acknowledged, overwritten by an unknown": {
			[]act{did("1", 1, crowd.Unknown, "C"), did("1", 1, crowd.OK, "B")}, map[key]saved{k: held("C")}, verdict{Acked: 1, Altered: 1},
		},
		"from nowhere": {nil, map[key]saved{k: held("A")}, verdict{Unexpected: 1}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := judge(c.acts, c.cloud)
			got.Complaints = nil
			require.Equal(t, c.want, got)
		})
	}
}

func TestLateAnswerOfAnOldSeatMustNotBeThere(t *testing.T) {
	t.Parallel()
	late := act{Op: crowd.Op{Kind: crowd.Late, Admission: "A1", Item: "1", Revision: 2, Choice: []string{"B"}}, End: crowd.Fail}
	k := key{"A1", "1", 2}
	require.Equal(t, 1, judge([]act{late}, map[key]saved{k: held("B")}).Unexpected)
	require.Zero(t, judge([]act{late, did("1", 2, crowd.OK, "C")}, map[key]saved{k: held("C")}).bad(), "the new seat's own")
	require.Equal(t, 1, judge([]act{late, did("1", 2, crowd.OK, "C")}, map[key]saved{k: held("B")}).Altered, "the old seat's overwrote it")
}

func TestFinalsCountTheHighestRevision(t *testing.T) {
	t.Parallel()
	got := finals(map[key]saved{
		{"A1", "1", 1}: held("A"), {"A1", "1", 2}: held(), {"A1", "2", 1}: held("B"), {"A2", "1", 9}: held("A"),
	})
	require.Equal(t, map[string]int{"A1": 1, "A2": 1}, got)
}
