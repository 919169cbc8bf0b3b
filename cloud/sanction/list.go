package sanction

import (
	"context"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/person"
)

// Entries finds entries; numbers are masked, names too.
func (s *Service) Entries(ctx context.Context, f EntryFilter, page db.Page) (db.List[Entry], error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return db.List[Entry]{}, err
	}
	out, err := listEntries(ctx, s.db, f, s.keys.Sought(page.Q), page)
	if err != nil {
		return out, err
	}
	if err := s.intact(out.Items); err != nil {
		return db.List[Entry]{}, err
	}
	err = s.name(ctx, s.db, out.Items)
	for i := range out.Items {
		out.Items[i].Name = person.MaskName(out.Items[i].Name)
	}
	return out, err
}

// Detail is an entry with everything about its person.
type Detail struct {
	Entry  Entry     `json:"entry"`
	Others []Entry   `json:"others" doc:"同一个人的其他名单信息"`
	Locks  []Lock    `json:"locks"`
	Past   []Past    `json:"past"`
	Means  []Meaning `json:"means" doc:"现在对各项业务的影响"`
}

// Meaning is what a person's hits come to for an action.
type Meaning struct {
	Action string `json:"action"`
	Name   string `json:"name"`
	Effect Effect `json:"effect" enum:"NONE,WARN,NO_FAST,STRICT_REVIEW,BLOCK_SUBMIT"`
	Color  Color  `json:"color" enum:"RED,ORANGE,YELLOW,BLUE,GREEN"`
}

// Entry shows one entry with its history and what it means today.
func (s *Service) Entry(ctx context.Context, id string) (Detail, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return Detail{}, err
	}
	e, err := db.Row[Entry](ctx, s.db, entrySQL, id)
	if err != nil {
		return Detail{}, err
	}
	out := Detail{Others: []Entry{}}
	if out.Past, err = db.All[Past](ctx, s.db, pastSQL, id); err != nil {
		return Detail{}, err
	}
	all, locks, err := s.against(ctx, s.db, e.Blind)
	if err != nil {
		return Detail{}, err
	}
	out.Locks = locks
	one := []Entry{e}
	if err := s.intact(one); err != nil {
		return Detail{}, err
	}
	for _, o := range all {
		if o.ID != id {
			out.Others = append(out.Others, o)
		}
	}
	for _, list := range [][]Entry{one, out.Others} {
		if err := s.name(ctx, s.db, list); err != nil {
			return Detail{}, err
		}
		for i := range list {
			list[i].Name = person.MaskName(list[i].Name)
		}
	}
	out.Entry = one[0]
	v, err := s.inUse(ctx, s.db)
	if err != nil {
		return Detail{}, err
	}
	out.Means = meanings(Facts{Today: s.today(), Entries: all, Locks: out.Locks, Table: v.Table, Version: v.Version.Version})
	for i := range out.Locks {
		out.Locks[i].Name = person.MaskName(out.Locks[i].Name)
	}
	return out, nil
}

// meanings are for situations in general: what depends on one is told by Judge.
func meanings(f Facts) []Meaning {
	var out []Meaning
	for _, a := range ActionNames() {
		f.Action = a.Code
		v := Weigh(f)
		out = append(out, Meaning{a.Code, a.Name, v.Effect, v.Color})
	}
	return out
}

// Batches are what came in.
func (s *Service) Batches(ctx context.Context, sender string, page db.Page) (db.List[ReceivedBatch], error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return db.List[ReceivedBatch]{}, err
	}
	return listBatches(ctx, s.db, sender, page)
}

// Ask judges somebody for an application, for a clerk, by their whole number.
// That somebody was asked about is recorded without the number.
func (s *Service) Ask(ctx context.Context, id person.ID, situation, action string) (Verdict, error) {
	if _, err := auth.Require(ctx, PermJudge); err != nil {
		return Verdict{}, err
	}
	var out Verdict
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		var err error
		if out, err = s.Judge(ctx, tx, s.keys.Person(id), situation, action); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermJudge, id.Mask(), map[string]string{"situation": situation, "action": action, "effect": string(out.Effect)})
	})
	return out, err
}
