package batch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// OpenEvery is how often Open has to run: somebody watches the progress.
const OpenEvery = 2 * time.Second

const (
	atOnce = 100
	// a line that fails so often for reasons of ours is given up, and says so
	maxTries = 5
)

// Open makes cases of lines that wait for one, each in a transaction of its own.
// It may be stopped at any time, and run in several copies: the next goes on where
// the last has been. It answers how many lines it settled.
func (s *Service) Open(ctx context.Context) (int, error) {
	type key struct {
		Batch string `db:"batch"`
		No    int    `db:"no"`
	}
	lines, err := db.All[key](ctx, s.DB, pendingSQL, atOnce)
	if err != nil {
		return 0, err
	}
	settled := 0
	for _, l := range lines {
		did, failed := s.openLine(ctx, l.Batch, l.No)
		if did {
			settled++
		}
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("line %d of %s: %w", l.No, l.Batch, failed))
			if _, again := s.DB.Exec(ctx, triedSQL, l.Batch, l.No, maxTries); again != nil {
				return settled, errors.Join(err, again)
			}
		}
		if ctx.Err() != nil {
			break
		}
	}
	return settled, err
}

// openLine makes the case of one line. What the line is to blame for is kept with
// it; what we are to blame for is tried again.
func (s *Service) openLine(ctx context.Context, batch string, no int) (did bool, err error) {
	err = s.DB.InTx(ctx, func(tx pgx.Tx) error {
		did = false
		r, found, err := db.Maybe[Row](ctx, tx, lockPendingSQL, batch, no)
		if err != nil || !found {
			return err // another copy has it
		}
		b, err := s.batch(ctx, tx, batch, "")
		if err != nil {
			return err
		}
		if r.Tries >= maxTries {
			did = true
			return s.settle(ctx, tx, &r, "", "系统暂时不能建立办件，请联系系统管理员后重新上传这一行")
		}
		by := auth.Actor{ID: b.ByID, Kind: b.ByKind, Name: b.By}
		opened := ""
		err = pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) (err error) {
			opened, err = s.openCase(auth.With(ctx, by), tx, &b, &r, by)
			return err
		})
		if err != nil && fault.From(err).Kind.Ours() {
			return err
		}
		did = true
		reason := ""
		if err != nil {
			opened, reason = "", text(err)
		}
		return s.settle(ctx, tx, &r, opened, reason)
	})
	return did, err
}

func (s *Service) openCase(ctx context.Context, tx pgx.Tx, b *Batch, r *Row, by auth.Actor) (string, error) {
	plain, err := s.Keys.OpenAt(r.place(), r.Body)
	if err != nil {
		return "", err
	}
	var said body
	if err := json.Unmarshal(plain, &said); err != nil {
		return "", fmt.Errorf("read line: %w", err)
	}
	d := application.CompanyDraft{
		ID: fmt.Sprintf("batch:%s-%d", b.ID, r.No), Matter: r.Matter, Category: r.Category, Form: said.Form,
		Roster: fmt.Sprintf("企业名册 %s 第 %d 行", b.Number, r.No), Who: practitioner.Basic{Name: r.Name, Address: said.Form["address"]},
	}
	if d.Who.ID, err = person.ParseID(said.IDNo); err != nil {
		return "", err
	}
	if d.Who.Mobile, err = person.ParseMobile(said.Mobile); err != nil {
		return "", err
	}
	c, err := s.Cases.CompanyOpen(ctx, tx, by, d)
	if err != nil {
		return "", err
	}
	files, err := s.filesOf(ctx, tx, r)
	if err != nil {
		return "", err
	}
	for _, f := range files {
		err := s.Cases.CompanyAttach(ctx, tx, c.ID, by, f.code, f.name(), f.data)
		if err != nil && fault.From(err).Kind.Ours() {
			return "", err
		}
		// a scan that the matter does not ask for is left out
	}
	return c.ID, nil
}

// settle writes what became of a line and forgets what it said.
func (s *Service) settle(ctx context.Context, tx pgx.Tx, r *Row, opened, reason string) error {
	r.State, r.Case, r.Reason = rowOpened, opened, reason
	if opened == "" {
		r.State = rowFailed
	}
	if _, err := tx.Exec(ctx, settleSQL, r.Batch, r.No, r.State, r.Case, r.Reason, s.Keys.RowMAC(r.parts()...)); err != nil {
		return fmt.Errorf("settle line: %w", err)
	}
	if _, err := tx.Exec(ctx, dropFilesSQL, r.Batch, r.No); err != nil {
		return fmt.Errorf("drop files: %w", err)
	}
	return nil
}
