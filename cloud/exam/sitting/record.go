package sitting

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/wire"
)

// Check is one verification of a face or of a card in its place (M54), as the
// venue reported it. The picture itself stays at the venue (package dossier
// can ask for it).
type Check struct {
	Candidate string    `json:"candidate" db:"candidate"`
	Name      string    `json:"name" db:"name"`
	Admission string    `json:"admission" db:"admission"`
	Stage     string    `json:"stage" db:"stage"`
	Score     float64   `json:"score" db:"score"`
	Threshold float64   `json:"threshold" db:"threshold"`
	Engine    string    `json:"engine" db:"engine"`
	Model     string    `json:"model" db:"model"`
	Demo      bool      `json:"demo" db:"demo" doc:"演示级算法，不得作为正式依据"`
	Faces     int       `json:"faces" db:"faces"`
	Decision  string    `json:"decision" db:"decision"`
	Who       string    `json:"who" db:"who"`
	Reason    string    `json:"reason" db:"reason"`
	At        time.Time `json:"at" db:"at"`
}

// Event is a login, a move, a pause, a resumption or an extension (M59).
type Event struct {
	Kind      string          `json:"kind" db:"kind"`
	Attempt   string          `json:"attempt" db:"attempt"`
	Name      string          `json:"name" db:"name"`
	Admission string          `json:"admission" db:"admission"`
	Who       string          `json:"who" db:"who"`
	Detail    json.RawMessage `json:"detail" db:"detail"`
	At        time.Time       `json:"at" db:"at"`
}

const (
	listCheckSQL = `SELECT v.candidate, coalesce(c.name, '') AS name, coalesce(c.admission, '') AS admission, v.stage, v.score,
		v.threshold, v.engine, v.model, v.demo, v.faces::int AS faces, v.decision, v.who, v.reason, v.at
		FROM exam_verification v LEFT JOIN exam_candidate c ON c.id = v.candidate AND c.sitting = v.sitting`
	listEventSQL = `SELECT e.kind, e.attempt, coalesce(c.name, '') AS name, coalesce(c.admission, '') AS admission, e.who,
		e.detail, e.at FROM exam_event e LEFT JOIN exam_attempt a ON a.sitting = e.sitting AND a.id = e.attempt
		LEFT JOIN exam_candidate c ON c.id = a.candidate AND c.sitting = a.sitting`
)

var (
	checkSorts = db.Sorts{"": "v.record DESC, v.node", "score": "v.score", "stage": "v.stage", "decision": "v.decision", "name": "c.name"}
	eventSorts = db.Sorts{"": "e.record DESC, e.node", "kind": "e.kind", "name": "c.name"}
)

// Checks lists the verifications of a sitting; names are masked.
func (s *Service) Checks(ctx context.Context, id, stage, decision string, page db.Page) (db.List[Check], error) {
	if _, err := s.readable(ctx, s.DB, PermWatch, sittingSQL, id); err != nil {
		return db.List[Check]{}, err
	}
	w := new(db.Where).And("v.sitting = ?", id).Eq("v.stage", stage).Eq("v.decision", decision).Like(page.Q, "c.name", "c.admission")
	out, err := db.Select[Check](ctx, s.DB, listCheckSQL, w, checkSorts, page)
	for i := range out.Items {
		out.Items[i].Name = person.MaskName(out.Items[i].Name)
	}
	return out, err
}

// Events lists what happened at the seats of a sitting; names are masked.
func (s *Service) Events(ctx context.Context, id, kind string, page db.Page) (db.List[Event], error) {
	if _, err := s.readable(ctx, s.DB, PermWatch, sittingSQL, id); err != nil {
		return db.List[Event]{}, err
	}
	w := new(db.Where).And("e.sitting = ?", id).Eq("e.kind", kind).Like(page.Q, "c.name", "c.admission")
	out, err := db.Select[Event](ctx, s.DB, listEventSQL, w, eventSorts, page)
	for i := range out.Items {
		out.Items[i].Name = person.MaskName(out.Items[i].Name)
	}
	return out, err
}

// Message shows a text at the venue's proctor console until somebody there has
// seen it. Faults: exam.sitting.message.text, exam.node.none.
func (s *Service) Message(ctx context.Context, id, text string) error {
	text, ok := person.OneLine(text)
	if !ok {
		return fault.New(fault.Invalid, "exam.sitting.message.text", "请填写通知内容，不含换行和不可见字符")
	}
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		in, err := s.locked(ctx, tx, PermSuspend, id)
		if err != nil {
			return err
		}
		if _, _, err := s.Nodes.NodeFor(ctx, tx, in.Venue); err != nil {
			return err
		}
		m := wire.Message{ID: uuid.Must(uuid.NewV7()).String(), Sitting: id, From: actorName(ctx), Text: text}
		if err := s.Order(ctx, tx, in, wire.OrderMessage, m); err != nil {
			return err
		}
		err = s.note(ctx, tx, id, Receipt{Kind: ReceiptMessage, Ref: m.ID, OK: true, Text: "已通知考场：" + text, Who: m.From, At: s.Clock.Now()})
		if err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "exam.sitting.message", id, map[string]any{"text": text})
	})
}
