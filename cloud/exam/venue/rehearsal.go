package venue

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// Rehearsal is what an outage rehearsal of a venue came to. Its edge judged it;
// the centre keeps the report and nothing else of a rehearsal.
type Rehearsal struct {
	ID        string               `json:"id" db:"id"`
	Node      string               `json:"node" db:"node"`
	By        string               `json:"by" db:"who" doc:"考场账号"`
	Started   time.Time            `json:"started" db:"started_at"`
	Ended     time.Time            `json:"ended" db:"ended_at"`
	Terminals int                  `json:"terminals" db:"terminals"`
	Passed    bool                 `json:"passed" db:"passed"`
	Aborted   string               `json:"aborted" db:"aborted" doc:"中止的原因；空为做完"`
	Version   string               `json:"version" db:"version"`
	Steps     []wire.RehearsalStep `json:"steps" db:"steps"`
}

const (
	rehearsalsSQL = `SELECT id, node, who, started_at, ended_at, terminals, passed, aborted, version, steps
		FROM exam_rehearsal WHERE venue = $1 ORDER BY ended_at DESC, id DESC LIMIT 10`
	addRehearsalSQL = `INSERT INTO exam_rehearsal (id, venue, node, who, started_at, ended_at, terminals, passed, aborted, version, steps)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING`
)

// Nodes says whose device a node is; satisfied in app by node.
type Nodes interface {
	VenueOf(ctx context.Context, tx pgx.Tx, node string) (string, error)
}

// ApplyBatch keeps the rehearsals that a device reports; other kinds are passed
// over, and the same report again changes nothing. Fault: exam.rehearsal.record.
func (s *Service) ApplyBatch(ctx context.Context, tx pgx.Tx, node string, recs []journal.Record) error {
	for _, rec := range recs {
		if rec.Kind != wire.KindRehearsal {
			continue
		}
		b, err := wire.Decode[wire.Rehearsal](rec.Body)
		if err != nil {
			return err
		}
		if b.ID != rec.Subject || !wire.Rehearsed(b.ID) || b.Terminals < 0 || b.Terminals > math.MaxInt32 {
			return fault.New(fault.Invalid, "exam.rehearsal.record", "上报的演练报告内容不正确")
		}
		venue, err := s.Nodes.VenueOf(ctx, tx, node)
		if err != nil {
			return err
		}
		if b.Steps == nil {
			b.Steps = []wire.RehearsalStep{}
		}
		_, err = tx.Exec(ctx, addRehearsalSQL, b.ID, venue, node, b.By, b.Started, b.Ended, b.Terminals, b.Passed, b.Aborted, b.Version, b.Steps)
		if err != nil {
			return fmt.Errorf("keep rehearsal: %w", err)
		}
	}
	return nil
}
