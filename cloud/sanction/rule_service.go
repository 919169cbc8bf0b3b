package sanction

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

const (
	ruleColumns = `version, state, base, note, proposed_by, proposed_at, decided_by, decided_at, answer,
		jsonb_array_length(body->'rules') AS lines, body, mac`
	listRuleSQL   = `SELECT ` + ruleColumns + ` FROM sanction_rule`
	ruleSQL       = listRuleSQL + ` WHERE version = $1`
	lockRuleSQL   = ruleSQL + ` FOR UPDATE`
	activeRuleSQL = listRuleSQL + ` WHERE state = 'ACTIVE'`

	activeVersionSQL = `SELECT version FROM sanction_rule WHERE state = 'ACTIVE'`

	nextRuleSQL   = `SELECT coalesce(max(version), 0) + 1 FROM sanction_rule`
	insertRuleSQL = `INSERT INTO sanction_rule (version, state, base, note, body, proposed_by, proposed_at, mac) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	moveRuleSQL   = `UPDATE sanction_rule SET state = $2, decided_by = $3, decided_at = $4, answer = $5, mac = $6 WHERE version = $1`
)

var ruleSorts = db.Sorts{"": "version DESC", "version": "version", "proposed_at": "proposed_at"}

// Whole is a version with its table.
type Whole struct {
	Version Version `json:"version"`
	Table   Table   `json:"table"`
}

// parts protect a version. The body is read again from its meaning, because
// PostgreSQL keeps JSON in a form of its own.
func (v *Version) parts(t Table) ([][]byte, error) {
	raw, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	sum := sm.SumOf(raw)
	return [][]byte{
		[]byte("sanction_rule"), []byte(strconv.Itoa(v.Version)), []byte(v.State), []byte(strconv.Itoa(v.Base)), sum[:],
		[]byte(v.ProposedBy), []byte(v.DecidedBy), []byte(keys.Stamp(v.ProposedAt)),
	}, nil
}

func (s *Service) seal(v *Version, t Table) error {
	parts, err := v.parts(t)
	if err != nil {
		return err
	}
	v.MAC = s.keys.RowMAC(parts...)
	return nil
}

// whole reads and checks the table of a version.
func (s *Service) whole(v Version, err error) (Whole, error) {
	if err != nil {
		return Whole{}, err
	}
	out := Whole{Version: v}
	if err := json.Unmarshal(v.Body, &out.Table); err != nil {
		return Whole{}, errTampered.With(err)
	}
	parts, err := v.parts(out.Table)
	if err != nil {
		return Whole{}, err
	}
	if !s.keys.CheckRowMAC(v.MAC, parts...) {
		return Whole{}, errTampered
	}
	return out, nil
}

func builtIn(state string) Whole {
	t := Defaults()
	return Whole{Version: Version{State: state, Note: "系统默认口径，待业主确认", Lines: len(t.Rules)}, Table: t}
}

// inUse is the table in use: the active version, or the program's own.
func (s *Service) inUse(ctx context.Context, q db.Q) (Whole, error) {
	v, found, err := db.Maybe[Version](ctx, q, activeRuleSQL)
	if err != nil {
		return Whole{}, err
	}
	if !found {
		return builtIn(Active), nil
	}
	return s.whole(v, nil)
}

// Rules lists the versions, the newest first; version 0 is not among them.
func (s *Service) Rules(ctx context.Context, state string, page db.Page) (db.List[Version], error) {
	if _, err := auth.Require(ctx, PermRules); err != nil {
		return db.List[Version]{}, err
	}
	w := new(db.Where).Eq("state", state).Like(page.Q, "note", "answer", "proposed_by", "decided_by")
	return db.Select[Version](ctx, s.db, listRuleSQL, w, ruleSorts, page)
}

// Rule shows a version; -1 is the one in use.
func (s *Service) Rule(ctx context.Context, version int) (Whole, error) {
	if _, err := auth.Require(ctx, PermRules); err != nil {
		return Whole{}, err
	}
	if version < 0 {
		return s.inUse(ctx, s.db)
	}
	return s.version(ctx, s.db, ruleSQL, version)
}

func (s *Service) version(ctx context.Context, q db.Q, sql string, version int) (Whole, error) {
	if version == 0 {
		now, err := s.inUse(ctx, q)
		if err != nil || now.Version.Version == 0 {
			return now, err
		}
		return builtIn(Retired), nil
	}
	return s.whole(db.Row[Version](ctx, q, sql, version))
}

// Propose puts a changed table up for decision by somebody else. base is the
// version that it was made from. Faults: sanction.rule.invalid, .stale, .open, .same.
func (s *Service) Propose(ctx context.Context, base int, note string, t Table) (Whole, error) {
	actor, err := auth.Require(ctx, PermPropose)
	if err != nil {
		return Whole{}, err
	}
	if wrong := t.Check(); len(wrong) > 0 {
		return Whole{}, errRules(wrong)
	}
	var out Whole
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		now, err := s.inUse(ctx, tx)
		if err != nil {
			return err
		}
		if now.Version.Version != base {
			return errRulesStale
		}
		if len(Differences(now.Table, t)) == 0 {
			return errRulesSame
		}
		next, err := db.Value[int](ctx, tx, nextRuleSQL)
		if err != nil {
			return err
		}
		v := Version{Version: next, State: Proposed, Base: base, Note: note, ProposedBy: actor.Username, ProposedAt: s.now(), Lines: len(t.Rules)}
		if err := s.seal(&v, t); err != nil {
			return err
		}
		raw, err := json.Marshal(t)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, insertRuleSQL, v.Version, v.State, v.Base, v.Note, raw, v.ProposedBy, v.ProposedAt, v.MAC); err != nil {
			if db.IsUnique(err, "") {
				return errRulesOpen
			}
			return fmt.Errorf("keep rules: %w", err)
		}
		out = Whole{v, t}
		return s.audit.Record(ctx, tx, PermPropose, strconv.Itoa(next), map[string]int{"base": base, "lines": v.Lines})
	})
	return out, err
}

// Decide puts a proposed version into use, or refuses it. Faults:
// sanction.rule.self, .done, .stale, sanction.rule.answer.
func (s *Service) Decide(ctx context.Context, version int, approve bool, answer string) (Whole, error) {
	actor, err := auth.Require(ctx, PermDecide)
	if err != nil {
		return Whole{}, err
	}
	if !approve && strings.TrimSpace(answer) == "" {
		return Whole{}, fault.New(fault.Invalid, "sanction.rule.answer", "退回时请写明理由，提出修改的人要知道怎样改")
	}
	var out Whole
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		w, err := s.version(ctx, tx, lockRuleSQL, version)
		switch {
		case err != nil:
			return err
		case w.Version.State != Proposed:
			return errRulesDone
		case w.Version.ProposedBy == actor.Username:
			return errRulesSelf
		}
		w.Version.State = Refused
		if approve {
			if err := s.replace(ctx, tx, w.Version.Base); err != nil {
				return err
			}
			w.Version.State = Active
		}
		now := s.now()
		w.Version.DecidedBy, w.Version.DecidedAt, w.Version.Answer = actor.Username, &now, answer
		out = w
		if err := s.moveRule(ctx, tx, &w); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermDecide, strconv.Itoa(version), map[string]bool{"approve": approve})
	})
	return out, err
}

// replace retires the version in use, which has to be the one that was changed.
func (s *Service) replace(ctx context.Context, tx pgx.Tx, base int) error {
	now, err := s.inUse(ctx, tx)
	if err != nil {
		return err
	}
	if now.Version.Version != base {
		return errRulesStale
	}
	if base == 0 {
		return nil
	}
	now.Version.State = Retired
	return s.moveRule(ctx, tx, &now)
}

func (s *Service) moveRule(ctx context.Context, tx pgx.Tx, w *Whole) error {
	v := &w.Version
	if err := s.seal(v, w.Table); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, moveRuleSQL, v.Version, v.State, v.DecidedBy, v.DecidedAt, v.Answer, v.MAC); err != nil {
		return fmt.Errorf("move rules: %w", err)
	}
	return nil
}

// Preview is what a table would change.
type Preview struct {
	Problems    []Problem    `json:"problems" doc:"有问题就不能提交"`
	Differences []Difference `json:"differences"`
	People      int          `json:"people" doc:"现在在列的人数"`
	Stricter    int          `json:"stricter" doc:"至少有一项业务变严的人数"`
	Looser      int          `json:"looser" doc:"至少有一项业务变宽的人数"`
	Cases       int          `json:"cases" doc:"受影响的人的在办件数，-1 为办件系统没有接入"`
	Actions     []Shift      `json:"actions" doc:"按业务"`
}

// Shift is how many people an action becomes stricter or looser for.
type Shift struct {
	Action   string `json:"action"`
	Name     string `json:"name"`
	Stricter int    `json:"stricter"`
	Looser   int    `json:"looser"`
}

// Preview says what a table would change for the people on the lists today.
func (s *Service) Preview(ctx context.Context, t Table) (Preview, error) {
	if _, err := auth.Require(ctx, PermRules); err != nil {
		return Preview{}, err
	}
	now, err := s.inUse(ctx, s.db)
	if err != nil {
		return Preview{}, err
	}
	entries, err := db.All[Entry](ctx, s.db, standingEntrySQL)
	if err != nil {
		return Preview{}, err
	}
	out, touched := compare(entries, s.today(), now.Table, t)
	out.Problems = t.Check()
	out.Differences = Differences(now.Table, t)
	out.Cases = -1
	if s.CasesOf != nil {
		if out.Cases, err = s.CasesOf(ctx, s.db, touched); err != nil {
			return Preview{}, err
		}
	}
	return out, nil
}

// compare weighs everybody under both tables, for every action and every
// situation that either names.
func compare(entries []Entry, today string, before, after Table) (out Preview, touched [][]byte) {
	of := map[string][]Entry{}
	for _, e := range entries {
		if e.counts(today) {
			of[string(e.Blind)] = append(of[string(e.Blind)], e)
		}
	}
	situations := named(before, after)
	out.People = len(of)
	shifts := make([]Shift, len(ActionNames()))
	for blind, list := range of {
		stricter, looser := false, false
		for i, a := range ActionNames() {
			up, down := shift(list, today, a.Code, situations, before, after)
			shifts[i].Action, shifts[i].Name = a.Code, a.Name
			if up {
				shifts[i].Stricter++
			}
			if down {
				shifts[i].Looser++
			}
			stricter, looser = stricter || up, looser || down
		}
		if stricter {
			out.Stricter++
		}
		if looser {
			out.Looser++
		}
		if stricter || looser {
			touched = append(touched, []byte(blind))
		}
	}
	out.Actions = []Shift{}
	for _, sh := range shifts {
		if sh.Stricter+sh.Looser > 0 {
			out.Actions = append(out.Actions, sh)
		}
	}
	return out, touched
}

func shift(list []Entry, today, action string, situations []string, before, after Table) (up, down bool) {
	for _, sit := range situations {
		f := Facts{Situation: sit, Action: action, Today: today, Entries: list, Table: before}
		old := Weigh(f).Effect.rank()
		f.Table = after
		next := Weigh(f).Effect.rank()
		up, down = up || next > old, down || next < old
	}
	return up, down
}

func named(tables ...Table) []string {
	out, seen := []string{""}, map[string]bool{Any: true, "": true}
	for _, t := range tables {
		for _, r := range t.Rules {
			if !seen[r.Situation] {
				seen[r.Situation] = true
				out = append(out, r.Situation)
			}
		}
	}
	return out
}
