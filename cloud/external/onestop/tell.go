package onestop

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/jobs"
)

const (
	beginSQL   = `INSERT INTO onestop_case (apply_no, case_id, online, begun_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING apply_no AS id`
	knownSQL   = `SELECT case_id FROM onestop_case WHERE apply_no = $1`
	userSQL    = `SELECT user_id AS id FROM onestop_user WHERE person = $1`
	messageSQL = `INSERT INTO onestop_message (apply_no, endpoint, node, op_time, letter, body, state, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'WAITING', $7)`
)

// Tell writes down what the platform is to be told of an event, in the event's
// transaction; application.Parts.Tell calls it. It asks no outside system and
// waits for none.
func (s *Service) Tell(ctx context.Context, tx pgx.Tx, n application.News) error {
	online := n.Case.Channel == licensing.Online
	if n.Matter.ItemCode == "" || n.Event == licensing.Save && (!online || n.Case.State != licensing.Draft) {
		return nil // the platform knows no such item, or it is no step
	}
	remain, err := s.remaining(ctx, tx, n)
	if err != nil {
		return err
	}
	list := s.Agency.steps(n, remain)
	if len(list) == 0 && n.Event != licensing.Save {
		return nil
	}
	if n.From == licensing.Draft && n.Event != licensing.Submit && n.Event != licensing.Save {
		// a draft that is given up: the platform is told if it knows of it
		if _, known, err := db.Maybe[struct {
			Case string `db:"case_id"`
		}](ctx, tx, knownSQL, n.Case.ApplyNo); err != nil || !known {
			return err
		}
	}
	var begun, users []struct{ ID string }
	var b db.Batch
	db.Read(&b, &begun, beginSQL, n.Case.ApplyNo, n.Case.ID, online, s.now())
	db.Read(&b, &users, userSQL, n.Case.Person)
	if err := b.Send(ctx, tx); err != nil {
		return err
	}
	first, user := len(begun) > 0, ""
	if len(users) > 0 {
		user = users[0].ID
	}
	if n.Event == licensing.Save && !first {
		return nil // that it lies there has been said
	}
	before, err := s.before(ctx, tx, n, user, first || n.From == licensing.Draft && n.Event == licensing.Submit)
	if err != nil {
		return err
	}
	if err := s.keep(ctx, tx, n, append(before, list...)); err != nil {
		return err
	}
	if s.Client == nil {
		return nil // Sweep finds them when there is an address
	}
	return s.Jobs.Insert(ctx, tx, jobs.Args{Kind: jobSend, Key: n.Case.ApplyNo})
}

// keep writes messages down in their order.
func (s *Service) keep(ctx context.Context, tx pgx.Tx, n application.News, list []draft) error {
	bodies := make([]string, len(list))
	for i, d := range list {
		body, err := json.Marshal(d.body)
		if err != nil {
			return fmt.Errorf("write message: %w", err)
		}
		bodies[i] = string(body)
	}
	i := -1
	return db.Each(ctx, tx, messageSQL, list, func(d draft) []any {
		i++
		return []any{n.Case.ApplyNo, d.endpoint, d.node, n.At, d.letter, bodies[i], s.now()}
	})
}

// before is what has to be there before the event's own messages: the case, when
// the platform does not have it yet as it is, and what was handed in.
func (s *Service) before(ctx context.Context, tx pgx.Tx, n application.News, user string, whole bool) ([]draft, error) {
	again := n.Case.Channel == licensing.Online && (n.Event == licensing.Submit || n.Event == licensing.Supplement)
	if !whole && !again {
		return nil, nil
	}
	handed, err := s.Handed(ctx, tx, &n.Case)
	if err != nil || !whole {
		return stuff(n.Case.ApplyNo, handed), err
	}
	return opened(n, user, handed), nil
}

// remaining is how many working days are left to decide.
func (s *Service) remaining(ctx context.Context, tx pgx.Tx, n application.News) (*int, error) {
	k := deciding(n.Clocks)
	if k == nil {
		return nil, nil //nolint:nilnil // no clock runs
	}
	cal, err := s.Calendar.Calendar(ctx, tx)
	if err != nil {
		return nil, err
	}
	left, err := k.Count.Remaining(cal, s.today())
	return &left, err
}
