package app

import (
	"context"

	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
)

// officers answers who may do something to a case.
func (s *System) officers(ctx context.Context, q db.Q, perm string) ([]application.Officer, error) {
	list, err := s.Identity.Able(ctx, q, perm)
	out := make([]application.Officer, len(list))
	for i, m := range list {
		out[i] = application.Officer{ID: m.ID, Name: m.Name}
	}
	return out, err
}

// casesOf answers a file's question for its person's applications.
func (s *System) casesOf(ctx context.Context, q db.Q, person string) ([]practitioner.Case, error) {
	list, err := s.Case.Of(ctx, q, person)
	out := make([]practitioner.Case, len(list))
	for i, c := range list {
		out[i] = practitioner.Case{
			ID: c.ID, ApplyNo: c.ApplyNo, Situation: c.Title, State: c.StateName, At: c.CreatedAt,
		}
	}
	return out, err
}

// expireCases moves every case whose day has passed, however many there are.
func (s *System) expireCases(ctx context.Context) error {
	for {
		n, err := s.Case.Expire(ctx)
		if err != nil || n == 0 {
			return err
		}
		s.Log.InfoContext(ctx, "cases moved by their deadlines", "cases", n)
	}
}

// openBatches makes cases of the lines of rosters, until none waits.
func (s *System) openBatches(ctx context.Context) error {
	for {
		n, err := s.Batch.Open(ctx)
		if err != nil || n == 0 {
			return err
		}
		s.Log.InfoContext(ctx, "lines of rosters settled", "lines", n)
	}
}

// expireRehires ends the rehires that are over.
func (s *System) expireRehires(ctx context.Context) error {
	n, err := s.Practitioner.ExpireRehires(ctx)
	if n > 0 {
		s.Log.InfoContext(ctx, "rehires that are over", "rehires", n)
	}
	return err
}

// sweepCancellations brings the list of certificates to be cancelled up to date.
func (s *System) sweepCancellations(ctx context.Context) error {
	n, err := s.Cancel.Sweep(ctx)
	if n > 0 {
		s.Log.InfoContext(ctx, "certificates to be cancelled", "changed", n)
	}
	return err
}
