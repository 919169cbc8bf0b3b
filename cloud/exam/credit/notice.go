package credit

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/printout"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

const noticesSQL = examsSQL + ` WHERE s.id = $1 AND ($2 = '' OR c.id = $2) ORDER BY c.seq`

// Notices are the notices of results of a published sitting, or of one
// candidate, as a PDF. Faults: exam.credit.notice.state, page.font.
func (s *Service) Notices(ctx context.Context, id, candidate string) (sitting.Sheet, error) {
	var in sitting.Sitting
	var head printout.Sitting
	var list []Exam
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		var err error
		if in, err = s.sittings.Readable(ctx, tx, PermNotice, id); err != nil {
			return err
		}
		if in.State != sitting.Published {
			return fault.Newf(fault.Precondition, "exam.credit.notice.state", "场次当前为“%s”，成绩发布后才能打印通知单", sitting.StateName(in.State))
		}
		if list, err = db.All[Exam](ctx, tx, noticesSQL, id, candidate); err != nil {
			return err
		}
		if len(list) == 0 {
			return db.Missing()
		}
		if head, err = s.sittings.Heading(ctx, tx, in); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermNotice, id, map[string]any{"candidate": candidate, "people": len(list)})
	})
	if err != nil {
		return sitting.Sheet{}, err
	}
	actor, _ := auth.From(ctx)
	issued := fmt.Sprintf("考试中心已公布成绩。打印人 %s，%s。本通知单不是从业资格证明。", actor.Name, clock.Text(s.clock.Now()))
	out := make([]printout.Notice, len(list))
	for i := range list {
		out[i] = list[i].notice()
	}
	data, err := printout.Notices(head, issued, out)
	return sitting.Sheet{Name: "成绩通知单-" + in.Number + ".pdf", Data: data}, err
}

// notice says what a candidate reached and what they can do now.
func (e *Exam) notice() printout.Notice {
	out := printout.Notice{
		Person: printout.Person{Name: e.Name, IDNo: e.IDNo, Admission: e.Admission},
		Result: vocabulary.OutcomeName(e.Outcome),
		Facts:  [][2]string{{"本次考试", turnNames[e.Turn]}},
	}
	if e.Score != nil && e.Full != nil {
		out.Facts = append(out.Facts, [2]string{"成　　绩", fmt.Sprintf("%s 分（满分 %s，合格 %s）", e.Score, e.Full, e.Pass)})
	}
	if e.Practical != "" {
		out.Facts = append(out.Facts, [2]string{"应会考试", practicalNames[e.Practical]})
	}
	out.Next = append(e.next(), "对成绩有异议的，请向考试中心申请成绩复查。")
	return out
}

// next is what chapter 9.7 of the domain reference leaves open to somebody.
func (e *Exam) next() []string {
	switch {
	case e.Outcome == vocabulary.OutcomePassed && e.Until != nil:
		return []string{fmt.Sprintf("本科目合格成绩有效期至 %s（含当天）。", e.Until.AddDate(0, 0, -1).Format("2006年1月2日")), "全部科目在有效期内合格后，可以申请从业资格。"}
	case e.Outcome == vocabulary.OutcomeWithheld:
		return []string{"身份核验还没有定论，考试中心处理后另行通知。"}
	case e.Outcome == vocabulary.OutcomeVoid:
		return []string{"因违纪取消当次资格，成绩无效；再次参加考试须重新报名缴费，禁考期内不得报考。"}
	case e.Turn == sitting.FirstTurn:
		return []string{
			fmt.Sprintf("可以补考一次，时间在 %s 至 %s 之间。", date(sitting.FirstMakeup(e.StartsAt)), date(sitting.LastMakeup(e.StartsAt))),
			"缺考计入次数，补考仍不合格须重新报名缴费。",
		}
	}
	return []string{"补考没有通过，再次参加考试须重新报名缴费。"}
}

func date(d clock.Date) string {
	return fmt.Sprintf("%d年%d月%d日", d.Year, int(d.Month), d.Day)
}
