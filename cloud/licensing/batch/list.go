package batch

import (
	"context"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
)

// Filter narrows the batches; empty fields do not.
type Filter struct {
	Company string // the whole code
	State   State
}

// List finds batches, the newest first: all for staff, their own for a company's
// agent. The search text is part of a number or of a company's name or code.
func (s *Service) List(ctx context.Context, f Filter, page db.Page) (db.List[Batch], error) {
	_, scope, err := who(ctx, PermList, true)
	if err != nil {
		return db.List[Batch]{}, err
	}
	w := new(db.Where).Eq("x.company_code", f.Company).Eq("x.company_code", scope).Like(page.Q, "x.number", "x.company", "x.company_code", "x.contact")
	switch f.State {
	case Opening:
		w.And("x.pending > 0")
	case Running:
		w.And("x.pending = 0 AND x.unfinished > 0")
	case Done:
		w.And("x.pending = 0 AND x.unfinished = 0")
	}
	return db.Select[Batch](ctx, s.DB, batchesSQL, w, batchSorts, page)
}

// Count is how many lines of a batch are in a state: of the case, or of a line
// that has none.
type Count struct {
	State string `json:"state" db:"state"`
	Rows  int    `json:"rows" db:"rows"`
}

// Page is a batch with what its page shows beside the lines.
type Page struct {
	Batch
	Counts      []Count           `json:"counts"`
	Complete    int               `json:"complete" doc:"材料齐全、可以提交的草稿；正在建立办件时为 0"`
	Collections []Collection      `json:"collections"`
	Acts        []licensing.Event `json:"acts" doc:"查看者可以批量办理的"`
}

// Show reads a batch. Faults: missing, licensing.batch.tampered.
func (s *Service) Show(ctx context.Context, id string) (out Page, err error) {
	actor, scope, err := who(ctx, PermList, true)
	if err != nil {
		return out, err
	}
	if out.Batch, err = s.batch(ctx, s.DB, id, scope); err != nil {
		return out, err
	}
	if out.Counts, err = db.All[Count](ctx, s.DB, countsSQL, id); err != nil {
		return out, err
	}
	if out.Pending == 0 { // until then nothing is submitted, and the page is looked at often
		if out.Complete, err = s.complete(ctx, id); err != nil {
			return out, err
		}
	}
	out.Acts = []licensing.Event{}
	for _, e := range licensing.Events() {
		st, known := steps[licensing.Event(e.Code)]
		if known && (scope != "" && st.company || scope == "" && actor.Can(st.perm)) {
			out.Acts = append(out.Acts, licensing.Event(e.Code))
		}
	}
	out.Collections, err = db.All[Collection](ctx, s.DB, ofBatchSQL, id)
	return out, err
}

// complete is how many drafts of a batch lack nothing.
func (s *Service) complete(ctx context.Context, id string) (n int, err error) {
	rows, err := db.All[Row](ctx, s.DB, draftsSQL, id)
	if err == nil {
		err = s.missing(ctx, rows)
	}
	for i := range rows {
		if len(rows[i].Missing) == 0 {
			n++
		}
	}
	return n, err
}

// RowFilter narrows the lines of a batch; empty fields do not.
type RowFilter struct {
	State string // of the case, or PENDING, FAILED
	Mark  string
}

// Rows are the lines of a batch with what each draft still needs. Faults: missing.
func (s *Service) Rows(ctx context.Context, id string, f RowFilter, page db.Page) (out db.List[Row], err error) {
	_, scope, err := who(ctx, PermList, true)
	if err != nil {
		return out, err
	}
	if _, err := s.batch(ctx, s.DB, id, scope); err != nil {
		return out, err
	}
	w := new(db.Where).And("r.batch = ?", id).Eq("coalesce(c.state, r.state)", f.State).Eq("r.mark", f.Mark)
	if blind := s.Keys.Sought(page.Q); blind != nil {
		w.And("r.idno_blind = ?", blind)
	} else {
		w.Like(page.Q, "r.name", "c.apply_no")
	}
	if out, err = db.Select[Row](ctx, s.DB, rowsSQL, w, rowSorts, page); err != nil {
		return out, err
	}
	return out, s.missing(ctx, out.Items)
}

// missing fills in what each draft still needs; of everything else nothing is told.
func (s *Service) missing(ctx context.Context, rows []Row) error {
	var drafts []string
	for i := range rows {
		if rows[i].Missing = []matter.Defect{}; rows[i].CaseState == licensing.Draft {
			drafts = append(drafts, rows[i].Case)
		}
	}
	if len(drafts) == 0 {
		return nil
	}
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		all, err := s.Cases.Lacking(ctx, tx, drafts)
		for i := range rows {
			if list := all[rows[i].Case]; list != nil {
				rows[i].Missing = list
			}
		}
		return err
	})
}
