package cancel

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/register"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

// SweepEvery is how soon after midnight the list is right.
const SweepEvery = time.Hour

// Sweep brings the list to what is so today: certificates with a cause come on it,
// those without go, and a new cause brings back what had been kept. It answers how
// many rows it changed; a second run changes none, and of two at once one waits.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	ctx = auth.System(ctx, "cancellation")
	drives, err := s.drives(ctx, s.DB)
	if err != nil {
		return 0, err
	}
	causes, err := s.People.Endings(ctx, s.DB, drives)
	if err != nil {
		return 0, err
	}
	open, err := s.Open(ctx, s.DB, slices.Collect(maps.Keys(causes)))
	if err != nil {
		return 0, err
	}
	for licence := range causes { // a renewal that was asked for may still be granted (行政许可法 §50)
		if open[licence] != "" {
			causes[licence] = slices.DeleteFunc(causes[licence], func(c practitioner.EndCause) bool { return c == practitioner.EndLapsed })
		}
	}
	maps.DeleteFunc(causes, func(_ string, c []practitioner.EndCause) bool { return len(c) == 0 })
	changed := 0
	return changed, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		changed = 0
		if _, err := tx.Exec(ctx, aloneSQL); err != nil {
			return fmt.Errorf("hold list: %w", err)
		}
		back, failed := s.takeBack(ctx, tx, "")
		changed += back
		listed, err := db.All[Item](ctx, tx, openSQL)
		if err != nil {
			return err
		}
		for n := range listed {
			did, err := s.reconsider(ctx, tx, &listed[n], causes[listed[n].Licence])
			delete(causes, listed[n].Licence)
			if failed = errors.Join(failed, err); did {
				changed++
			}
		}
		for _, licence := range slices.Sorted(maps.Keys(causes)) {
			i := Item{ID: uuid.Must(uuid.NewV7()).String(), Licence: licence, Causes: causes[licence], State: Listed, ListedOn: s.today()}
			if err := s.insert(ctx, tx, &i); err != nil {
				return err
			}
			changed++
		}
		if changed > 0 {
			err = s.Audit.Record(ctx, tx, "licensing.cancellation.sweep", "", map[string]any{"changed": changed})
		}
		s.report(ctx, failed)
		return err
	})
}

// SweepNow is Sweep for an officer who does not wait for the night.
func (s *Service) SweepNow(ctx context.Context) (int, error) {
	if _, err := auth.Require(ctx, PermPropose); err != nil {
		return 0, err
	}
	return s.Sweep(ctx)
}

// Restored takes back, in the transaction that lifts a revocation, what was cancelled
// for it. A row that somebody edited is left to the sweep, which reports it every hour:
// the lift does not wait for it.
func (s *Service) Restored(ctx context.Context, tx pgx.Tx, licence string) error {
	if licence == "" {
		return nil
	}
	ctx = auth.System(ctx, "cancellation")
	changed, err := s.takeBack(ctx, tx, licence)
	if fault.Is(err, errBroken.Code) {
		s.report(ctx, err)
		err = nil
	}
	if err == nil && changed > 0 {
		err = s.Audit.Record(ctx, tx, "licensing.cancellation.sweep", licence, map[string]any{"changed": changed})
	}
	return err
}

// takeBack ends what was cancelled for a revocation that has been lifted since: the
// certificate is in force again, so the decision on paper is void, and its holder is
// told. An empty licence: of all.
func (s *Service) takeBack(ctx context.Context, tx pgx.Tx, licence string) (changed int, failed error) {
	list, err := db.All[Item](ctx, tx, backSQL, licence)
	if err != nil {
		return 0, err
	}
	for n := range list {
		i := &list[n]
		if err := s.sound(i); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", i.Number, err))
			continue
		}
		if err := s.Letters.Void(ctx, tx, i.Letter, "据以注销的吊销决定已解除，证件恢复有效"); err != nil && !fault.Is(err, letter.CodeVoidTwice) {
			return changed, err
		}
		i.State = Gone
		if err := s.save(ctx, tx, i); err != nil {
			return changed, err
		}
		if s.Tell != nil {
			err := s.Tell(ctx, tx, i.Person, "注销决定作废", "据以注销的吊销决定已解除或停止执行，注销决定书"+i.LetterNo+"作废，您的"+practitioner.TypeName(i.Type)+"恢复有效。已收到的注销决定书不再有效。")
			if err != nil {
				return changed, err
			}
		}
		changed++
	}
	return changed, failed
}

// reconsider gives a row the causes of today. An edited one stays as it is, for a
// person to look at, and keeps no other.
func (s *Service) reconsider(ctx context.Context, tx pgx.Tx, i *Item, causes []practitioner.EndCause) (bool, error) {
	if slices.Equal(i.Causes, causes) {
		return false, nil
	}
	if err := s.sound(i); err != nil {
		return false, fmt.Errorf("%s: %w", i.Number, err)
	}
	added := slices.ContainsFunc(causes, func(c practitioner.EndCause) bool { return !slices.Contains(i.Causes, c) })
	switch {
	case len(causes) == 0: // the causes stay, to be read
		i.State = Gone
	case added && i.State == Kept:
		i.State, i.Causes = Listed, causes
	default:
		i.Causes = causes
	}
	return true, s.save(ctx, tx, i)
}

func (s *Service) report(ctx context.Context, err error) {
	if err != nil {
		s.Log.ErrorContext(ctx, "cancellation list", "error", err)
	}
}

// drives says which categories need a driving licence.
func (s *Service) drives(ctx context.Context, q db.Q) (func(category string) bool, error) {
	limits, err := register.ReadLimits(ctx, q)
	return func(category string) bool { return len(limits.Classes(category, s.today())) > 0 }, err
}
