package score

import (
	"strconv"

	"huyun.internal/protocol/exam"
)

// Figures are a sitting's sums, counted by the venue or by us.
type Figures struct {
	Booked    int    `db:"booked"`
	Admitted  int    `db:"admitted"`
	Absent    int    `db:"absent"`
	Issued    int    `db:"issued"`
	Started   int    `db:"started"`
	Submitted int    `db:"submitted"`
	Answers   int    `db:"answers"`
	Digest    string `db:"digest"`
}

// compare lines the venue's closing figures up with ours.
func compare(venue, cloud Figures) []Line {
	line := func(code, name string, v, c int) Line {
		return Line{code, name, strconv.Itoa(v), strconv.Itoa(c), v == c}
	}
	return []Line{
		line("booked", "应考人数", venue.Booked, cloud.Booked),
		line("admitted", "入场人数", venue.Admitted, cloud.Admitted),
		line("absent", "缺考人数", venue.Absent, cloud.Absent),
		line("issued", "生成试卷", venue.Issued, cloud.Issued),
		line("started", "开始作答", venue.Started, cloud.Started),
		line("submitted", "交卷份数", venue.Submitted, cloud.Submitted),
		line("answers", "答案记录", venue.Answers, cloud.Answers),
		{"digest", "全场交卷摘要", venue.Digest, cloud.Digest, venue.Digest == cloud.Digest},
	}
}

// handins is the digest of a sitting over our own digests of the answers of
// every attempt that was handed in, not over the venue's word for them.
func handins(attempts []*Attempt) string {
	digests := map[string]string{}
	for _, a := range attempts {
		if !a.HandedIn {
			continue
		}
		digests[a.ID] = exam.AnswersDigest(a.Replies).String()
	}
	return exam.SittingDigest(digests).String()
}
