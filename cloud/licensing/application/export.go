package application

import (
	"context"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

var lightNames = map[Light]string{Green: "正常", Yellow: "临期", Red: "超期", NoLight: ""}

func registerExport(w *web.Web, s *Service) {
	op := web.Op{ID: "licensing.case.export", Path: cases, Perm: PermList}
	listing.Export(w, op, listing.Sheet[Case]{Name: "办件", Columns: []listing.Column[Case]{
		listing.Col("统一审批编码", 20, func(c Case) any { return c.ApplyNo }),
		listing.Col("受理号", 20, func(c Case) any { return c.AcceptNo }),
		listing.Col("事项", 40, func(c Case) any { return c.Title }),
		listing.Col("申请人", 12, func(c Case) any { return c.Name }),
		listing.Col("身份证号", 24, func(c Case) any { return c.IDNo }),
		listing.Col("渠道", 10, func(c Case) any { return licensing.Name(licensing.Channels(), string(c.Channel)) }),
		listing.Col("状态", 12, func(c Case) any { return c.StateName }),
		listing.Col("审查意见", 12, func(c Case) any { return c.Opinion }),
		listing.Col("收件日期", 14, func(c Case) any { return day(c.AppliedOn) }),
		listing.Col("受理日期", 14, func(c Case) any { return day(c.AcceptedOn) }),
		listing.Col("决定日期", 14, func(c Case) any { return day(c.DecidedOn) }),
		listing.Col("到期日", 14, func(c Case) any { return day(c.Due) }),
		listing.Col("时限", 10, func(c Case) any { return lightNames[c.Light] }),
		listing.Col("办结时间", 20, func(c Case) any { return listing.At(c.Completed) }),
	}}, s.Audit.RecordNow, func(ctx context.Context, in *listIn) (db.List[Case], error) {
		return s.List(ctx, in.filter(), in.Page)
	})
}

// Of are the applications of a person, and of the files merged into theirs, the
// newest first. It checks no right.
func (s *Service) Of(ctx context.Context, q db.Q, person string) ([]Case, error) {
	list, err := db.All[Case](ctx, q, ofPersonSQL, person)
	for i := range list {
		s.entitle(&list[i])
	}
	return list, err
}

// Holders counts the open cases of a matter by the version that they began with.
// It checks no right.
func (s *Service) Holders(ctx context.Context, q db.Q, code string) (map[int]int, error) {
	rows, err := db.All[struct{ Version, Cases int }](ctx, q, holdersSQL, code)
	out := map[int]int{}
	for _, r := range rows {
		out[r.Version] = r.Cases
	}
	return out, err
}

// OpenOf counts the open cases of people by their blind indexes. It checks no right.
func (s *Service) OpenOf(ctx context.Context, q db.Q, blinds [][]byte) (int, error) {
	return db.Value[int](ctx, q, openOfSQL, blinds)
}

// Tally is how many cases there are, and how many of them are overdue.
type Tally struct {
	Overdue int `json:"overdue" db:"overdue"`
	Cases   int `json:"cases" db:"cases"`
}

// Count is the work that lies in a step.
type Count struct {
	State licensing.State `json:"state" db:"state"`
	Tally
}

// Counts are the numbers of the work queues.
type Counts struct {
	States []Count `json:"states"`
	Refuse Tally   `json:"refuse" doc:"拟不予许可，还没有决定"`
	Extend Tally   `json:"extend" doc:"待批延期"`
}

// Counts tells the work that lies in each step.
func (s *Service) Counts(ctx context.Context) (out Counts, err error) {
	if _, err = auth.Require(ctx, PermList); err != nil {
		return out, err
	}
	var refuse, extend []Tally
	var b db.Batch
	db.Read(&b, &out.States, countSQL, s.today())
	db.Read(&b, &refuse, refusingSQL, s.today())
	db.Read(&b, &extend, proposedSQL, s.today())
	if err = b.Send(ctx, s.DB); err != nil {
		return out, err
	}
	out.Refuse, out.Extend = refuse[0], extend[0]
	return out, nil
}
