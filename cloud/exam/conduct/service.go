package conduct

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/wire"
)

// Service notes and rules.
type Service struct {
	db       *db.DB
	keys     *keys.Ring
	audit    *audit.Log
	clock    clock.Clock
	sittings *sitting.Service
}

// New makes the service.
func New(d *db.DB, k *keys.Ring, a *audit.Log, c clock.Clock, s *sitting.Service) *Service {
	return &Service{db: d, keys: k, audit: a, clock: c, sittings: s}
}

// List reads the irregularities of a sitting, oldest first, with the standing
// ruling on each; names are masked.
func (s *Service) List(ctx context.Context, id string) ([]Irregularity, error) {
	if _, err := s.sittings.Readable(ctx, s.db, PermList, id); err != nil {
		return nil, err
	}
	list, err := s.all(ctx, s.db, id)
	for i := range list {
		list[i].Name = person.MaskName(list[i].Name)
	}
	return list, err
}

// Of reads those of one candidate for their record. It checks no right.
func (s *Service) Of(ctx context.Context, q db.Q, id, candidate string) ([]Irregularity, error) {
	list, err := s.all(ctx, q, id)
	return slices.DeleteFunc(list, func(i Irregularity) bool { return i.Candidate != candidate }), err
}

// all reads irregularities with their rulings, whose MACs are checked.
func (s *Service) all(ctx context.Context, q db.Q, id string) ([]Irregularity, error) {
	list, err := db.All[Irregularity](ctx, q, listSQL, id)
	if err != nil {
		return nil, err
	}
	rulings, err := db.All[Ruling](ctx, q, rulingsSQL, id)
	if err != nil {
		return nil, err
	}
	standing := map[string]*Ruling{}
	for i := range rulings {
		r := &rulings[i]
		if !s.keys.CheckRowMAC(r.MAC, r.parts()...) {
			return nil, fault.New(fault.Internal, "exam.conduct.tampered", "违纪复核数据被改动过，请立即联系安全管理员核查")
		}
		standing[r.Irregularity] = r
	}
	for i := range list {
		in := &list[i]
		in.Ruling, in.Usual, in.Choices = standing[in.ID], Usual(in.Code), Choices(in.Code)
		in.Referable = refers(in.Code)
	}
	return list, nil
}

// Rule decides what an irregularity means. Faults: exam.conduct.none,
// .consequence, .referred, .reason, .stale, .published.
func (s *Service) Rule(ctx context.Context, id, irregularity string, d Decision) error {
	actor, err := auth.Require(ctx, PermRule)
	if err != nil {
		return err
	}
	return s.open(ctx, id, func(tx pgx.Tx) error {
		in, err := s.one(ctx, tx, id, irregularity)
		if err != nil {
			return err
		}
		if err := d.check(in.Code); err != nil {
			return err
		}
		if r := in.Ruling; r != nil && r.ID != d.Seen {
			return fault.New(fault.Conflict, "exam.conduct.stale", r.WhoName+" 刚刚已经复核过这一条，请刷新后再决定")
		}
		r := Ruling{
			Irregularity: irregularity, Sitting: id, Consequence: d.Consequence, Referred: d.Referred, Reason: d.Reason,
			Who: actor.ID, WhoName: actor.Name, At: s.clock.Now().UTC().Truncate(time.Microsecond),
		}
		r.MAC = s.keys.RowMAC(r.parts()...)
		err = tx.QueryRow(ctx, putRulingSQL, id, irregularity, r.Consequence, r.Referred, r.Reason, r.Who, r.WhoName, r.At, r.MAC).Scan(&r.ID)
		if err != nil {
			return fmt.Errorf("store ruling: %w", err)
		}
		return s.audit.Record(ctx, tx, PermRule, id, map[string]any{
			"irregularity": irregularity, "code": in.Code, "consequence": d.Consequence, "referred": d.Referred, "reason": d.Reason,
		})
	})
}

// Noted is what the centre found after the sitting, on a recording for example.
type Noted struct {
	Candidate string `json:"candidate" minLength:"1" maxLength:"40"`
	Code      string `json:"code" enum:"V01,V02,V03,V04,V05,V06,V07,V08"`
	Note      string `json:"note" minLength:"1" maxLength:"500"`
}

