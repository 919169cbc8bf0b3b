package score

import (
	"context"
	"fmt"
	"strings"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// Basis counts the records that a round rests on. They are only ever added to,
// so equal counts are the same records.
type Basis struct {
	Answers        int `json:"answers" db:"answers"`
	Handins        int `json:"handins" db:"handins"`
	Irregularities int `json:"irregularities" db:"irregularities"`
	Rulings        int `json:"rulings" db:"rulings"`
	Checks         int `json:"checks" db:"checks"`
	Anomalies      int `json:"anomalies" db:"anomalies"`
	Annulments     int `json:"annulments" db:"annulments"`
}

const basisSQL = `SELECT (SELECT count(*) FROM exam_answer WHERE sitting = $1)::int AS answers,
	(SELECT count(*) FROM exam_handin WHERE sitting = $1)::int AS handins,
	(SELECT count(*) FROM exam_irregularity WHERE sitting = $1)::int AS irregularities,
	(SELECT count(*) FROM exam_ruling WHERE sitting = $1)::int AS rulings,
	(SELECT count(*) FROM exam_verification WHERE sitting = $1)::int AS checks,
	(SELECT count(*) FROM exam_anomaly WHERE sitting = $1)::int AS anomalies,
	(SELECT count(*) FROM exam_annulment WHERE sitting = $1)::int AS annulments`

func basisOf(ctx context.Context, q db.Q, sitting string) (Basis, error) {
	b, _, err := db.Maybe[Basis](ctx, q, basisSQL, sitting)
	return b, err
}

// since names in Chinese what has come after b; empty for nothing.
func (b Basis) since(now Basis) string {
	var out []string
	for _, c := range []struct {
		name     string
		was, now int
	}{
		{"答案", b.Answers, now.Answers}, {"交卷", b.Handins, now.Handins}, {"违纪", b.Irregularities, now.Irregularities},
		{"违纪复核", b.Rulings, now.Rulings}, {"身份核验", b.Checks, now.Checks}, {"矛盾上报", b.Anomalies, now.Anomalies},
		{"试题作废", b.Annulments, now.Annulments},
	} {
		if c.was != c.now {
			out = append(out, fmt.Sprintf("%s %d 条", c.name, c.now-c.was))
		}
	}
	return strings.Join(out, "、")
}

// late says what has come since a round was run.
func (s *Service) late(ctx context.Context, q db.Q, r Round) (string, error) {
	now, err := basisOf(ctx, q, r.Sitting)
	return r.Basis.since(now), err
}

// settled refuses results that something could still change. Faults:
// exam.score.late, exam.score.unruled.
func (s *Service) settled(ctx context.Context, q db.Q, r Round) error {
	_, unruled, err := s.conduct.Bearings(ctx, q, r.Sitting)
	if err != nil {
		return err
	}
	if unruled > 0 {
		return fault.Newf(fault.Precondition, "exam.score.unruled", "还有 %d 条违纪没有复核，请先在“违纪复核”里逐条复核，再重新复算", unruled)
	}
	late, err := s.late(ctx, q, r)
	if err == nil && late != "" {
		err = fault.New(fault.Precondition, "exam.score.late", "复算之后又收到"+late+"，请重新复算后再确认")
	}
	return err
}
