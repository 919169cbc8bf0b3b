package venue

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// Change is one switch of a venue's state.
type Change struct {
	From   State     `json:"from" db:"from_state"`
	To     State     `json:"to" db:"to_state"`
	Reason string    `json:"reason" db:"reason"`
	Ahead  int       `json:"ahead" db:"ahead" doc:"当时尚未结束的场次数"`
	Who    string    `json:"who" db:"who"`
	At     time.Time `json:"at" db:"at"`
}

// Ahead is a sitting that a switch would touch. Cleared ones have been approved
// to open and go on under a suspension.
type Ahead struct {
	ID         string    `json:"id" db:"id"`
	Number     string    `json:"number" db:"number"`
	Title      string    `json:"title" db:"title"`
	State      string    `json:"state" db:"state"`
	StartsAt   time.Time `json:"starts_at" db:"starts_at"`
	Candidates int       `json:"candidates" db:"candidates"`
	Cleared    bool      `json:"cleared" db:"cleared"`
}

// Impact is what suspending or disabling a venue means for what is planned, in
// figures and in words.
type Impact struct {
	Sittings    []Ahead `json:"sittings"`
	Held        int     `json:"held" doc:"暂停后不能开考的场次"`
	HeldPeople  int     `json:"held_people"`
	Going       int     `json:"going" doc:"已批准，暂停后照常的场次"`
	Suspend     string  `json:"suspend" doc:"暂停的后果"`
	Disable     string  `json:"disable" doc:"停用的后果"`
	MayDisabled bool    `json:"may_disable"`
}

// A sitting of days ago that was never closed holds nothing up.
const aheadFrom = 24 * time.Hour

func impact(ctx context.Context, q db.Q, venue string, now time.Time) (Impact, error) {
	list, err := db.All[Ahead](ctx, q, aheadSQL, venue, now.Add(-aheadFrom))
	out := Impact{Sittings: list, MayDisabled: len(list) == 0}
	for _, a := range list {
		if a.Cleared {
			out.Going++
		} else {
			out.Held++
			out.HeldPeople += a.Candidates
		}
	}
	out.Suspend = "暂停后不能安排新的场次。"
	if out.Held > 0 {
		out.Suspend += fmt.Sprintf("已安排的 %d 场（考生 %d 人）不能开考：考场的开考申请会被自动退回，恢复后再申请；如需改期请另行通知考生。", out.Held, out.HeldPeople)
	}
	if out.Going > 0 {
		out.Suspend += fmt.Sprintf("已批准开考的 %d 场照常进行，要停止须逐场暂停。", out.Going)
	}
	if len(list) == 0 {
		out.Suspend += "目前没有已安排的场次。"
	}
	out.Disable = "停用后不能安排场次，看板上不再显示，可以重新启用。"
	if len(list) > 0 {
		out.Disable = fmt.Sprintf("还有 %d 场未结束，不能停用；请先取消或等它们结束，也可以先暂停。", len(list))
	}
	return out, err
}

// Switch opens, suspends or disables a venue and keeps who did it and why.
// Faults: exam.venue.switch.state, .reason, .pending.
func (s *Service) Switch(ctx context.Context, id string, to State, reason string) (Venue, error) {
	actor, err := auth.Require(ctx, PermSwitch)
	if err != nil {
		return Venue{}, err
	}
	if err := actor.Venue(id); err != nil {
		return Venue{}, err
	}
	var out Venue
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		old, err := read(ctx, tx, lockSQL, id)
		if err != nil {
			return err
		}
		if err := old.State.to(to, reason); err != nil {
			return err
		}
		now := s.clock.Now()
		i, err := impact(ctx, tx, id, now)
		if err != nil {
			return err
		}
		if to == Disabled && !i.MayDisabled {
			return fault.New(fault.Precondition, "exam.venue.switch.pending", i.Disable)
		}
		if _, err := tx.Exec(ctx, switchSQL, id, to, reason, now); err != nil {
			return fmt.Errorf("switch venue: %w", err)
		}
		if _, err := tx.Exec(ctx, addHistorySQL, id, old.State, to, reason, len(i.Sittings), actor.Name, now); err != nil {
			return fmt.Errorf("keep switch: %w", err)
		}
		if out, err = read(ctx, tx, venueSQL, id); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermSwitch, id, map[string]any{"from": old.State, "to": to, "reason": reason, "ahead": len(i.Sittings)})
	})
}

// Shut says in Chinese why nothing may open at a venue, locked against a switch
// until the transaction ends; empty while it is open.
func (s *Service) Shut(ctx context.Context, tx pgx.Tx, id string) (string, error) {
	var state State
	var reason string
	_, err := db.One(state, tx.QueryRow(ctx, shutSQL, id).Scan(&state, &reason))
	if err != nil || state == Ready {
		return "", err
	}
	word := map[State]string{Suspended: "暂停", Disabled: "停用"}[state]
	return fmt.Sprintf("考场已%s（%s），不能开考；恢复后请重新申请", word, reason), nil
}
