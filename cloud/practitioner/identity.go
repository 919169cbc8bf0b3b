package practitioner

import (
	"context"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/person"
)

// Identity is a file's whole ID number and its mobile, zero when there is none, for
// those who have to pass them on. It follows a merge and checks no right. Faults:
// record.missing, those of person.
func (s *Service) Identity(ctx context.Context, q db.Q, of string) (id person.ID, mobile person.Mobile, err error) {
	p, err := s.Get(ctx, q, of)
	if err != nil {
		return id, mobile, err
	}
	text, err := s.open(ctx, q, p.ID, "id_no")
	if err != nil {
		return id, mobile, err
	}
	if id, err = person.ParseID(text); err != nil {
		return id, mobile, err
	}
	if text, err = s.open(ctx, q, p.ID, "mobile"); err == nil && text != "" {
		mobile, err = person.ParseMobile(text)
	}
	return id, mobile, err
}
