package sitting

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/training/class"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

// Confirmation is a person's word that the candidates of one kind of training
// may sit an exam. It holds for exactly those people.
type Confirmation struct {
	ID      int64     `json:"-" db:"id"`
	Sitting string    `json:"-" db:"sitting"`
	Kind    string    `json:"-" db:"kind"`
	People  int       `json:"people" db:"people"`
	Roll    []byte    `json:"-" db:"roll"`
	Basis   string    `json:"basis" db:"basis" doc:"不是由结业班级报名的考生，核对依据"`
	By      string    `json:"-" db:"by"`
	ByName  string    `json:"by" db:"by_name"`
	At      time.Time `json:"at" db:"at"`
	MAC     []byte    `json:"-" db:"mac"`
}

func (c *Confirmation) parts() [][]byte {
	return [][]byte{
		[]byte("exam_confirmation"), []byte(c.Sitting), []byte(c.Kind), []byte(strconv.Itoa(c.People)), c.Roll, []byte(c.Basis),
		[]byte(c.By), []byte(keys.Stamp(c.At)),
	}
}

// Group is the candidates of one kind of training in a sitting.
type Group struct {
	Kind      string        `json:"kind" enum:"NEW,RETRAIN"`
	People    int           `json:"people"`
	Classless int           `json:"classless" doc:"其中不是由结业班级报名的人数，确认时须写明核对依据"`
	Makeups   int           `json:"makeups" doc:"其中补考的人数"`
	Roll      string        `json:"roll" doc:"名单摘要；确认时原样带回，名单变了会被拒绝"`
	Last      *Confirmation `json:"last,omitempty" doc:"最近一次确认"`
	Confirmed bool          `json:"confirmed" doc:"最近一次确认的就是现在的名单"`
	Unfit     []Unfit       `json:"unfit" doc:"现在不符合报考条件的考生"`

	ids    []string
	blinds map[string][]byte
}

// Unfit is somebody who was taken and no longer meets the rules.
type Unfit struct {
	Candidate string `json:"candidate"`
	Name      string `json:"name"`
	Admission string `json:"admission"`
	Why       string `json:"why"`
}

type rolled struct {
	ID    string
	Kind  string
	Class bool
	Turn  int
	Blind []byte
}

