package sheet

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
)

// Sealer encrypts what a report repeats of an upload.
type Sealer interface {
	SealAt(place []string, plain []byte) ([]byte, error)
	OpenAt(place []string, sealed []byte) ([]byte, error)
}

// Reports keeps the annotated workbooks of uploads that had errors: sealed,
// private to the person who uploaded, a week. Kind tells uploads apart: one is
// not fetched as another. The table was the exam's first and kept its name.
type Reports struct {
	Keys Sealer
	Kind string
}

const (
	reportLife  = 7 * 24 * time.Hour
	reportPlace = "exam_import_error.body"

	sweepReportsSQL = `DELETE FROM exam_import_error WHERE at < $1`
	putReportSQL    = `INSERT INTO exam_import_error (id, kind, owner, body, at) VALUES ($1, $2, $3, $4, $5)`
	reportSQL       = `SELECT body FROM exam_import_error WHERE id = $1 AND kind = $2 AND owner = $3`
)

// Keep stores a workbook for its owner and answers its id.
func (r Reports) Keep(ctx context.Context, tx pgx.Tx, owner string, book []byte, now time.Time) (string, error) {
	id := uuid.Must(uuid.NewV7()).String()
	sealed, err := r.Keys.SealAt([]string{reportPlace, id}, book)
	if err != nil {
		return "", fmt.Errorf("seal report: %w", err)
	}
	if _, err := tx.Exec(ctx, sweepReportsSQL, now.Add(-reportLife)); err != nil {
		return "", fmt.Errorf("sweep reports: %w", err)
	}
	if _, err := tx.Exec(ctx, putReportSQL, id, r.Kind, owner, sealed, now); err != nil {
		return "", fmt.Errorf("keep report: %w", err)
	}
	return id, nil
}

// Read is a workbook of its owner's; anybody else's is db.Missing.
func (r Reports) Read(ctx context.Context, q db.Q, owner, id string) ([]byte, error) {
	sealed, err := db.Value[[]byte](ctx, q, reportSQL, id, r.Kind, owner)
	if err != nil {
		return nil, err
	}
	book, err := r.Keys.OpenAt([]string{reportPlace, id}, sealed)
	if err != nil {
		return nil, fmt.Errorf("open report: %w", err)
	}
	return book, nil
}
