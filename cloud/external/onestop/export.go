package onestop

import (
	"context"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

var (
	stateNames      = map[State]string{Waiting: "待发送", Sent: "已送达", Refused: "被拒收", Skipped: "已跳过"}
	differenceNames = map[string]string{Missing: "平台没有", Seq: "条数不一致", Node: "节点不一致", Document: "文书不一致"}
)

// registerExports exports every list as it is shown.
func registerExports(w *web.Web, s *Service) {
	record := s.Audit.RecordNow
	listing.Export(w, web.Op{ID: "onestop.export", Path: messages, Perm: PermList}, messageSheet(), record, func(ctx context.Context, in *listIn) (db.List[Message], error) {
		return s.Messages(ctx, Filter(in.FilterIn), in.Page)
	})
	listing.Export(w, web.Op{ID: "onestop.report.export", Path: reports, Perm: PermList}, reportSheet(), record, func(ctx context.Context, in *reportsIn) (db.List[Report], error) {
		return s.Reports(ctx, in.Page)
	})
	listing.Export(w, web.Op{ID: "onestop.difference.export", Path: differences, Perm: PermList}, differenceSheet(), record, func(ctx context.Context, in *differIn) (db.List[Difference], error) {
		return s.Differences(ctx, in.Report, in.Kind, in.Page)
	})
}

func messageSheet() listing.Sheet[Message] {
	return listing.Sheet[Message]{Name: "一网通办往来", Columns: []listing.Column[Message]{
		listing.Col("统一审批编码", 20, func(m Message) any { return m.ApplyNo }),
		listing.Col("序号", 8, func(m Message) any { return m.Seq }),
		listing.Col("报文", 14, func(m Message) any { return m.What }),
		listing.Col("节点", 14, func(m Message) any { return m.NodeName }),
		listing.Col("办理时间", 20, func(m Message) any { return listing.At(&m.OpTime) }),
		listing.Col("状态", 10, func(m Message) any { return listing.Word(stateNames, m.State) }),
		listing.Col("已尝试", 10, func(m Message) any { return m.Tries }),
		listing.Col("最近一次的问题", 50, func(m Message) any { return m.LastError }),
		listing.Col("回执", 30, func(m Message) any { return m.Receipt }),
		listing.Col("送达时间", 20, func(m Message) any { return listing.At(m.SentAt) }),
	}}
}

func reportSheet() listing.Sheet[Report] {
	return listing.Sheet[Report]{Name: "一网通办核对记录", Columns: []listing.Column[Report]{
		listing.Col("开始时间", 20, func(r Report) any { return listing.At(&r.BegunAt) }),
		listing.Col("发起", 14, func(r Report) any { return r.By }),
		listing.Col("完成时间", 20, func(r Report) any { return listing.At(r.EndedAt) }),
		listing.Col("核对办件", 12, func(r Report) any { return r.Cases }),
		listing.Col("差异", 10, func(r Report) any { return r.Differences }),
	}}
}

func differenceSheet() listing.Sheet[Difference] {
	return listing.Sheet[Difference]{Name: "一网通办核对差异", Columns: []listing.Column[Difference]{
		listing.Col("统一审批编码", 20, func(d Difference) any { return d.ApplyNo }),
		listing.Col("差异", 14, func(d Difference) any { return listing.Word(differenceNames, d.Kind) }),
		listing.Col("本系统", 30, func(d Difference) any { return d.Ours }),
		listing.Col("一网通办", 30, func(d Difference) any { return d.Theirs }),
		listing.Col("怎样处理", 70, func(d Difference) any { return d.Advice }),
	}}
}
