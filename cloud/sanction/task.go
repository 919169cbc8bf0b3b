package sanction

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// Kinds of tasks and the working days that the regulations give for them (§36–38).
const (
	TaskMark   = "MARK"
	TaskDecide = "DECIDE"
	TaskDelete = "DELETE"
)

var taskDays = map[string]int{TaskMark: 1, TaskDecide: 5, TaskDelete: 3}

var taskNames = map[string]string{TaskMark: "标注异议", TaskDecide: "答复异议", TaskDelete: "删除名单信息"}

// Outcomes of a task.
const (
	OutcomeDone     = "DONE"
	OutcomeUpheld   = "UPHELD"   // the objection is right: the entry counts no more
	OutcomeRejected = "REJECTED" // it is not
)

// Task is what the office owes somebody by a day.
type Task struct {
	ID         string     `json:"id" db:"id"`
	Entry      string     `json:"entry" db:"entry"`
	IDNo       string     `json:"id_no" db:"idno_mask"`
	List       string     `json:"list" db:"list"`
	DecisionNo string     `json:"decision_no" db:"decision_no"`
	Kind       string     `json:"kind" db:"kind" enum:"MARK,DECIDE,DELETE"`
	Due        string     `json:"due" db:"due" doc:"最后一天，空为不能计算"`
	DueNote    string     `json:"due_note" db:"due_note"`
	Overdue    bool       `json:"overdue" db:"-"`
	Note       string     `json:"note" db:"note"`
	OpenedBy   string     `json:"opened_by" db:"opened_by"`
	OpenedAt   time.Time  `json:"opened_at" db:"opened_at"`
	DoneBy     string     `json:"done_by" db:"done_by"`
	DoneAt     *time.Time `json:"done_at,omitempty" db:"done_at"`
	Outcome    string     `json:"outcome" db:"outcome" enum:",DONE,UPHELD,REJECTED"`
	Answer     string     `json:"answer" db:"answer"`
}

// TaskFilter narrows the tasks; empty fields do not.
type TaskFilter struct{ Kind, Open string }

const (
	listTaskSQL = `SELECT t.id, t.entry, e.idno_mask, e.list, e.decision_no, t.kind, coalesce(to_char(t.due, 'YYYY-MM-DD'), '') AS due, t.due_note,
		t.note, t.opened_by, t.opened_at, t.done_by, t.done_at, t.outcome, t.answer FROM sanction_task t JOIN sanction_entry e ON e.id = t.entry`
	taskSQL       = listTaskSQL + ` WHERE t.id = $1 FOR UPDATE OF t`
	openTaskSQL   = listTaskSQL + ` WHERE t.entry = $1 AND t.done_at IS NULL AND t.kind = 'DECIDE'`
	insertTaskSQL = `INSERT INTO sanction_task (id, entry, kind, due, due_note, note, opened_by, opened_at)
		VALUES ($1, $2, $3, nullif($4, '')::date, $5, $6, $7, $8) ON CONFLICT DO NOTHING`
	doneTaskSQL = `UPDATE sanction_task SET done_by = $2, done_at = $3, outcome = $4, answer = $5 WHERE id = $1`
)

var taskSorts = db.Sorts{"": "(t.done_at IS NOT NULL), t.due NULLS LAST, t.opened_at, t.id", "due": "t.due", "opened_at": "t.opened_at"}

var (
	errTaskDone    = fault.New(fault.Precondition, "sanction.task.done", "这项任务已经办结")
	errTaskOutcome = fault.New(fault.Invalid, "sanction.task.outcome", "答复异议请选择“成立”或“不成立”并说明理由")
	errTaskFirst   = fault.New(fault.Precondition, "sanction.task.mark", "请先标注异议，再作答复")
	errTaskSelf    = fault.New(fault.Forbidden, "sanction.task.self", "登记异议的人不能自己答复，请由另一人答复")
	errObjectGone  = fault.New(fault.Precondition, "sanction.objection.gone", "这条名单信息已经移出或删除，不需要提出异议")
	errObjectOpen  = fault.New(fault.Conflict, "sanction.objection.twice", "这条名单信息的异议正在处理")
)

// open begins a task; one of a kind at a time for an entry.
func (s *Service) open(ctx context.Context, tx pgx.Tx, entry, kind, note, by string, now time.Time) error {
	day, why := s.due(ctx, tx, taskDays[kind])
	if why != "" {
		why = fmt.Sprintf("%s，法定 %d 个工作日", why, taskDays[kind])
	}
	if _, err := tx.Exec(ctx, insertTaskSQL, uuid.Must(uuid.NewV7()).String(), entry, kind, day, why, note, by, now); err != nil {
		return fmt.Errorf("open task: %w", err)
	}
	return nil
}