// Note adds an irregularity of the centre's own. Faults: exam.conduct.candidate,
// .code, .note, .published, .unheld.
func (s *Service) Note(ctx context.Context, id string, n Noted) error {
	actor, err := auth.Require(ctx, PermRule)
	if err != nil {
		return err
	}
	return s.begun(ctx, id, func(tx pgx.Tx) error {
		if !known(n.Code) {
			return fault.New(fault.Invalid, "exam.conduct.code", "请选择违纪情形 V01–V08")
		}
		if err := line(&n.Note, "exam.conduct.note", "请写明经过和依据，不含换行和不可见字符"); err != nil {
			return err
		}
		if err := s.candidate(ctx, tx, id, n.Candidate); err != nil {
			return err
		}
		key := uuid.Must(uuid.NewV7()).String()
		if _, err := tx.Exec(ctx, noteSQL, key, id, n.Candidate, n.Code, n.Note, actor.Name, s.clock.Now()); err != nil {
			return fmt.Errorf("note irregularity: %w", err)
		}
		return s.audit.Record(ctx, tx, "exam.conduct.note", id, map[string]any{"irregularity": key, "code": n.Code, "candidate": n.Candidate, "note": n.Note})
	})
}

// Word is the centre's decision on who sat there.
type Word struct {
	Candidate string `json:"candidate" minLength:"1" maxLength:"40"`
	Same      bool   `json:"same" doc:"是本人"`
	Reason    string `json:"reason" minLength:"1" maxLength:"500"`
}

// Identify settles a doubt about a candidate's identity. Faults:
// exam.conduct.candidate, .reason, .published, .unheld.
func (s *Service) Identify(ctx context.Context, id string, d Word) error {
	actor, err := auth.Require(ctx, PermRule)
	if err != nil {
		return err
	}
	return s.begun(ctx, id, func(tx pgx.Tx) error {
		if err := line(&d.Reason, "exam.conduct.reason", "请写明认定依据，不含换行和不可见字符"); err != nil {
			return err
		}
		if err := s.candidate(ctx, tx, id, d.Candidate); err != nil {
			return err
		}
		decision := wire.DecisionFail
		if d.Same {
			decision = wire.DecisionPass
		}
		key := uuid.Must(uuid.NewV7()).String()
		if _, err := tx.Exec(ctx, identifySQL, key, id, d.Candidate, decision, actor.Name, d.Reason, s.clock.Now()); err != nil {
			return fmt.Errorf("settle identity: %w", err)
		}
		return s.audit.Record(ctx, tx, "exam.conduct.identify", id, map[string]any{"candidate": d.Candidate, "same": d.Same, "reason": d.Reason})
	})
}

// begun runs do, as open, once candidates may have come: where nobody has been,
// nobody has cheated. What a venue has reported can be ruled on at any time.
// Fault: exam.conduct.unheld.
func (s *Service) begun(ctx context.Context, id string, do func(tx pgx.Tx) error) error {
	return s.open(ctx, id, func(tx pgx.Tx) error {
		in, err := s.sittings.Readable(ctx, tx, PermRule, id)
		if err == nil && !held(in) {
			err = fault.Newf(fault.Precondition, "exam.conduct.unheld", "场次当前为“%s”，考生尚未入场，没有可以认定的情形", sitting.StateName(in.State))
		}
		if err != nil {
			return err
		}
		return do(tx)
	})
}

// open runs do while the results of a sitting may still change. Fault:
// exam.conduct.published.
func (s *Service) open(ctx context.Context, id string, do func(tx pgx.Tx) error) error {
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		in, err := s.sittings.Locked(ctx, tx, PermRule, id)
		if err != nil {
			return err
		}
		if in.State == sitting.Published {
			return fault.New(fault.Precondition, "exam.conduct.published", "成绩已发布；要更改请先在“对账与成绩”里更正成绩")
		}
		return do(tx)
	})
}

// held tells whether candidates have come, or may be coming in.
func held(in sitting.Sitting) bool {
	state := in.State
	if state == sitting.Suspended {
		state = in.Before
	}
	return slices.Contains([]sitting.State{sitting.Released, sitting.Running, sitting.Closed, sitting.Scored}, state)
}

func (s *Service) one(ctx context.Context, tx pgx.Tx, id, irregularity string) (Irregularity, error) {
	list, err := s.all(ctx, tx, id)
	for _, in := range list {
		if in.ID == irregularity {
			return in, err
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "exam.conduct.none", "没有这条违纪记录，请刷新后再试")
	}
	return Irregularity{}, err
}

func (s *Service) candidate(ctx context.Context, tx pgx.Tx, id, candidate string) error {
	var there bool
	if err := tx.QueryRow(ctx, candidateSQL, id, candidate).Scan(&there); err != nil {
		return fmt.Errorf("find candidate: %w", err)
	}
	if !there {
		return fault.New(fault.Invalid, "exam.conduct.candidate", "该考生不在本场次，请从名单中选择")
	}
	return nil
}

func (r *Ruling) parts() [][]byte {
	return [][]byte{
		[]byte("exam_ruling"), []byte(r.Sitting), []byte(r.Irregularity), []byte(r.Consequence), []byte(strconv.FormatBool(r.Referred)),
		[]byte(r.Reason), []byte(r.Who), []byte(keys.Stamp(r.At)),
	}
}
