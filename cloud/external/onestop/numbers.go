package onestop

import (
	"context"
	"fmt"
	"regexp"
	"strconv"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/jobs"
	"huyun.internal/protocol/fault"
)

const (
	// fullNumbers are kept for each item, so that applications can begin while the
	// platform is down; below lowNumbers more are asked for.
	fullNumbers = 100
	lowNumbers  = 40
	// oursFrom is the first serial that is not the platform's.
	oursFrom = 5_000_000

	takeSQL = `UPDATE onestop_number SET taken_at = $2 WHERE apply_no = (
		SELECT apply_no FROM onestop_number WHERE item_code = $1 AND taken_at IS NULL AND substr(apply_no, 7, 2) = $3
		ORDER BY apply_no LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING apply_no`
	freeSQL   = `SELECT count(*) FROM (SELECT 1 FROM onestop_number WHERE item_code = $1 AND taken_at IS NULL AND substr(apply_no, 7, 2) = $3 LIMIT $2) AS free`
	addSQL    = `INSERT INTO onestop_number (apply_no, item_code, got_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	stocksSQL = `SELECT item_code, count(*) FILTER (WHERE taken_at IS NULL AND substr(apply_no, 7, 2) = $1) AS free, max(got_at) AS got_at FROM onestop_number GROUP BY item_code ORDER BY item_code`
)

var applyForm = regexp.MustCompile(`^\d{15}$`)

// Number takes one of the platform's numbers for an item; empty when none is in
// reserve. A transaction that rolls back leaves it there.
func (s *Service) Number(ctx context.Context, tx pgx.Tx, item string) (string, error) {
	got, _, err := db.Maybe[struct {
		ApplyNo string `db:"apply_no"`
	}](ctx, tx, takeSQL, item, s.now(), s.year())
	if err != nil || s.Client == nil {
		return got.ApplyNo, err
	}
	left, err := db.Value[int](ctx, tx, freeSQL, item, lowNumbers, s.year())
	if err == nil && left < lowNumbers {
		err = s.Jobs.Insert(ctx, tx, jobs.Args{Kind: jobNumbers, Key: item})
	}
	return got.ApplyNo, err
}

// year is what numbers of today have in them; last year's are left lying.
func (s *Service) year() string { return fmt.Sprintf("%02d", s.today().Year%100) }

// refill asks for numbers until the reserve is full. Numbers of an answer that was
// lost are lost at the platform, which has enough.
func (s *Service) refill(ctx context.Context, item string) error {
	if s.Client == nil {
		return unconfigured()
	}
	free, err := db.Value[int](ctx, s.DB, freeSQL, item, fullNumbers, s.year())
	if err != nil || free >= fullNumbers {
		return err
	}
	var out struct {
		Numbers []string `json:"aplyNos"`
	}
	err = s.Client.call(ctx, "getApplyNoByItemNo.do", map[string]any{"itemCode": item, "count": fullNumbers - free}, &out)
	if r, ok := asRefusal(err); ok {
		return jobs.Refuse(fault.Newf(fault.Precondition, "onestop.numbers", "一网通办不发放该事项（%s）的编码：%s（%s）；请与平台方核对事项编码", item, r.message, r.code))
	}
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		for _, no := range out.Numbers {
			serial, err := strconv.Atoi(no[max(len(no)-7, 0):])
			if err != nil || serial >= oursFrom || !applyForm.MatchString(no) || len(item) < 6 || no[:6] != item[:6] {
				return jobs.Refuse(fault.New(fault.Precondition, "onestop.numbers.form", "一网通办发放的编码不符合约定（15 位数字、事项前 6 位、流水号小于 5000000），没有采用；请联系平台方"))
			}
			if _, err := tx.Exec(ctx, addSQL, no, item, s.now()); err != nil {
				return fmt.Errorf("keep number: %w", err)
			}
		}
		return nil
	})
}
