package node

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

var (
	stateNames = map[State]string{Active: "正常", Quarantined: "已隔离", Revoked: "已注销"}
	laneNames  = map[string]string{"exam": "考试", "rest": "其他"}
)

// at is a row with the name of its venue, which this domain does not know.
type at[T any] struct {
	Of    T
	Venue string
}

func (s *Service) registerExports(w *web.Web) {
	nodes := web.Op{ID: "node.export", Path: "/api/v1/nodes", Perm: PermList}
	listing.Export(w, nodes, listing.Sheet[at[Row]]{Name: "边缘设备", Columns: []listing.Column[at[Row]]{
		listing.Col("设备名称", 20, func(r at[Row]) any { return r.Of.Name }),
		listing.Col("分考场", 28, func(r at[Row]) any { return r.Venue }),
		listing.Col("设备编号", 38, func(r at[Row]) any { return r.Of.ID }),
		listing.Col("状态", 10, func(r at[Row]) any { return listing.Word(stateNames, r.Of.State) }),
		listing.Col("在线", 8, func(r at[Row]) any { return listing.Or(r.Of.Online, "在线", "失联") }),
		listing.Col("最近上报", 20, func(r at[Row]) any { return listing.At(r.Of.ReceivedAt) }),
		listing.Col("待处置上报", 12, func(r at[Row]) any { return r.Of.Dead }),
		listing.Col("证书到期", 20, func(r at[Row]) any { return listing.At(&r.Of.NotAfter) }),
		listing.Col("原因", 24, func(r at[Row]) any { return r.Of.Reason }),
	}}, s.recordNow, func(ctx context.Context, in *boardIn) (db.List[at[Row]], error) {
		list, err := s.Board(ctx, Filter{in.State, in.Contact}, in.Page)
		return named(ctx, s, list, err, func(r Row) string { return r.Venue })
	})
	codes := web.Op{ID: "node.enrolment.export", Path: "/api/v1/node-enrolments", Perm: PermCodes}
	listing.Export(w, codes, listing.Sheet[at[Enrolment]]{Name: "设备注册码", Columns: []listing.Column[at[Enrolment]]{
		listing.Col("设备名称", 20, func(r at[Enrolment]) any { return r.Of.Name }),
		listing.Col("分考场", 28, func(r at[Enrolment]) any { return r.Venue }),
		listing.Col("状态", 10, func(r at[Enrolment]) any { return standings[r.Of.standing(s.Now())] }),
		listing.Col("申请人", 16, func(r at[Enrolment]) any { return r.Of.CreatedBy }),
		listing.Col("申请时间", 20, func(r at[Enrolment]) any { return listing.At(&r.Of.CreatedAt) }),
		listing.Col("批准人", 16, func(r at[Enrolment]) any { return r.Of.ApprovedBy }),
		listing.Col("有效期至", 20, func(r at[Enrolment]) any { return listing.At(&r.Of.ExpiresAt) }),
		listing.Col("使用时间", 20, func(r at[Enrolment]) any { return listing.At(r.Of.UsedAt) }),
	}}, s.recordNow, func(ctx context.Context, in *codesIn) (db.List[at[Enrolment]], error) {
		list, err := s.Codes(ctx, in.filter(), in.Page)
		return named(ctx, s, list, err, func(e Enrolment) string { return e.Venue })
	})
	dead := web.Op{ID: "node.dead.export", Path: "/api/v1/node-dead-letters", Perm: PermDead}
	listing.Export(w, dead, listing.Sheet[Dead]{Name: "待处置上报", Columns: []listing.Column[Dead]{
		listing.Col("设备编号", 38, func(d Dead) any { return d.Node }),
		listing.Col("通道", 8, func(d Dead) any { return listing.Word(laneNames, d.Lane) }),
		listing.Col("序号", 10, func(d Dead) any { return d.Seq }),
		listing.Col("种类", 26, func(d Dead) any { return d.Kind }),
		listing.Col("代码", 26, func(d Dead) any { return d.Code }),
		listing.Col("原因", 50, func(d Dead) any { return d.Reason }),
		listing.Col("收到时间", 20, func(d Dead) any { return listing.At(&d.At) }),
		listing.Col("处置人", 16, func(d Dead) any { return d.SettledBy }),
		listing.Col("处置时间", 20, func(d Dead) any { return listing.At(d.SettledAt) }),
	}}, s.recordNow, func(ctx context.Context, in *deadIn) (db.List[Dead], error) {
		return s.DeadLetters(ctx, in.Open, in.Page)
	})
}

// named puts the names of venues to a list, each asked for once.
func named[T any](ctx context.Context, s *Service, list db.List[T], err error, venue func(T) string) (db.List[at[T]], error) {
	out, names := db.List[at[T]]{Total: list.Total}, map[string]string{}
	if err != nil {
		return out, err
	}
	for _, row := range list.Items {
		id := venue(row)
		if _, known := names[id]; !known {
			if names[id], err = s.Venue(ctx, s.DB, id); err != nil {
				return out, err
			}
		}
		out.Items = append(out.Items, at[T]{row, names[id]})
	}
	return out, nil
}

// recordNow records what changes nothing else.
func (s *Service) recordNow(ctx context.Context, action, object string, detail any) error {
	return s.DB.InTx(ctx, func(tx pgx.Tx) error { return s.Audit.Record(ctx, tx, action, object, detail) })
}

var standings = map[string]string{"WAITING": "待批准", "READY": "待使用", "USED": "已使用", "EXPIRED": "已过期"}

func (e *Enrolment) standing(now time.Time) string {
	switch {
	case e.UsedAt != nil:
		return "USED"
	case e.ExpiresAt.Before(now):
		return "EXPIRED"
	case e.ApprovedAt != nil:
		return "READY"
	}
	return "WAITING"
}
