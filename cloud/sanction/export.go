package sanction

import (
	"context"
	"strings"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

// registerExports exports every list as it is shown: masked.
func registerExports(w *web.Web, s *Service) {
	record := s.audit.RecordNow
	listing.Export(w, web.Op{ID: "sanction.entry.export", Path: entryPath, Perm: PermList}, entrySheet(), record, func(ctx context.Context, in *entriesIn) (db.List[Entry], error) {
		return s.Entries(ctx, EntryFilter(in.EntryFilterIn), in.Page)
	})
	listing.Export(w, web.Op{ID: "sanction.batch.export", Path: batchPath, Perm: PermList}, batchSheet(), record, func(ctx context.Context, in *batchesIn) (db.List[ReceivedBatch], error) {
		return s.Batches(ctx, in.Sender, in.Page)
	})
	listing.Export(w, web.Op{ID: "sanction.task.export", Path: taskPath, Perm: PermList}, taskSheet(), record, func(ctx context.Context, in *tasksIn) (db.List[Task], error) {
		return s.Tasks(ctx, TaskFilter{in.Kind, in.Open}, in.Page)
	})
	listing.Export(w, web.Op{ID: "sanction.rule.export", Path: rulePath, Perm: PermRules}, ruleSheet(), record, func(ctx context.Context, in *rulesIn) (db.List[Version], error) {
		return s.Rules(ctx, in.State, in.Page)
	})
	listing.Export(w, web.Op{ID: "sanction.lock.export", Path: lockPath, Perm: PermLocks}, lockSheet(), record, func(ctx context.Context, in *locksIn) (db.List[Lock], error) {
		return s.AllLocks(ctx, LockFilter(in.LockFilterIn), in.Page)
	})
}

func listName(code string) string {
	t, _ := listType(code)
	return t.Name
}

func entrySheet() listing.Sheet[Entry] {
	return listing.Sheet[Entry]{Name: "失信名单", Columns: []listing.Column[Entry]{
		listing.Col("身份证号", 24, func(e Entry) any { return e.IDNo }),
		listing.Col("姓名", 12, func(e Entry) any { return e.Name }),
		listing.Col("名单", 30, func(e Entry) any { return e.ListName }),
		listing.Col("列入原因", 40, func(e Entry) any { return e.Reason }),
		listing.Col("决定文号", 26, func(e Entry) any { return e.DecisionNo }),
		listing.Col("列入机关", 24, func(e Entry) any { return e.Org }),
		listing.Col("列入日期", 12, func(e Entry) any { return e.ListedAt }),
		listing.Col("到期日", 12, func(e Entry) any { return e.ExpireAt }),
		listing.Col("状态", 10, func(e Entry) any { return listing.Word(statusNames, e.Status) }),
		listing.Col("信用修复", 14, func(e Entry) any { return listing.Word(repairNames, e.Repair) }),
		listing.Col("异议", 10, func(e Entry) any { return listing.Or(e.Objected, "已标注", "") }),
		listing.Col("最近批次", 12, func(e Entry) any { return e.Batch }),
		listing.Col("更新时间", 20, func(e Entry) any { return listing.At(&e.ChangedAt) }),
	}}
}

func batchSheet() listing.Sheet[ReceivedBatch] {
	return listing.Sheet[ReceivedBatch]{Name: "收到的批次和报文", Columns: []listing.Column[ReceivedBatch]{
		listing.Col("来源", 20, func(b ReceivedBatch) any { return b.Sender }),
		listing.Col("批次或报文号", 24, func(b ReceivedBatch) any { return b.Number }),
		listing.Col("条数", 10, func(b ReceivedBatch) any { return b.Received }),
		listing.Col("采用", 10, func(b ReceivedBatch) any { return b.Applied }),
		listing.Col("晚到不采用", 12, func(b ReceivedBatch) any { return b.Stale }),
		listing.Col("生成时间", 20, func(b ReceivedBatch) any { return listing.At(&b.MadeAt) }),
		listing.Col("收到时间", 20, func(b ReceivedBatch) any { return listing.At(&b.ReceivedAt) }),
		listing.Col("重复送达", 10, func(b ReceivedBatch) any { return b.Repeats }),
	}}
}

func taskSheet() listing.Sheet[Task] {
	return listing.Sheet[Task]{Name: "失信信息待办", Columns: []listing.Column[Task]{
		listing.Col("待办", 14, func(t Task) any { return listing.Word(taskNames, t.Kind) }),
		listing.Col("身份证号", 24, func(t Task) any { return t.IDNo }),
		listing.Col("名单", 30, func(t Task) any { return listName(t.List) }),
		listing.Col("决定文号", 26, func(t Task) any { return t.DecisionNo }),
		listing.Col("到期日", 14, func(t Task) any { return or(t.Due, t.DueNote) }),
		listing.Col("是否超期", 10, func(t Task) any { return listing.Or(t.Overdue, "超期", "") }),
		listing.Col("说明", 40, func(t Task) any { return t.Note }),
		listing.Col("登记时间", 20, func(t Task) any { return listing.At(&t.OpenedAt) }),
		listing.Col("办结时间", 20, func(t Task) any { return listing.At(t.DoneAt) }),
		listing.Col("办结人", 16, func(t Task) any { return t.DoneBy }),
		listing.Col("结果", 30, func(t Task) any { return strings.TrimSpace(outcomeNames[t.Outcome] + " " + t.Answer) }),
	}}
}

func ruleSheet() listing.Sheet[Version] {
	return listing.Sheet[Version]{Name: "影响规则版本", Columns: []listing.Column[Version]{
		listing.Col("版本", 10, func(v Version) any { return v.Version }),
		listing.Col("状态", 10, func(v Version) any { return listing.Word(ruleNames, v.State) }),
		listing.Col("修改自", 10, func(v Version) any { return v.Base }),
		listing.Col("规则行数", 10, func(v Version) any { return v.Lines }),
		listing.Col("修改说明", 40, func(v Version) any { return v.Note }),
		listing.Col("提出人", 16, func(v Version) any { return v.ProposedBy }),
		listing.Col("提出时间", 20, func(v Version) any { return listing.At(&v.ProposedAt) }),
		listing.Col("复核人", 16, func(v Version) any { return v.DecidedBy }),
		listing.Col("复核时间", 20, func(v Version) any { return listing.At(v.DecidedAt) }),
		listing.Col("复核意见", 40, func(v Version) any { return v.Answer }),
	}}
}

func lockSheet() listing.Sheet[Lock] {
	return listing.Sheet[Lock]{Name: "吊销锁", Columns: []listing.Column[Lock]{
		listing.Col("决定文号", 26, func(l Lock) any { return l.DecisionNo }),
		listing.Col("证件类别", 26, func(l Lock) any { return nameOf(CertTypes(), l.CertType) }),
		listing.Col("证件号", 24, func(l Lock) any { return l.CertNo }),
		listing.Col("姓名", 12, func(l Lock) any { return l.Name }),
		listing.Col("事由", 20, func(l Lock) any { return listing.Word(causeNames, l.Cause) }),
		listing.Col("原因", 40, func(l Lock) any { return l.Reason }),
		listing.Col("范围", 14, func(l Lock) any { return listing.Word(scopeNames, l.Scope) }),
		listing.Col("决定机关", 24, func(l Lock) any { return l.Org }),
		listing.Col("决定日期", 12, func(l Lock) any { return l.DecisionDate }),
		listing.Col("禁入期至（不含）", 16, func(l Lock) any { return l.BanUntil }),
		listing.Col("状态", 12, func(l Lock) any { return listing.Word(lockNames, l.Status) }),
		listing.Col("解除事由", 14, func(l Lock) any { return nameOf(LiftReasons(), l.LiftReason) }),
		listing.Col("解除文书号", 24, func(l Lock) any { return l.LiftDocNo }),
		listing.Col("解除时间", 20, func(l Lock) any { return listing.At(l.LiftAt) }),
		listing.Col("经办", 14, func(l Lock) any { return l.LiftBy }),
		listing.Col("复核", 14, func(l Lock) any { return l.ReviewBy }),
		listing.Col("证照恢复", 40, func(l Lock) any { return l.Aftermath }),
	}}
}

var (
	outcomeNames = map[string]string{OutcomeDone: "已办", OutcomeUpheld: "异议成立", OutcomeRejected: "异议不成立"}
	ruleNames    = map[string]string{Proposed: "待复核", Active: "现行", Retired: "已停用", Refused: "已退回"}
)
