package audit

import (
	"context"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

func registerExport(w *web.Web, l *Log) {
	op := web.Op{ID: "audit.entry.export", Path: "/api/v1/audit/entries", Perm: PermRead}
	listing.Export(w, op, listing.Sheet[Entry]{Name: "审计记录", Columns: []listing.Column[Entry]{
		listing.Col("序号", 10, func(e Entry) any { return e.Seq }),
		listing.Col("时间", 20, func(e Entry) any { return listing.At(&e.At) }),
		listing.Col("账号", 16, func(e Entry) any { return e.Username }),
		listing.Col("地址", 18, func(e Entry) any { return e.IP }),
		listing.Col("动作", 28, func(e Entry) any { return e.Action }),
		listing.Col("对象", 38, func(e Entry) any { return e.Object }),
		listing.Col("内容", 60, func(e Entry) any { return e.Detail }),
	}}, l.RecordNow, func(ctx context.Context, in *listIn) (db.List[Entry], error) {
		return l.List(ctx, in.filter(), in.Page)
	})
}
