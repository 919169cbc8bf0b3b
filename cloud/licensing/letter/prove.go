package letter

import (
	"context"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/proof"
)

const allSQL = `SELECT ` + columns + tables

// Prove checks every letter, its being void, and its file. It checks no right.
func (s *Service) Prove(ctx context.Context, q db.Q) ([]proof.Table, error) {
	return proof.All(
		func() (proof.Table, error) {
			return proof.Of(ctx, q, "licensing_letter", allSQL, func(l *Letter) (string, bool) { return l.ID, s.trust(l) == nil })
		},
		func() (proof.Table, error) { return s.files(ctx, q) },
	)
}

type kept struct {
	ID     string `db:"id"`
	Digest []byte `db:"digest"`
	PDF    []byte `db:"pdf"`
	Waits  bool   `db:"waits"`
}

// one that was left for later has its digest beside its row
const allFilesSQL = `SELECT l.id, coalesce(d.digest, l.digest) AS digest, f.pdf, octet_length(l.digest) = 0 AND d.letter IS NULL AS waits
	FROM licensing_letter l LEFT JOIN licensing_letter_late d ON d.letter = l.id LEFT JOIN licensing_letter_file f ON f.letter = l.id`

// files opens every letter's file; one that is gone is wrong, too, unless it was
// left for later and has not been made yet.
func (s *Service) files(ctx context.Context, q db.Q) (proof.Table, error) {
	return proof.Of(ctx, q, "licensing_letter_file", allFilesSQL, func(k *kept) (string, bool) {
		if k.Waits {
			return k.ID, true
		}
		_, err := s.open(k.ID, k.PDF, k.Digest)
		return k.ID, err == nil
	})
}
