package venue

import (
	"context"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

var stateNames = map[State]string{Ready: "可排考", Suspended: "暂停", Disabled: "停用"}

func registerExport(w *web.Web, s *Service) {
	op := web.Op{ID: "exam.venue.export", Path: "/api/v1/exam/venues", Perm: PermList}
	listing.Export(w, op, listing.Sheet[Venue]{Name: "分考场", Columns: []listing.Column[Venue]{
		listing.Col("代码", 8, func(v Venue) any { return v.Code }),
		listing.Col("名称", 28, func(v Venue) any { return v.Name }),
		listing.Col("所在区", 12, func(v Venue) any { return v.District }),
		listing.Col("地址", 36, func(v Venue) any { return v.Address }),
		listing.Col("考室", 8, func(v Venue) any { return v.RoomCount }),
		listing.Col("座位", 8, func(v Venue) any { return v.Seats }),
		listing.Col("联系人", 12, func(v Venue) any { return v.Contact }),
		listing.Col("电话", 16, func(v Venue) any { return v.Mobile }),
		listing.Col("状态", 10, func(v Venue) any { return listing.Word(stateNames, v.State) }),
		listing.Col("原因", 24, func(v Venue) any { return v.Reason }),
		listing.Col("最近修改", 20, func(v Venue) any { return listing.At(&v.ChangedAt) }),
	}}, s.audit.RecordNow, func(ctx context.Context, in *listIn) (db.List[Venue], error) { return s.List(ctx, in.State, in.Page) })
}
