package onestop

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/jobs"
	"huyun.internal/protocol/fault"
)

const (
	jobNotice = "onestop_notice"
	notice    = "message/send"
)

// notified is a notice that waits; User is empty while the platform is not known to
// know the person.
type notified struct {
	ID     string    `db:"id"`
	Person string    `db:"person"`
	Title  string    `db:"title"`
	Text   string    `db:"text"`
	At     time.Time `db:"at"`
	User   string    `db:"user_id"`
}

type noticeBody struct {
	MsgNo   string `json:"msgNo"`
	UserID  string `json:"userId"`
	Title   string `json:"title"`
	Content string `json:"content"`
	Time    string `json:"time"`
}

// Notify writes down what a person is to be told beside their applications, in the
// transaction that it tells of. Who has never come from the platform cannot be told
// by it: that waits until they do, and stands on the first page of theirs here.
func (s *Service) Notify(ctx context.Context, tx pgx.Tx, person, title, text string) error {
	id := uuid.Must(uuid.NewV7()).String()
	if _, err := tx.Exec(ctx, insertNoticeSQL, id, person, title, text, s.now()); err != nil {
		return fmt.Errorf("keep notice: %w", err)
	}
	if s.Client == nil {
		return nil // Sweep finds it when there is an address
	}
	return s.Jobs.Insert(ctx, tx, jobs.Args{Kind: jobNotice, Key: id})
}

// overdue sends what has waited for the platform to know a person.
func (s *Service) overdue(ctx context.Context, tx pgx.Tx, person string) error {
	if s.Client == nil {
		return nil
	}
	list, err := db.All[struct{ ID string }](ctx, tx, overdueSQL, person)
	for _, n := range list {
		if err == nil {
			err = s.Jobs.Insert(ctx, tx, jobs.Args{Kind: jobNotice, Key: n.ID})
		}
	}
	return err
}

// sendNotice sends one, once: its number makes the platform answer a repeated one
// with the same receipt. What came of it is written even when it is a failure.
func (s *Service) sendNotice(ctx context.Context, id string) error {
	if s.Client == nil {
		return unconfigured()
	}
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime+writeTime)
	defer cancel()
	var failed error
	err := s.DB.InTx(keep, func(tx pgx.Tx) error {
		failed = nil
		n, found, err := db.Maybe[notified](keep, tx, waitingNoticeSQL, id)
		if err != nil || !found || n.User == "" {
			return err
		}
		var out struct {
			Receipt string `json:"receipt"`
		}
		failed = s.Client.call(keep, notice, noticeBody{n.ID, n.User, n.Title, n.Text, moment(n.At)}, &out)
		if failed == nil && out.Receipt == "" {
			failed = fault.New(fault.Unavailable, "onestop.answer", "一网通办平台没有给出回执，将自动重试；持续出现请联系平台方")
		}
		state, text := Sent, ""
		if r, no := asRefusal(failed); no {
			state, text = Refused, fmt.Sprintf("%s（%s）", r.message, r.code)
			failed = jobs.Refuse(fault.Newf(fault.Precondition, "onestop.notice.refused", "一网通办拒收给本人的告知（%s）：%s；请以其他方式送达", n.Title, text))
		} else if failed != nil {
			state, text = Waiting, fault.From(failed).Text
		}
		if _, err := tx.Exec(keep, noticedSQL, id, state, out.Receipt, text, s.now()); err != nil {
			return fmt.Errorf("note notice: %w", err)
		}
		if state != Sent || s.Noticed == nil {
			return nil
		}
		return s.Noticed(keep, tx, n.Person, "已通过“一网通办”告知本人："+n.Title+"，回执 "+out.Receipt)
	})
	if err == nil {
		err = failed
	}
	return err
}

const (
	insertNoticeSQL  = `INSERT INTO onestop_notice (id, person, title, text, at) VALUES ($1, $2, $3, $4, $5)`
	waitingNoticeSQL = `SELECT n.id, n.person, n.title, n.text, n.at, coalesce(u.user_id, '') AS user_id
		FROM onestop_notice n LEFT JOIN onestop_user u ON u.person = n.person WHERE n.id = $1 AND n.state = 'WAITING' FOR UPDATE OF n`
	noticedSQL = `UPDATE onestop_notice SET state = $2, receipt = $3, last_error = $4, sent_at = CASE WHEN $2 = 'SENT' THEN $5::timestamptz END WHERE id = $1`
	overdueSQL = `SELECT id FROM onestop_notice WHERE person = $1 AND state = 'WAITING'`
	// what no job holds any more
	toTellSQL = `SELECT n.id FROM onestop_notice n JOIN onestop_user u ON u.person = n.person WHERE n.state = 'WAITING' ORDER BY n.at LIMIT 1000`
)
