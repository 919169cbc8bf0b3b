package onestop

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/jobs"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

const (
	// Whoever tells of a new event refers to the row and is not kept waiting by this
	// lock; whoever sends is.
	lockCaseSQL = `SELECT apply_no FROM onestop_case WHERE apply_no = $1 FOR NO KEY UPDATE`
	nextSQL     = `SELECT id, apply_no, seq, endpoint, node, letter, body, state, last_error FROM onestop_message
		WHERE apply_no = $1 AND state IN ('WAITING', 'REFUSED') ORDER BY id LIMIT 1`
	lastSeqSQL  = `SELECT coalesce(max(seq), 0) FROM onestop_message WHERE apply_no = $1`
	seqSQL      = `UPDATE onestop_message SET seq = $2 WHERE id = $1`
	sentSQL     = `UPDATE onestop_message SET state = 'SENT', tries = tries + 1, last_error = '', error_code = '', receipt = $2, tried_at = $3, sent_at = $3 WHERE id = $1`
	failedSQL   = `UPDATE onestop_message SET tries = tries + 1, last_error = $2, tried_at = $3 WHERE id = $1`
	refusedSQL  = `UPDATE onestop_message SET state = 'REFUSED', tries = tries + 1, last_error = $2, error_code = $3, tried_at = $4 WHERE id = $1`
	stepSQL     = `INSERT INTO onestop_step (message, at, what, text, by_name) VALUES ($1, $2, $3, $4, $5)`
	againSQL    = `UPDATE onestop_message SET state = 'WAITING', receipt = '', sent_at = NULL WHERE apply_no = $1 AND seq >= $2 AND state = 'SENT'`
	deliverySQL = `SELECT letter, receipt, sent_at FROM onestop_message WHERE letter = ANY($1) AND endpoint = 'case/document' AND state = 'SENT'`
	unsentSQL   = `SELECT apply_no FROM (SELECT DISTINCT ON (apply_no) apply_no, state FROM onestop_message
		WHERE state IN ('WAITING', 'REFUSED') ORDER BY apply_no, id) m WHERE state = 'WAITING'`
)

// Receipts are the proofs of electronic deliveries of letters; letter.Service asks.
func Receipts(ctx context.Context, q db.Q, ids []string) (map[string]letter.Arrival, error) {
	type row struct {
		Letter string `db:"letter"`
		letter.Arrival
	}
	rows, err := db.All[row](ctx, q, deliverySQL, ids)
	out := make(map[string]letter.Arrival, len(rows))
	for _, r := range rows {
		out[r.Letter] = r.Arrival
	}
	return out, err
}

// next is the message whose turn it is.
type next struct {
	ID        int64  `db:"id"`
	ApplyNo   string `db:"apply_no"`
	Seq       int    `db:"seq"`
	Endpoint  string `db:"endpoint"`
	Node      string `db:"node"`
	Letter    string `db:"letter"`
	Body      string `db:"body"`
	State     State  `db:"state"`
	LastError string `db:"last_error"`
}

// send sends what waits for a case, in order, and stops at the first that does not
// come through.
func (s *Service) send(ctx context.Context, applyNo string) error {
	if s.Client == nil {
		return unconfigured()
	}
	for {
		more, err := s.sendNext(ctx, applyNo)
		if err != nil || !more {
			return err
		}
	}
}

// sendNext sends one message under the lock of its case: two copies of us do not
// send the same one at once, nor the one after it. What came of it is written even
// when it is a failure.
func (s *Service) sendNext(ctx context.Context, applyNo string) (more bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	// once begun it is written down, whether or not the job's time is used up
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime+writeTime)
	defer cancel()
	var failed error
	err = s.DB.InTx(keep, func(tx pgx.Tx) error {
		ctx := keep
		failed, more = nil, false
		if _, err := tx.Exec(ctx, lockCaseSQL, applyNo); err != nil {
			return fmt.Errorf("lock case: %w", err)
		}
		m, found, err := db.Maybe[next](ctx, tx, nextSQL, applyNo)
		if err != nil || !found {
			return err
		}
		if m.State == Refused {
			failed = jobs.Refuse(fault.Newf(fault.Precondition, "onestop.refused", "前面的报文被一网通办拒收，后面的等待处理：%s；请到“一网通办往来”重发或跳过", m.LastError))
			return nil
		}
		more = true
		failed, err = s.sendOne(ctx, tx, m)
		return err
	})
	if err == nil {
		err = failed
	}
	return more && err == nil, err
}

// sendOne gives a message its number, sends it and notes what came of it. failed is
// what the platform said; err is our own trouble.
func (s *Service) sendOne(ctx context.Context, tx pgx.Tx, m next) (failed, err error) {
	if m.numbered() && m.Seq == 0 {
		if m.Seq, err = db.Value[int](ctx, tx, lastSeqSQL, m.ApplyNo); err != nil {
			return nil, err
		}
		m.Seq++
		if _, err := tx.Exec(ctx, seqSQL, m.ID, m.Seq); err != nil {
			return nil, fmt.Errorf("number message: %w", err)
		}
	}
	body, l, err := s.body(ctx, tx, m)
	if err != nil {
		return nil, err
	}
	var out struct {
		Receipt string `json:"receipt"`
	}
	failed = s.Client.post(ctx, m.Endpoint, body, &out)
	if failed == nil && m.numbered() && out.Receipt == "" {
		failed = fault.New(fault.Unavailable, "onestop.answer", "一网通办平台没有给出回执，将自动重试；持续出现请联系平台方")
	}
	return s.noted(ctx, tx, m, l, out.Receipt, failed)
}