// Object registers a person's objection to an entry: to be marked within one
// working day and decided within five. Faults: sanction.objection.gone, .twice.
func (s *Service) Object(ctx context.Context, entry, note string) error {
	actor, err := auth.Require(ctx, PermObject)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		e, err := s.lockEntry(ctx, tx, entry)
		if err != nil {
			return err
		}
		if !e.counts(s.today()) {
			return errObjectGone
		}
		tasks, err := db.All[Task](ctx, tx, openTaskSQL, entry)
		if err != nil {
			return err
		}
		if len(tasks) > 0 {
			return errObjectOpen
		}
		for _, kind := range []string{TaskMark, TaskDecide} {
			if err := s.open(ctx, tx, entry, kind, note, actor.Username, s.now()); err != nil {
				return err
			}
		}
		if err := s.past(ctx, tx, entry, "OBJECTED", "当事人提出异议："+note, 0, actor.Username); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermObject, entry, nil)
	})
}

func (s *Service) lockEntry(ctx context.Context, tx pgx.Tx, id string) (Entry, error) {
	e, err := db.Row[Entry](ctx, tx, lockEntrySQL, id)
	if err == nil {
		err = s.intact([]Entry{e})
	}
	return e, err
}

// Settle ends a task with its outcome. Faults: sanction.task.done, .outcome,
// .mark, .self.
func (s *Service) Settle(ctx context.Context, id, outcome, answer string) error {
	actor, err := auth.Require(ctx, PermSettle)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		t, err := db.Row[Task](ctx, tx, taskSQL, id)
		if err != nil {
			return err
		}
		if t.DoneAt != nil {
			return errTaskDone
		}
		e, err := s.lockEntry(ctx, tx, t.Entry)
		if err != nil {
			return err
		}
		if err := s.carryOut(ctx, tx, &t, &e, actor.Username, outcome, answer); err != nil {
			return err
		}
		if t.Kind != TaskDecide {
			outcome = OutcomeDone
		}
		if _, err := tx.Exec(ctx, doneTaskSQL, id, actor.Username, s.now(), outcome, answer); err != nil {
			return fmt.Errorf("end task: %w", err)
		}
		if err := notify(ctx, tx, s.Listed, e.Blind); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermSettle, t.Entry, map[string]string{"kind": t.Kind, "outcome": outcome})
	})
}

func (s *Service) carryOut(ctx context.Context, tx pgx.Tx, t *Task, e *Entry, by, outcome, answer string) error {
	kind, text := "MARKED", "已标注异议"
	switch t.Kind {
	case TaskMark:
		e.Objected = true
	case TaskDecide:
		if outcome != OutcomeUpheld && outcome != OutcomeRejected || strings.TrimSpace(answer) == "" {
			return errTaskOutcome
		}
		if !e.Objected {
			return errTaskFirst
		}
		if by == t.OpenedBy {
			return errTaskSelf
		}
		e.Objected, kind, text = false, "DECIDED", "异议不成立："+answer
		if outcome == OutcomeUpheld {
			e.Status, text = Off, "异议成立，停止限制："+answer
			if err := s.open(ctx, tx, e.ID, TaskDelete, text, by, s.now()); err != nil {
				return err
			}
		}
	case TaskDelete:
		if !e.gone() {
			return fault.New(fault.Precondition, "sanction.task.listed", "这条名单信息又被列入，不能删除")
		}
		// What was said of somebody who has made it good is not kept.
		e.Status, e.Reason, e.Org, e.Objected, kind, text = Deleted, "", "", false, "DELETED", "已删除"
		if _, err := tx.Exec(ctx, blankPastSQL, e.ID); err != nil {
			return fmt.Errorf("blank history: %w", err)
		}
	}
	e.ChangedAt, e.MAC = s.now(), s.keys.RowMAC(e.parts()...)
	if err := saveEntry(ctx, tx, e); err != nil {
		return fmt.Errorf("keep entry: %w", err)
	}
	return s.past(ctx, tx, e.ID, kind, text, 0, by)
}

// Tasks are what is owed, the overdue first.
func (s *Service) Tasks(ctx context.Context, f TaskFilter, page db.Page) (db.List[Task], error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return db.List[Task]{}, err
	}
	w := new(db.Where).Eq("t.kind", f.Kind)
	switch f.Open {
	case "yes":
		w.And("t.done_at IS NULL")
	case "no":
		w.And("t.done_at IS NOT NULL")
	}
	if blind := s.keys.Sought(page.Q); blind != nil {
		w.And("e.idno_blind = ?", blind)
	} else {
		w.Like(page.Q, "e.decision_no", "t.note")
	}
	out, err := db.Select[Task](ctx, s.db, listTaskSQL, w, taskSorts, page)
	for i := range out.Items {
		t := &out.Items[i]
		t.Overdue = t.DoneAt == nil && t.Due != "" && t.Due < s.today()
	}
	return out, err
}