const (
	rollSQL = `SELECT id, kind, class IS NOT NULL, turn, idno_blind FROM exam_candidate WHERE sitting = $1 ORDER BY id`

	confirmationsSQL = `SELECT DISTINCT ON (kind) id, sitting, kind, people, roll, basis, by, by_name, at, mac FROM exam_confirmation
		WHERE sitting = $1 ORDER BY kind, id DESC`
	confirmSQL = `INSERT INTO exam_confirmation (sitting, kind, people, roll, basis, by, by_name, at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	checkedSQL = `UPDATE exam_candidate SET checks = $3, checked_at = $4 WHERE sitting = $1 AND kind = $2`
)

// groups reads the candidates of a sitting by kind with the last confirmation
// of each, whose MAC is checked.
func (s *Service) groups(ctx context.Context, q db.Q, id string) ([]Group, error) {
	rows, err := db.Rows(ctx, q, pgx.RowToStructByPos[rolled], rollSQL, id)
	if err != nil {
		return nil, err
	}
	last, err := db.All[Confirmation](ctx, q, confirmationsSQL, id)
	if err != nil {
		return nil, err
	}
	out := []Group{}
	for _, kind := range []string{class.PrePost, class.Retrain} {
		g := Group{Kind: kind, Unfit: []Unfit{}, blinds: map[string][]byte{}}
		for _, r := range rows {
			g.take(r)
		}
		if g.People == 0 {
			continue
		}
		roll := sm.Sum([]byte(strings.Join(g.ids, "\n")))
		g.Roll = roll.String()
		for i := range last {
			c := &last[i]
			if !s.Keys.CheckRowMAC(c.MAC, c.parts()...) {
				return nil, fault.New(fault.Internal, "exam.sitting.confirm.tampered", "考生确认数据被改动过，请立即联系安全管理员核查")
			}
			if c.Kind == kind {
				g.Last, g.Confirmed = c, slices.Equal(c.Roll, roll[:])
			}
		}
		out = append(out, g)
	}
	return out, nil
}

func (g *Group) take(r rolled) {
	if r.Kind != g.Kind {
		return
	}
	g.People++
	g.ids = append(g.ids, r.ID)
	g.blinds[r.ID] = r.Blind
	if !r.Class {
		g.Classless++
	}
	if r.Turn == SecondTurn {
		g.Makeups++
	}
}

// Groups shows the kinds of candidates of a sitting, who confirmed them, and
// while that can still be done who no longer meets the rules.
func (s *Service) Groups(ctx context.Context, id string) ([]Group, error) {
	in, err := s.readable(ctx, s.DB, PermList, sittingSQL, id)
	if err != nil {
		return nil, err
	}
	var out []Group
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		if out, err = s.groups(ctx, tx, id); err != nil {
			return err
		}
		if _, open := next(in.State, VerbRevise); !open {
			return nil
		}
		for i := range out {
			if err := s.judge(ctx, tx, in, &out[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// judge looks again at what was checked when a group's people were taken.
func (s *Service) judge(ctx context.Context, tx pgx.Tx, in Sitting, g *Group) error {
	blinds := make([][]byte, 0, len(g.ids))
	for _, id := range g.ids {
		blinds = append(blinds, g.blinds[id])
	}
	failed, err := s.examine(ctx, tx, in, blinds, false)
	if err != nil || len(failed) == 0 {
		return err
	}
	people, err := db.Rows(ctx, tx, pgx.RowToStructByName[Candidate], allCandidatesSQL, in.ID)
	if err != nil {
		return err
	}
	for _, c := range people {
		st := failed[string(g.blinds[c.ID])]
		st.waive(c.Renewed)
		if why := st.texts(); len(why) > 0 {
			g.Unfit = append(g.Unfit, Unfit{c.ID, person.MaskName(c.Name), c.Admission, strings.Join(why, "；")})
		}
	}
	return nil
}

// Word is a wish to confirm: the roll as the page showed it.
type Word struct {
	Kind  string `json:"kind" enum:"NEW,RETRAIN"`
	Roll  string `json:"roll" minLength:"1" maxLength:"64" doc:"页面上名单的摘要"`
	Basis string `json:"basis,omitempty" maxLength:"200" doc:"有考生不是由结业班级报名时必填"`
}

// Confirm is a person's word for the candidates of one kind, after everything
// the centre holds about them has been looked at again. Faults:
// exam.sitting.confirm.state, .none, .stale, .done, .unfit, .basis.
func (s *Service) Confirm(ctx context.Context, id string, w Word) error {
	actor, err := auth.Require(ctx, PermConfirm)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		in, err := s.readable(ctx, tx, PermConfirm, lockSQL, id)
		if err != nil {
			return err
		}
		if _, open := next(in.State, VerbRevise); !open {
			return fault.Newf(fault.Precondition, "exam.sitting.confirm.state", "场次当前为“%s”，考生名单已不能改变，不需要再确认", StateName(in.State))
		}
		g, err := s.group(ctx, tx, in, w)
		if err != nil {
			return err
		}
		basis, ok := person.OneLine(w.Basis)
		switch {
		case g.Classless > 0 && !ok:
			return fault.Newf(fault.Invalid, "exam.sitting.confirm.basis", "有 %d 名考生不是由结业班级报名的，请写明核对依据，不含换行", g.Classless)
		case !ok:
			basis = ""
		}
		roll, _ := sm.ParseDigest(g.Roll) // our own
		c := Confirmation{Sitting: id, Kind: g.Kind, People: g.People, Roll: roll[:], Basis: basis, By: actor.ID, ByName: actor.Name, At: s.Clock.Now().UTC().Truncate(time.Microsecond)}
		_, err = tx.Exec(ctx, confirmSQL, id, c.Kind, c.People, c.Roll, c.Basis, c.By, c.ByName, c.At, s.Keys.RowMAC(c.parts()...))
		if err != nil {
			return fmt.Errorf("confirm candidates: %w", err)
		}
		if _, err := tx.Exec(ctx, checkedSQL, id, c.Kind, passed(in.Category), c.At); err != nil {
			return fmt.Errorf("note checks: %w", err)
		}
		return s.Audit.Record(ctx, tx, PermConfirm, id, map[string]any{"number": in.Number, "kind": g.Kind, "people": g.People, "basis": basis})
	})
}

// group is the one that somebody wants to confirm, if it can be.
func (s *Service) group(ctx context.Context, tx pgx.Tx, in Sitting, w Word) (Group, error) {
	all, err := s.groups(ctx, tx, in.ID)
	if err != nil {
		return Group{}, err
	}
	i := slices.IndexFunc(all, func(g Group) bool { return g.Kind == w.Kind })
	if i < 0 {
		return Group{}, fault.Newf(fault.Precondition, "exam.sitting.confirm.none", "本场次没有%s考生", class.KindName(w.Kind))
	}
	g := all[i]
	switch {
	case g.Roll != w.Roll:
		return g, fault.New(fault.Conflict, "exam.sitting.confirm.stale", "考生名单刚有变动，请看过新的名单再确认")
	case g.Confirmed:
		return g, fault.Newf(fault.Conflict, "exam.sitting.confirm.done", "这份名单已由%s确认，不需要再确认", g.Last.ByName)
	}
	if err := s.judge(ctx, tx, in, &g); err != nil {
		return g, err
	}
	if len(g.Unfit) > 0 {
		u := g.Unfit[0]
		return g, fault.Newf(fault.Precondition, "exam.sitting.confirm.unfit", "%d 名考生现在不符合报考条件，请先移除或改正：%s（%s）%s", len(g.Unfit), u.Name, u.Admission, u.Why)
	}
	return g, nil
}

// confirmed refuses a sitting with people whom nobody has confirmed. Fault:
// exam.sitting.assign.unconfirmed.
func (s *Service) confirmed(ctx context.Context, tx pgx.Tx, id string) error {
	all, err := s.groups(ctx, tx, id)
	if err != nil {
		return err
	}
	var open []string
	for _, g := range all {
		if !g.Confirmed {
			open = append(open, fmt.Sprintf("%s %d 人", class.KindName(g.Kind), g.People))
		}
	}
	if len(open) == 0 {
		return nil
	}
	return fault.Newf(fault.Precondition, "exam.sitting.assign.unconfirmed", "%s还没有确认，请先在“考生”页核对并确认", strings.Join(open, "、"))
}
