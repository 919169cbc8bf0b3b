package sitting

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

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
	Doubts    []Unfit       `json:"doubts" doc:"需要人核对的，如同一证件号登记过别的姓名；不妨碍确认"`

	ids    []string
	lines  []string // a person and their reference photograph
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
	Photo []byte
	Kind  string
	Class bool
	Turn  int
	Blind []byte
}

const (
	// names of the same person elsewhere that differ: told, not refused, for
	// people do change their names
	namesSQL = `SELECT DISTINCT ON (c.id) c.id AS candidate, c.name, c.admission, o.name AS other, s.number FROM exam_candidate c
		JOIN exam_candidate o ON o.idno_blind = c.idno_blind AND o.name <> c.name JOIN exam_sitting s ON s.id = o.sitting
		WHERE c.sitting = $1 AND c.kind = $2 ORDER BY c.id, s.starts_at DESC`
	rollSQL = `SELECT id, photo, kind, class IS NOT NULL, turn, idno_blind FROM exam_candidate WHERE sitting = $1 ORDER BY id`

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
		g := Group{Kind: kind, Unfit: []Unfit{}, Doubts: []Unfit{}, blinds: map[string][]byte{}}
		for _, r := range rows {
			g.take(r)
		}
		if g.People == 0 {
			continue
		}
		roll := sm.Sum([]byte(strings.Join(g.lines, "\n")))
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
	g.lines = append(g.lines, fmt.Sprintf("%s %x", r.ID, r.Photo))
	g.blinds[r.ID] = r.Blind
	if !r.Class {
		g.Classless++
	}
	if r.Turn == SecondTurn {
		g.Makeups++
	}
}

// Groups shows the kinds of candidates of a sitting, who confirmed them, and
// until the exam is over who no longer meets the rules.
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
		if in.State.Over() || in.State == Cancelled {
			return nil
		}
		for i := range out {
			if err := s.judge(ctx, tx, in, &out[i]); err != nil {
				return err
			}
			if err := s.doubt(ctx, tx, in, &out[i]); err != nil {
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
	numbers, err := s.numbers(ctx, tx, blinds)
	if err != nil {
		return err
	}
	failed, err := s.examine(ctx, tx, in, numbers, false)
	if err != nil || len(failed) == 0 {
		return err
	}
	people, err := db.Rows(ctx, tx, pgx.RowToStructByName[Candidate], allCandidatesSQL, in.ID)
	if err != nil {
		return err
	}
	for _, c := range people {
		st := failed[string(g.blinds[c.ID])]
		st.judge(c.Kind, c.Renewed)
		if why := st.texts(); len(why) > 0 {
			g.Unfit = append(g.Unfit, Unfit{c.ID, person.MaskName(c.Name), c.Admission, strings.Join(why, "；")})
		}
	}
	return nil
}

// doubt adds what a person has to look at and may let pass.
func (s *Service) doubt(ctx context.Context, tx pgx.Tx, in Sitting, g *Group) error {
	type other struct{ Candidate, Name, Admission, Other, Number string }
	list, err := db.Rows(ctx, tx, pgx.RowToStructByPos[other], namesSQL, in.ID, g.Kind)
	for _, o := range list {
		why := fmt.Sprintf("同一身份证号在场次 %s 登记的姓名是 %s，请核对证件", o.Number, person.MaskName(o.Other))
		g.Doubts = append(g.Doubts, Unfit{o.Candidate, person.MaskName(o.Name), o.Admission, why})
	}
	return err
}

// Assent is a wish to confirm: the roll as the page showed it.
type Assent struct {
	Kind  string `json:"kind" enum:"NEW,RETRAIN"`
	Roll  string `json:"roll" minLength:"1" maxLength:"64" doc:"页面上名单的摘要"`
	Basis string `json:"basis,omitempty" maxLength:"200" doc:"有考生不是由结业班级报名时必填"`
}

// Confirm is a person's word for the candidates of one kind, after everything
// the centre holds about them has been looked at again. Faults:
// exam.sitting.confirm.state, .none, .stale, .done, .unfit, .basis.
func (s *Service) Confirm(ctx context.Context, id string, w Assent) error {
	actor, err := auth.Require(ctx, PermConfirm)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		in, err := s.locked(ctx, tx, PermConfirm, id)
		if err != nil {
			return err
		}
		if _, open := next(in.State, VerbRevise); !open && in.State != Applying { // photographs may come until the approval
			return fault.Newf(fault.Precondition, "exam.sitting.confirm.state", "场次当前为“%s”，考生名单已不能改变，不需要再确认", StateName(in.State))
		}
		g, err := s.group(ctx, tx, in, w)
		if err != nil {
			return err
		}
		basis, ok := person.OneLine(w.Basis)
		switch {
		case g.Classless > 0 && (!ok || !telling(basis)):
			return fault.Newf(fault.Invalid, "exam.sitting.confirm.basis", "有 %d 名考生不是由结业班级报名的，请用文字写明核对依据（至少 %d 个字，不含换行），如“报名表和证件原件已核对”", g.Classless, basisLeast)
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

// basisLeast is how many characters say on what somebody was confirmed.
const basisLeast = 4

// telling says that a text has so many Chinese characters: a full stop or a
// number is no basis.
func telling(text string) bool {
	n := 0
	for _, r := range text {
		if unicode.Is(unicode.Han, r) {
			n++
		}
	}
	return n >= basisLeast
}

// group is the one that somebody wants to confirm, if it can be.
func (s *Service) group(ctx context.Context, tx pgx.Tx, in Sitting, w Assent) (Group, error) {
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
	return g, unfit("exam.sitting.confirm.unfit", g.Unfit)
}

// unfit refuses people who no longer meet the rules, by name.
func unfit(code string, list []Unfit) error {
	if len(list) == 0 {
		return nil
	}
	u := list[0]
	return fault.Newf(fault.Precondition, code, "%d 名考生现在不符合报考条件，请先移除或改正：%s（%s）%s", len(list), u.Name, u.Admission, u.Why)
}

// confirmed refuses a sitting with people whom nobody has confirmed as they are
// now, or who no longer meet the rules: a word of yesterday does not seat
// somebody who was banned today. Faults: exam.sitting.assign.unconfirmed, .unfit.
func (s *Service) confirmed(ctx context.Context, tx pgx.Tx, in Sitting) error {
	all, err := s.groups(ctx, tx, in.ID)
	if err != nil {
		return err
	}
	var open []string
	var wrong []Unfit
	for i := range all {
		g := &all[i]
		if err := s.judge(ctx, tx, in, g); err != nil {
			return err
		}
		wrong = append(wrong, g.Unfit...)
		if !g.Confirmed {
			open = append(open, fmt.Sprintf("%s %d 人", class.KindName(g.Kind), g.People))
		}
	}
	if len(open) == 0 {
		return unfit("exam.sitting.assign.unfit", wrong)
	}
	return fault.Newf(fault.Precondition, "exam.sitting.assign.unconfirmed", "%s还没有确认，或确认后名单、照片有变动，请先在“考生”页核对并确认", strings.Join(open, "、"))
}
