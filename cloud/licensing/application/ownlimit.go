package application

import (
	"context"
	"time"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// handedIn refuses that an applicant changes online what was handed in at a window
// or by their company: papers were seen there, and somebody else signed. Fault:
// licensing.case.outside.
func (c *Case) handedIn() error {
	if c.Channel == licensing.Online {
		return nil
	}
	return fault.Newf(fault.Precondition, "licensing.case.outside", "本办件由“%s”提交，请到提交的地方修改和补正；网上只能查看和撤回", licensing.Name(licensing.Channels(), string(c.Channel)))
}

const begunSQL = `SELECT count(*) FROM licensing_case WHERE person = $1 AND channel = 'O' AND created_at > $2`

// beginMost is how many applications somebody begins online in a day, those that
// they gave up counted: each takes a number of the platform's and asks a register.
const beginMost = 30

// seldom refuses one more. Fault: licensing.case.open.often.
func (s *Service) seldom(ctx context.Context, q db.Q, of string) error {
	n, err := db.Value[int](ctx, q, begunSQL, of, s.now().Add(-24*time.Hour))
	if err != nil || n < beginMost {
		return err
	}
	return fault.Newf(fault.TooMany, "licensing.case.open.often", "一天内已开始 %d 次申请，请明天再试；暂存的申请可以继续填写", n)
}
