package sitting

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

const placeUnlock = "exam_unlock.code"

const (
	insertUnlockSQL = `INSERT INTO exam_unlock (sitting, version, no, need, code) VALUES ($1, $2, $3, $4, $5)`
	unlocksSQL      = `SELECT no, need, code, coalesce(taken_by, '') AS taken_by, taken_as, taken_at FROM exam_unlock
		WHERE sitting = $1 AND version = $2 ORDER BY no FOR UPDATE`
	takeUnlockSQL = `UPDATE exam_unlock SET taken_by = $4, taken_as = $5, taken_at = $6 WHERE sitting = $1 AND version = $2 AND no = $3`
)

// UnlockCode is what one person reads out to a venue that has no network.
type UnlockCode struct {
	No      int          `json:"no"`
	Code    string       `json:"code" doc:"32 位数字，每 4 位一组"`
	Need    int          `json:"need" doc:"开卷需要几份"`
	Of      int          `json:"of"`
	Version int          `json:"version" doc:"考题包版本"`
	Takers  []UnlockTake `json:"takers"`
}

// UnlockTake says who has a code.
type UnlockTake struct {
	No int       `json:"no"`
	By string    `json:"by"`
	At time.Time `json:"at"`
}

type unlockRow struct {
	No      int        `db:"no"`
	Need    int        `db:"need"`
	Code    []byte     `db:"code"`
	TakenBy string     `db:"taken_by"`
	TakenAs string     `db:"taken_as"`
	TakenAt *time.Time `db:"taken_at"`
}

// keepCodes seals a new package's codes.
func (s *Service) keepCodes(ctx context.Context, tx pgx.Tx, sitting string, version int, codes []string) error {
	for i, c := range codes {
		no := i + 1
		sealed, err := s.Keys.SealAt([]string{placeUnlock, unlockPlace(sitting, version, no)}, []byte(c))
		if err != nil {
			return fmt.Errorf("seal unlock code: %w", err)
		}
		if _, err := tx.Exec(ctx, insertUnlockSQL, sitting, version, no, s.Timing.UnlockNeed, sealed); err != nil {
			return fmt.Errorf("insert unlock code: %w", err)
		}
	}
	return nil
}

func unlockPlace(sitting string, version, no int) string {
	return sitting + "." + strconv.Itoa(version) + "." + strconv.Itoa(no)
}

// Unlock lets the actor have one code of the newest package, for a venue that the
// release cannot reach; one person has one and is shown the same again. The
// venue looks at its preflight itself, because nothing of it can arrive here.
// Faults: exam.sitting.unlock.state, .early, .alarms, .reason, .none, .taken.
func (s *Service) Unlock(ctx context.Context, id, reason string) (UnlockCode, error) {
	actor, err := auth.Require(ctx, PermUnlock)
	if err != nil {
		return UnlockCode{}, err
	}
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n < 2 || n > 200 || !person.Line(reason) {
		return UnlockCode{}, fault.New(fault.Invalid, "exam.sitting.unlock.reason", "请填写考场为何不能联网放行（2 至 200 字）")
	}
	var out UnlockCode
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		in, err := s.locked(ctx, tx, PermUnlock, id)
		if err != nil {
			return err
		}
		p, err := s.mayUnlock(ctx, tx, in)
		if err != nil {
			return err
		}
		codes, err := db.Rows(ctx, tx, pgx.RowToStructByName[unlockRow], unlocksSQL, id, p.Version)
		if err != nil {
			return err
		}
		out, err = s.take(ctx, tx, actor, in, p.Version, codes, reason)
		return err
	})
}

// mayUnlock is the part of the release rule that does not need the venue's word.
func (s *Service) mayUnlock(ctx context.Context, tx pgx.Tx, in Sitting) (packRow, error) {
	if in.State != Dispatched {
		return packRow{}, fault.Newf(fault.Precondition, "exam.sitting.unlock.state",
			"场次当前为“%s”，只有“%s”的场次可以领取解锁码", StateName(in.State), StateName(Dispatched))
	}
	if s.Clock.Now().Before(in.StartsAt.Add(-earliest)) {
		return packRow{}, fault.Newf(fault.Precondition, "exam.sitting.unlock.early", "解锁码最早在考试开始前 %d 小时领取，请届时再领取", int(earliest.Hours()))
	}
	p, err := db.Row[packRow](ctx, tx, packageSQL, in.ID)
	if err != nil {
		return p, err
	}
	red, err := db.Value[int](ctx, tx, redAlarmsSQL, in.ID, p.Node)
	if err == nil && red > 0 {
		err = fault.Newf(fault.Precondition, "exam.sitting.unlock.alarms", "有 %d 条红色告警未确认，请先核实并确认告警", red)
	}
	return p, err
}

func (s *Service) take(ctx context.Context, tx pgx.Tx, actor auth.Actor, in Sitting, version int, codes []unlockRow, reason string) (UnlockCode, error) {
	now := s.Clock.Now()
	mine := codeFor(codes, actor.ID)
	switch {
	case len(codes) == 0:
		return UnlockCode{}, fault.New(fault.Precondition, "exam.sitting.unlock.none", "本场考题包生成时没有解锁码，请重新下发考题包")
	case mine == nil:
		return UnlockCode{}, fault.New(fault.Conflict, "exam.sitting.unlock.taken", "解锁码已全部由其他人员领取，请他们向考场报码")
	}
	code, err := s.Keys.OpenAt([]string{placeUnlock, unlockPlace(in.ID, version, mine.No)}, mine.Code)
	if err != nil {
		return UnlockCode{}, fmt.Errorf("open unlock code: %w", err)
	}
	if mine.TakenBy == "" {
		if _, err := tx.Exec(ctx, takeUnlockSQL, in.ID, version, mine.No, actor.ID, actor.Name, now); err != nil {
			return UnlockCode{}, fmt.Errorf("take unlock code: %w", err)
		}
		mine.TakenBy, mine.TakenAs, mine.TakenAt = actor.ID, actor.Name, &now
		err = s.note(ctx, tx, in.ID, Receipt{
			Kind: ReceiptUnlock, Ref: fmt.Sprintf("%d.%d", version, mine.No), OK: true, Who: actor.Name, At: now,
			Text: fmt.Sprintf("第 %d 版考题包的第 %d 份解锁码已领取（开卷需 %d 份）：%s", version, mine.No, mine.Need, reason),
		})
		if err != nil {
			return UnlockCode{}, err
		}
	}
	out := UnlockCode{No: mine.No, Code: string(code), Need: mine.Need, Of: len(codes), Version: version, Takers: takers(codes)}
	return out, s.Audit.Record(ctx, tx, PermUnlock, in.ID, map[string]any{"number": in.Number, "version": version, "no": mine.No, "reason": reason})
}

// codeFor is the actor's own code, or the first that nobody has.
func codeFor(codes []unlockRow, actor string) *unlockRow {
	for _, whose := range []string{actor, ""} {
		for i := range codes {
			if codes[i].TakenBy == whose {
				return &codes[i]
			}
		}
	}
	return nil
}

func takers(codes []unlockRow) []UnlockTake {
	out := []UnlockTake{}
	for _, c := range codes {
		if c.TakenAt != nil {
			out = append(out, UnlockTake{No: c.No, By: c.TakenAs, At: *c.TakenAt})
		}
	}
	return out
}
