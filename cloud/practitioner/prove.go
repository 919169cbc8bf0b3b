package practitioner

import (
	"context"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/proof"
)

const someLicencesSQL = `SELECT ` + licenceColumns + ` FROM practitioner_licence l WHERE l.id > $1 ORDER BY l.id LIMIT 1000`

// Prove checks every certificate with its categories, registration, rehire, card and
// fact. It checks no right.
func (s *Service) Prove(ctx context.Context, q db.Q) ([]proof.Table, error) {
	return proof.All(
		func() (proof.Table, error) { return s.proveLicences(ctx, q) },
		func() (proof.Table, error) {
			return proof.Of(ctx, q, "practitioner_registration", registrationColumns, func(r *Registration) (string, bool) { return r.ID, s.whole(r) })
		},
		func() (proof.Table, error) {
			return proof.Of(ctx, q, "practitioner_rehire", rehiresSQL, func(r *Rehire) (string, bool) { s.look(r); return r.ID, !r.Broken })
		},
		func() (proof.Table, error) {
			return proof.Of(ctx, q, "practitioner_card", allCardsSQL, func(c *Card) (string, bool) { return c.ID, s.keys.CheckRowMAC(c.MAC, c.parts()...) })
		},
		func() (proof.Table, error) {
			return proven[DrivingFact](ctx, s, q, "practitioner_driving", drivingColumns)
		},
		func() (proof.Table, error) {
			return proven[EducationFact](ctx, s, q, "practitioner_education", educationColumns)
		},
		func() (proof.Table, error) {
			return proven[AssessmentFact](ctx, s, q, "practitioner_assessment", assessmentColumns)
		},
	)
}

// proveLicences goes in pages: the categories are in a table of their own.
func (s *Service) proveLicences(ctx context.Context, q db.Q) (proof.Table, error) {
	t := proof.Table{Name: "practitioner_licence"}
	for last := ""; ; {
		list, err := db.All[Licence](ctx, q, someLicencesSQL, last)
		if err != nil || len(list) == 0 {
			return t, err
		}
		if err := readCategories(ctx, q, list); err != nil {
			return t, err
		}
		for i := range list {
			l := &list[i]
			t.Add(l.ID, s.keys.CheckRowMAC(l.MAC, l.parts()...))
			last = l.ID
		}
	}
}
