package app

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/proof"
)

// ProveRows checks every row that carries a MAC of the domains in which rights
// are given and taken, over one snapshot: what changes meanwhile is not looked at.
func (s *System) ProveRows(ctx context.Context) ([]proof.Table, error) {
	tx, err := s.DB.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, fmt.Errorf("begin snapshot: %w", err)
	}
	defer func() { _ = tx.Rollback(ctx) }() // nothing was written
	var out []proof.Table
	for _, prove := range []func(context.Context, db.Q) ([]proof.Table, error){
		s.Practitioner.Prove, s.Sanction.Prove, s.Appointment.Prove, s.Matter.Prove, s.Case.Prove, s.Letter.Prove, s.Batch.Prove, s.Cancel.Prove, s.Online.Prove, s.Enrolment.Prove,
	} {
		list, err := prove(ctx, tx)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}