const writeTime = 10 * time.Second

// numbered says that a message is one of those whose order the platform checks.
func (m next) numbered() bool {
	switch m.Endpoint {
	case saveApply, uploadStuff, submitApply:
		return false
	}
	return true
}

// noted writes down what came of a call, and what becomes of the job.
func (s *Service) noted(ctx context.Context, tx pgx.Tx, m next, l letter.Letter, receipt string, failed error) (error, error) { //nolint:staticcheck // the first is a finding, not the error
	now := s.now()
	r, no := asRefusal(failed)
	if no && r.code == "SEQ_GAP" && r.expected > 0 && r.expected < m.Seq {
		return s.again(ctx, tx, m, r.expected)
	}
	if no {
		text := fmt.Sprintf("%s（%s）", r.message, r.code)
		if _, err := tx.Exec(ctx, refusedSQL, m.ID, text, r.code, now); err != nil {
			return nil, fmt.Errorf("note refusal: %w", err)
		}
		return jobs.Refuse(fault.Newf(fault.Precondition, "onestop.refused", "一网通办拒收第 %d 条报文（%s）：%s；请到“一网通办往来”处理", m.Seq, endpointNames[m.Endpoint], text)),
			s.step(ctx, tx, m.ID, "REFUSED", text, "")
	}
	if failed != nil {
		text := fault.From(failed).Text
		if _, err := tx.Exec(ctx, failedSQL, m.ID, text, now); err != nil {
			return nil, fmt.Errorf("note failure: %w", err)
		}
		if text == m.LastError {
			return failed, nil // a thousand of the same are one line
		}
		return failed, s.step(ctx, tx, m.ID, "FAILED", text, "")
	}
	if _, err := tx.Exec(ctx, sentSQL, m.ID, receipt, now); err != nil {
		return nil, fmt.Errorf("note receipt: %w", err)
	}
	if m.Endpoint == document && s.Delivered != nil {
		if err := s.Delivered(ctx, tx, l, receipt, now); err != nil {
			return nil, err
		}
	}
	return nil, s.step(ctx, tx, m.ID, "SENT", receipt, "")
}

// again sends once more what the platform has lost, beginning where it says: it was
// set back to an older state.
func (s *Service) again(ctx context.Context, tx pgx.Tx, m next, from int) (failed, err error) {
	if _, err := tx.Exec(ctx, againSQL, m.ApplyNo, from); err != nil {
		return nil, fmt.Errorf("send again: %w", err)
	}
	text := fmt.Sprintf("平台缺少第 %d 条及以后的报文，自动补发", from)
	return fault.New(fault.Unavailable, "onestop.gap", text), s.step(ctx, tx, m.ID, "RESENT", text, "")
}

func (s *Service) step(ctx context.Context, tx pgx.Tx, id int64, what, text, by string) error {
	if _, err := tx.Exec(ctx, stepSQL, id, s.now(), what, text, by); err != nil {
		return fmt.Errorf("note step: %w", err)
	}
	return nil
}

// body is a message as it is sent: with its number and its file. It is the same
// every time, because letters never change.
func (s *Service) body(ctx context.Context, q db.Q, m next) (out []byte, l letter.Letter, err error) {
	file := func(b *fileBody) error {
		if l, err = s.Letters.Get(ctx, q, m.Letter); err != nil {
			return err
		}
		pdf, err := s.Letters.File(ctx, q, &l)
		*b = paper(&l)
		b.File, b.SM3 = base64.StdEncoding.EncodeToString(pdf), sm.SumOf(pdf).String()
		return err
	}
	var v any
	switch m.Endpoint {
	case status:
		b := &statusBody{}
		v, err = b, json.Unmarshal([]byte(m.Body), b)
		b.Seq = m.Seq
	case correction:
		b := &correctionBody{}
		v, err = b, json.Unmarshal([]byte(m.Body), b)
		b.Seq = m.Seq
	case result:
		b := &resultBody{}
		v, err = b, json.Unmarshal([]byte(m.Body), b)
		b.Data.Seq = m.Seq
		if err == nil && m.Letter != "" {
			b.Filedata = []fileBody{{}}
			err = file(&b.Filedata[0])
		}
	case document:
		b := &documentBody{}
		if err = json.Unmarshal([]byte(m.Body), b); err == nil {
			err = file(&b.fileBody)
		}
		v, b.Seq = b, m.Seq
	default:
		return []byte(m.Body), l, nil
	}
	if err != nil {
		return nil, l, fmt.Errorf("body of message %d: %w", m.ID, err)
	}
	out, err = json.Marshal(v)
	return out, l, err
}
