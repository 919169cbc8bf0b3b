package sanction

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/exam"
)

// alone lets one transaction at a time take or give back a licence: of two decisions
// that are lifted at once the second finds nothing left and gives it back.
func alone(ctx context.Context, tx pgx.Tx, l *Lock) error {
	if _, err := tx.Exec(ctx, aloneSQL, l.Licence); err != nil {
		return fmt.Errorf("hold licence: %w", err)
	}
	return nil
}

// holding are the other decisions that hold the licence of a lock.
func (s *Service) holding(ctx context.Context, tx pgx.Tx, l *Lock) ([]Lock, error) {
	if err := alone(ctx, tx, l); err != nil {
		return nil, err
	}
	return s.read(ctx, tx, holdingSQL, l.Licence, l.ID)
}

// wholly are the decisions that take the whole licence.
func wholly(others []Lock) (decisions []string) {
	for i := range others {
		if others[i].taken() == nil {
			decisions = append(decisions, others[i].DecisionNo)
		}
	}
	return decisions
}

// partly are the categories that decisions take.
func partly(others []Lock) (categories []string) {
	for i := range others {
		categories = append(categories, others[i].taken()...)
	}
	return categories
}

// untaken says what becomes of a licence by a lift of what did not hold it.
func (s *Service) untaken(ctx context.Context, tx pgx.Tx, l *Lock, was string) (string, error) {
	if was != Suspended {
		return "从业资格没有受到影响。", nil
	}
	others, err := s.holding(ctx, tx, l)
	if err != nil {
		return "", err
	}
	if len(others) > 0 {
		return s.aftermath(ctx, tx, l, others)
	}
	return "停止执行期间已恢复，继续有效。" + l.Aftermath, nil
}

// aftermath says how what was lost in between is put right: the licence has its
// old validity, or what to do when that has run out meanwhile (chapter 13.4); and
// which decisions still hold all or some of it, so that nobody goes to work with a
// licence that has not come back.
func (s *Service) aftermath(ctx context.Context, q db.Q, l *Lock, others []Lock) (string, error) {
	if whole := wholly(others); len(whole) > 0 {
		return "本决定已解除，证照没有恢复：仍按 " + strings.Join(whole, "、") + " 吊销，待其解除后恢复。", nil
	}
	if s.Licences == nil {
		return "", nil
	}
	f, err := s.Licences.One(ctx, q, l.Licence) // its number may be another than the decision's
	if err != nil {
		return "", err
	}
	return f.after(others, s.today()), nil
}

// after is how a licence is that others take some categories of.
func (f *Found) after(others []Lock, today string) string {
	var rest strings.Builder
	for i := range others {
		o := &others[i]
		names := make([]string, len(o.Categories))
		for j, c := range o.Categories {
			names[j] = exam.CategoryName(c)
		}
		rest.WriteString("“" + strings.Join(names, "”“") + "”类别仍按 " + o.DecisionNo + " 吊销，不得从事。")
	}
	still := partly(others)
	if len(others) > 0 && !slices.ContainsFunc(f.Categories, func(c string) bool { return !slices.Contains(still, c) }) {
		return "本决定已解除，证照没有恢复：" + rest.String()
	}
	return f.validity(today) + rest.String()
}

func (f *Found) validity(today string) string {
	switch {
	case f.ValidTo != "" && f.ValidTo < today && daysAfter(f.ValidTo, renewalDays) >= today:
		return "证照已于 " + f.ValidTo + " 到期，请在 " + daysAfter(f.ValidTo, renewalDays) + " 前申请换证，换证前不得上岗。"
	case f.ValidTo != "" && f.ValidTo < today:
		return "证照已于 " + f.ValidTo + " 到期超过 180 日，须重新考试申领。"
	case !f.InForce:
		return "证照现为“" + f.State + "”，不因本次解除恢复。"
	case f.ValidTo == "":
		return "证照恢复，长期有效。"
	}
	return "证照恢复原有效期至 " + f.ValidTo + "。"
}
