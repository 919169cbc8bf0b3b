package onestop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/external"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

// Where and as whom the platform calls.
const (
	Path   = "/partner/v1/onestop/"
	Sender = "onestop-sh"
	Perm   = "external.onestop.push"
)

type (
	supplementIn struct {
		CallbackNo string `json:"callbackNo"`
		ApplyNo    string `json:"applyNo"`
		At         string `json:"at"`
		Note       string `json:"note"`
	}
	withdrawIn struct {
		CallbackNo string `json:"callbackNo"`
		ApplyNo    string `json:"applyNo"`
		At         string `json:"at"`
		Reason     string `json:"reason"`
	}
	supplementOut struct {
		CallbackNo string `json:"callbackNo"`
		Accepted   bool   `json:"accepted"`
		Reason     string `json:"reason,omitempty"`
	}
	withdrawOut struct {
		CallbackNo string `json:"callbackNo"`
		Allowed    bool   `json:"allowed"`
		Reason     string `json:"reason,omitempty"`
	}
)

// Inbound receives callbacks about cases.
type Inbound struct {
	DB    *db.DB
	Clock clock.Clock
	Log   *slog.Logger
	Cases Cases
}

// Register adds the operations to the partner interface.
func (in *Inbound) Register(w *web.Web) {
	external.Receive(w, web.Op{ID: "external.onestop.supplement", Perm: Perm, Method: http.MethodPost, Path: Path + "supplement", Summary: "接收补正提交"}, in.Log, in.supplement)
	external.Receive(w, web.Op{ID: "external.onestop.withdraw", Perm: Perm, Method: http.MethodPost, Path: Path + "withdraw", Summary: "接收撤回申请"}, in.Log, in.withdraw)
}

const (
	heardSQL  = `INSERT INTO onestop_callback (callback_no, kind, apply_no, digest, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
	answerSQL = `SELECT digest, answer FROM onestop_callback WHERE callback_no = $1 FOR UPDATE`
	saidSQL   = `UPDATE onestop_callback SET answer = $2 WHERE callback_no = $1`
)

func (in *Inbound) supplement(ctx context.Context, _ string, m supplementIn) (supplementOut, error) {
	m.Note = strings.TrimSpace(m.Note)
	if err := proper(m.CallbackNo, m.ApplyNo, m.At, m.Note); err != nil {
		return supplementOut{}, err
	}
	return once(ctx, in, "supplement", m.CallbackNo, m.ApplyNo, m, func(tx pgx.Tx) error {
		return in.Cases.SupplementFor(ctx, tx, m.ApplyNo, eventID(m.CallbackNo))
	}, func(why string) supplementOut { return supplementOut{m.CallbackNo, why == "", why} })
}

func (in *Inbound) withdraw(ctx context.Context, _ string, m withdrawIn) (withdrawOut, error) {
	m.Reason = strings.TrimSpace(m.Reason)
	if err := proper(m.CallbackNo, m.ApplyNo, m.At, m.Reason); err != nil {
		return withdrawOut{}, err
	}
	return once(ctx, in, "withdraw", m.CallbackNo, m.ApplyNo, m, func(tx pgx.Tx) error {
		return in.Cases.WithdrawFor(ctx, tx, m.ApplyNo, m.Reason, eventID(m.CallbackNo))
	}, func(why string) withdrawOut { return withdrawOut{m.CallbackNo, why == "", why} })
}

// eventID names the event of a callback in the case's course.
func eventID(callbackNo string) string { return "onestop:" + callbackNo }

const mostNo = 48 // an event's id is 64 at most

func proper(no, applyNo, at, text string) error {
	var bad []string
	if len(no) > mostNo || !person.Line(no) || strings.TrimSpace(no) == "" {
		bad = append(bad, "callbackNo：应为不超过 48 个字符的一行文字")
	}
	if !applyForm.MatchString(applyNo) {
		bad = append(bad, "applyNo：应为 15 位数字")
	}
	if _, err := time.Parse(time.RFC3339, at); err != nil {
		bad = append(bad, "at：应为 RFC 3339 时间")
	}
	if len([]rune(text)) > 500 {
		bad = append(bad, "note、reason：不超过 500 字")
	} else if text != "" && !person.Lines(text) {
		bad = append(bad, "note、reason：含有控制字符等看不见的字符，请删除后重发")
	}
	if _, err := person.CheckText(struct {
		Text string `text:"lines"`
	}{text}); fault.Is(err, "request.text.id") {
		bad = append(bad, "文字字段中不能出现身份证号码")
	}
	if len(bad) > 0 {
		return fault.Newf(fault.Invalid, "external.onestop.fields", "未接收，有 %d 处错误：%s", len(bad), strings.Join(bad, "；"))
	}
	return nil
}

// once does what a callback asks for the first time it comes, and answers as before
// whenever it comes again. What the case refuses is an answer; what is our own
// trouble is none, and the platform sends it again. Fault: external.onestop.reused.
func once[A any](ctx context.Context, in *Inbound, kind, no, applyNo string, m any, do func(tx pgx.Tx) error, say func(why string) A) (A, error) {
	var out A
	raw, err := json.Marshal(m)
	if err != nil {
		return out, fmt.Errorf("read callback: %w", err)
	}
	digest := sm.Sum([]byte(kind), raw)
	return out, in.DB.InTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, heardSQL, no, kind, applyNo, digest[:], in.Clock.Now().UTC())
		if err != nil {
			return fmt.Errorf("keep callback: %w", err)
		}
		if tag.RowsAffected() == 0 {
			old, err := db.Row[struct {
				Digest []byte `db:"digest"`
				Answer string `db:"answer"`
			}](ctx, tx, answerSQL, no)
			if err == nil && !bytes.Equal(old.Digest, digest[:]) {
				err = fault.New(fault.Conflict, "external.onestop.reused", "这个回调编号已用于另一内容，未接收")
			}
			if err != nil {
				return err
			}
			return json.Unmarshal([]byte(old.Answer), &out)
		}
		why, err := attempt(ctx, tx, do)
		if err != nil {
			return err
		}
		out = say(why)
		answer, err := json.Marshal(out)
		if err == nil {
			_, err = tx.Exec(ctx, saidSQL, no, string(answer))
		}
		return err
	})
}

// attempt does it in a transaction within the transaction: what the case refuses
// leaves nothing behind but the answer.
func attempt(ctx context.Context, tx pgx.Tx, do func(tx pgx.Tx) error) (why string, err error) {
	inner, err := tx.Begin(ctx)
	if err != nil {
		return "", fmt.Errorf("begin: %w", err)
	}
	if err := do(inner); err != nil {
		switch f := fault.From(err); f.Kind {
		case fault.Invalid, fault.Conflict, fault.Precondition, fault.NotFound, fault.Forbidden:
			return f.Text, inner.Rollback(ctx)
		default:
			return "", err
		}
	}
	return "", inner.Commit(ctx)
}
