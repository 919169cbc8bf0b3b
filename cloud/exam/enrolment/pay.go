package enrolment

import (
	"context"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Payment is a paid 非税收入一般缴款书 as a clerk reads it off the paper.
type Payment struct {
	Notice  string     `json:"notice_no" minLength:"6" maxLength:"30" doc:"非税收入一般缴款书号码"`
	On      clock.Date `json:"paid_on" doc:"缴款日期"`
	Fen     int64      `json:"fen" minimum:"1" doc:"实缴，分"`
	Version int        `json:"version" minimum:"1" doc:"页面所见的版本"`
}

// Pay registers a payment by hand; the treasury is not asked. The same notice on
// the same enrolment again changes nothing. Faults: record.missing,
// exam.enrolment.pay.paid, .ended, .stale, .amount, .date, .notice, .used.
func (s *Service) Pay(ctx context.Context, id string, in Payment) (Enrolment, error) {
	actor, err := auth.Require(ctx, PermPay)
	if err != nil {
		return Enrolment{}, err
	}
	// one paper has one number, however it is typed
	in.Notice = strings.ToUpper(strings.ReplaceAll(in.Notice, "-", ""))
	var out Enrolment
	err = s.audit.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		e, err := s.locked(ctx, tx, id)
		if err != nil {
			return err
		}
		out = e
		if e.NoticeNo == in.Notice && e.PaidOn == in.On && e.Fen == in.Fen {
			return nil
		}
		if err := s.payable(ctx, tx, &e, in); err != nil {
			return err
		}
		now := s.now()
		e.NoticeNo, e.PaidOn, e.PaidAt, e.PaidBy, e.PaidName = in.Notice, in.On, &now, actor.ID, actor.Name
		if err := s.update(ctx, tx, &e); err != nil {
			return err
		}
		if err := s.Note(ctx, tx, e, "登记考试费缴款 "+Yuan(e.Fen)+"，缴款书 "+e.NoticeNo+"（窗口人工登记，尚未与非税系统核对）"); err != nil {
			return err
		}
		if out, err = db.Row[Enrolment](ctx, tx, oneSQL, id); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermPay, e.ID, map[string]any{"apply_no": e.ApplyNo, "notice": e.NoticeNo, "fen": e.Fen, "day": e.PaidOn.String()})
	})
	if db.IsUnique(err, noticeIndex) { // two clerks with one notice at once
		err = used()
	}
	return out, err
}

// payableFrom is the first day on which this enrolment can have been paid: that of the
// acceptance, from which ArrangeBy is counted. Where an earlier day ends the resits, that
// many days before it.
func (e *Enrolment) payableFrom() clock.Date { return e.ArrangeBy.Add(-ArrangeDays) }

var noticeForm = regexp.MustCompile(`^[0-9A-Z]{6,30}$`)

func used() error {
	return fault.New(fault.Conflict, "exam.enrolment.pay.used", "这张缴款书已用于其他报名，一张缴款书只能登记一次；请核对号码")
}

func (s *Service) payable(ctx context.Context, tx pgx.Tx, e *Enrolment, in Payment) error {
	switch {
	case !noticeForm.MatchString(in.Notice):
		return fault.New(fault.Invalid, "exam.enrolment.pay.notice", "缴款书号码为 6 至 30 位数字、字母或连字符，请按缴款书填写")
	case e.EndedAt != nil:
		return fault.New(fault.Precondition, "exam.enrolment.pay.ended", "该报名已终止，不能登记缴款；已缴款的请按规定申请退付")
	case e.NoticeNo != "":
		return fault.Newf(fault.Conflict, "exam.enrolment.pay.paid", "该报名已登记缴款（缴款书 %s），不能重复登记；多缴的请按规定申请退付", e.NoticeNo)
	case in.Version != e.Version:
		return fault.New(fault.Conflict, "exam.enrolment.pay.stale", "该报名已被他人办理，请刷新后查看最新状态")
	case in.Fen != e.Fen:
		return fault.Newf(fault.Invalid, "exam.enrolment.pay.amount", "缴款金额应为 %s，与所填 %s 不符；请核对缴款书，金额不符的不能登记", Yuan(e.Fen), Yuan(in.Fen))
	case in.On.IsZero():
		return fault.New(fault.Invalid, "exam.enrolment.pay.date", "请填写缴款日期")
	case s.today().Before(in.On):
		return fault.New(fault.Invalid, "exam.enrolment.pay.date", "缴款日期不能晚于今天，请按缴款书核对")
	case in.On.Before(e.payableFrom()):
		return fault.Newf(fault.Invalid, "exam.enrolment.pay.date", "缴款日期不能早于受理日期 %s：受理前的缴款书不是本次报名的，请按缴款书核对日期和号码", e.payableFrom())
	}
	taken, err := db.Value[bool](ctx, tx, noticeSQL, in.Notice, e.ID)
	if err == nil && taken {
		err = used()
	}
	return err
}
