package jobs

import (
	"context"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

var stateNames = map[State]string{Waiting: "等待执行", Running: "正在执行", Later: "等待重试", Stuck: "需要处理"}

func registerExport(w *web.Web, q *Queue) {
	of := listing.Sheet[Job]{Name: "外部调用任务", Columns: []listing.Column[Job]{
		listing.Col("任务", 24, func(j Job) any { return j.Title }),
		listing.Col("关于", 22, func(j Job) any { return j.Key }),
		listing.Col("状态", 12, func(j Job) any { return listing.Word(stateNames, j.State) }),
		listing.Col("已尝试", 10, func(j Job) any { return j.Tries }),
		listing.Col("最近一次的问题", 60, func(j Job) any { return j.LastError }),
		listing.Col("开始时间", 20, func(j Job) any { return listing.At(&j.Since) }),
		listing.Col("最近尝试", 20, func(j Job) any { return listing.At(j.Tried) }),
		listing.Col("下次重试", 20, func(j Job) any { return listing.At(j.Next) }),
	}}
	record := func(ctx context.Context, action, object string, detail any) error {
		return q.audit.RecordNow(ctx, action, object, detail)
	}
	listing.Export(w, web.Op{ID: "jobs.export", Path: path, Perm: PermList}, of, record, func(ctx context.Context, in *listIn) (db.List[Job], error) {
		return q.List(ctx, Filter{in.Kind, in.State}, in.Page)
	})
}
