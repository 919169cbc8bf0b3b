package app

import (
	"context"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
)

// examsOf answers a file's question for its person's exams.
func (s *System) examsOf(ctx context.Context, q db.Q, blinds [][]byte) ([]practitioner.Exam, error) {
	list, err := s.Credit.Of(ctx, q, blinds)
	out := []practitioner.Exam{}
	for _, e := range list {
		until := ""
		if e.Until != nil {
			until = e.Until.Format("2006-01-02")
		}
		out = append(out, practitioner.Exam{
			Sitting: e.Sitting, Candidate: e.Candidate, Number: e.Number, Title: e.Title, Category: e.Category, Subject: e.Subject,
			Venue: e.VenueName, StartsAt: e.StartsAt, Outcome: e.Outcome, Until: until,
		})
	}
	return out, err
}
