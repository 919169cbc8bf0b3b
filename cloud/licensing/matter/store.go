package matter

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/db"
)

const (
	columns = `code, version, digest, body, first_seen, mac`

	// Several clouds start at once: the first one's row stands, and the others see it.
	insertSQL = `INSERT INTO licensing_matter (` + columns + `) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (code, version) DO NOTHING`
	allSQL    = `SELECT ` + columns + ` FROM licensing_matter ORDER BY code, version`
	oneSQL    = `SELECT ` + columns + ` FROM licensing_matter WHERE code = $1 AND version = $2`
	ofSQL     = `SELECT ` + columns + ` FROM licensing_matter WHERE code = $1 ORDER BY version DESC`
)

// stored is a version as the database keeps it.
type stored struct {
	Code      string    `db:"code"`
	Version   int       `db:"version"`
	Digest    []byte    `db:"digest"`
	Body      string    `db:"body"`
	FirstSeen time.Time `db:"first_seen"`
	MAC       []byte    `db:"mac"`
}

func (v stored) parts() [][]byte {
	return [][]byte{
		[]byte("licensing_matter"), []byte(v.Code), []byte(strconv.Itoa(v.Version)), v.Digest, []byte(v.Body), []byte(keys.Stamp(v.FirstSeen)),
	}
}

// insert adds a version unless it is there, and says whether it did.
func insert(ctx context.Context, tx pgx.Tx, v stored) (bool, error) {
	tag, err := tx.Exec(ctx, insertSQL, v.Code, v.Version, v.Digest, v.Body, v.FirstSeen, v.MAC)
	if err != nil {
		return false, fmt.Errorf("store matter: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

func all(ctx context.Context, q db.Q) ([]stored, error) { return db.All[stored](ctx, q, allSQL) }

func of(ctx context.Context, q db.Q, code string) ([]stored, error) {
	return db.All[stored](ctx, q, ofSQL, code)
}
