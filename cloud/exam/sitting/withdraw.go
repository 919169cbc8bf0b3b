package sitting

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

const packWithdrawnSQL = `UPDATE exam_package SET withdrawn_at = $3 WHERE sitting = $1 AND version = $2`

// Withdraw takes a package back before the exam has begun: the venue deletes it
// and closes its questions, and answers that it has. A new one can then be
// dispatched. Faults: exam.sitting.withdraw.state, .reason.
func (s *Service) Withdraw(ctx context.Context, id, reason string) (Sitting, error) {
	if strings.TrimSpace(reason) == "" {
		return Sitting{}, fault.New(fault.Invalid, "exam.sitting.withdraw.reason", "作废考题包须写明原因，考场会看到")
	}
	return s.act(ctx, PermDispatch, id, VerbWithdraw, reason, func(tx pgx.Tx, in Sitting) error {
		p, err := db.Row[packRow](ctx, tx, packageSQL, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, packWithdrawnSQL, id, p.Version, s.Clock.Now()); err != nil {
			return fmt.Errorf("mark withdrawn: %w", err)
		}
		order := wire.PackWithdrawn{Sitting: id, Pack: p.Pack, Version: p.Version, Reason: reason, By: actorName(ctx)}
		if err := s.Orders.Append(ctx, tx, p.Node, journal.LaneExam, wire.OrderPackWithdrawn, id, order); err != nil {
			return err
		}
		return s.note(ctx, tx, id, Receipt{
			Kind: ReceiptWithdrawn, Ref: strconv.Itoa(p.Version), OK: true, Who: actorName(ctx), At: s.Clock.Now(),
			Text: fmt.Sprintf("第 %d 版考题包已作废，等待考场确认：%s", p.Version, reason), Detail: map[string]any{"pack": p.Pack},
		})
	})
}
