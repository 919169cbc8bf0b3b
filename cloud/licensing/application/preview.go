package application

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/fault"
)

// errPreviewed ends the transaction of a preview: nothing of it stays.
var errPreviewed = errors.New("previewed")

// Preview is the letter that an event would issue, marked 预览 and without number.
// The event itself is tried, with everything that could bar it, and undone. Faults:
// as Do, licensing.case.preview.none.
func (s *Service) Preview(ctx context.Context, id string, e licensing.Event, o Order) ([]byte, error) {
	actor, err := auth.Require(ctx, perms[e])
	if err != nil {
		return nil, err
	}
	var pdf []byte
	err = s.DB.InTx(ctx, func(tx pgx.Tx) error {
		c, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		w := &work{Case: &c, from: c.State, tx: tx, event: e, order: o, actor: actor, preview: &pdf}
		if err := s.run(ctx, w); err != nil {
			return err
		}
		return errPreviewed
	})
	if !errors.Is(err, errPreviewed) {
		return nil, err
	}
	if pdf == nil {
		return nil, fault.New(fault.NotFound, "licensing.case.preview.none", "这一步不出具文书")
	}
	return pdf, nil
}

// draft prints a letter instead of issuing it.
func (s *Service) draft(ctx context.Context, w *work, kind string) error {
	f, err := s.facts(ctx, w)
	if err != nil {
		return err
	}
	*w.preview, err = s.Letters.Preview(ctx, letter.Request{Case: w.ID, Kind: kind, Trade: strings.ToLower(tradeOf(w.Trade, w.Categories)), At: s.now(), Facts: f, By: by(w.actor)})
	return err
}
