package main

import (
	"errors"
	"os"
	"strings"

	"huyun.internal/deploy/seed"
	"huyun.internal/protocol/exam"
)

// questionBooks writes new questions, in the bad one of which the second names
// an answer that is no option.
func questionBooks(path string) error {
	all, err := seed.Questions()
	if err != nil {
		return err
	}
	var some []exam.Question
	for _, q := range all {
		if q.Type == exam.Single && len(some) < 3 {
			q.Stem = "（浏览器测试）" + q.Stem
			some = append(some, q)
		}
	}
	right := some[1].Answer
	some[1].Answer = []string{"Z"}
	bad, err := seed.Workbook(some)
	if err != nil {
		return err
	}
	some[1].Answer = right
	good, err := seed.Workbook(some)
	return errors.Join(err, writeBooks(path, bad, good))
}

// rosters writes candidates. In the bad one the second has an ID number with a
// wrong check digit and the third is the first once more.
func rosters(path string) error {
	people := seed.Candidates(3, 77)
	good, err := seed.CandidateWorkbook(people, "")
	if err != nil {
		return err
	}
	last := "1"
	if strings.HasSuffix(people[1].ID, last) {
		last = "2"
	}
	people[1].ID = people[1].ID[:17] + last
	people[2].ID = people[0].ID
	bad, err := seed.CandidateWorkbook(people, "")
	return errors.Join(err, writeBooks(path, bad, good))
}

func writeBooks(path string, bad, good []byte) error {
	return errors.Join(os.WriteFile(path+"-bad.xlsx", bad, 0o600), os.WriteFile(path+"-good.xlsx", good, 0o600))
}
