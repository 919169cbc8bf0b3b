package sitting

import (
	"context"
	"fmt"
	"strings"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/cloud/training/class"
	"huyun.internal/protocol/wire"
)

// The words of workbooks; the console's pages have the same ones.
var (
	openingNames  = map[string]string{openingPending: "待审核", openingApproved: "已通过", openingReturned: "已退回"}
	stageNames    = map[string]string{wire.StageEntry: "入场", wire.StagePre: "开考前", wire.StageRandom: "考试中抽查", "CENTRE": "中心认定"}
	decisionNames = map[string]string{wire.DecisionPass: "通过", wire.DecisionFail: "不通过", wire.DecisionManual: "转人工"}
	eventNames    = map[string]string{
		wire.KindLogin: "登录", wire.KindSeatMoved: "换座", wire.KindPaused: "暂停", wire.KindResumed: "恢复", wire.KindTimeExtended: "补时",
	}
)

// registerExports exports the lists of sittings, as masked as on screen.
func registerExports(w *web.Web, s *Service) {
	all := web.Op{ID: "exam.sitting.export", Path: "/api/v1/exam/sittings", Perm: PermList}
	listing.Export(w, all, listing.Sheet[Sitting]{Name: "场次", Columns: []listing.Column[Sitting]{
		listing.Col("编号", 16, func(v Sitting) any { return v.Number }),
		listing.Col("名称", 32, func(v Sitting) any { return v.Title }),
		listing.Col("分考场", 28, func(v Sitting) any { return v.VenueName }),
		listing.Col("考室", 14, func(v Sitting) any { return v.Room }),
		listing.Col("类别", 28, func(v Sitting) any { return vocabulary.NameOf(vocabulary.Categories(), v.Category) }),
		listing.Col("科目", 14, func(v Sitting) any { return v.Subject }),
		listing.Col("开考时间", 20, func(v Sitting) any { return listing.At(&v.StartsAt) }),
		listing.Col("分钟", 8, func(v Sitting) any { return v.Minutes }),
		listing.Col("考生", 8, func(v Sitting) any { return v.Candidates }),
		listing.Col("状态", 14, func(v Sitting) any { return v.stage() }),
		listing.Col("原因", 24, func(v Sitting) any { return v.Reason }),
	}}, s.Audit.RecordNow, func(ctx context.Context, in *listIn) (db.List[Sitting], error) {
		return s.List(ctx, Filter{in.Venue, in.State, in.Category, in.Todo, in.From, in.To}, in.Page)
	})
	openings := web.Op{ID: "exam.sitting.openings.export", Path: "/api/v1/exam/openings", Perm: PermList}
	listing.Export(w, openings, listing.Sheet[Opening]{Name: "开考申请", Columns: []listing.Column[Opening]{
		listing.Col("场次编号", 16, func(v Opening) any { return v.Number }),
		listing.Col("场次", 32, func(v Opening) any { return v.Title }),
		listing.Col("分考场", 28, func(v Opening) any { return v.VenueName }),
		listing.Col("开考时间", 20, func(v Opening) any { return listing.At(&v.StartsAt) }),
		listing.Col("申请人", 14, func(v Opening) any { return v.AskedBy }),
		listing.Col("收到时间", 20, func(v Opening) any { return listing.At(&v.ReceivedAt) }),
		listing.Col("监考员", 30, func(v Opening) any { return strings.Join(v.Proctors, "、") }),
		listing.Col("考生", 8, func(v Opening) any { return v.Candidates }),
		listing.Col("状态", 10, func(v Opening) any { return listing.Word(openingNames, v.State) }),
		listing.Col("审核人", 14, func(v Opening) any { return v.DecidedName }),
		listing.Col("审核时间", 20, func(v Opening) any { return listing.At(v.DecidedAt) }),
		listing.Col("用时（分）", 10, func(v Opening) any { return v.Waited }),
		listing.Col("退回原因", 30, func(v Opening) any { return v.Reason }),
		listing.Col("附加条件", 30, func(v Opening) any { return v.Condition }),
	}}, s.Audit.RecordNow, func(ctx context.Context, in *openingsIn) (db.List[Opening], error) {
		return s.Openings(ctx, in.State, in.Sitting, in.Page)
	})
	registerPeopleExports(w, s)
	registerRecordExports(w, s)
}

// stage is the state as the list shows it: a package that has arrived is not on
// its way any more.
func (in Sitting) stage() string {
	if in.State == Dispatched && in.PackReceived {
		return "考题包已收到"
	}
	return StateName(in.State)
}

func registerPeopleExports(w *web.Web, s *Service) {
	people := web.Op{ID: "exam.sitting.candidates.export", Path: "/api/v1/exam/sittings/{id}/candidates", Perm: PermList}
	listing.Export(w, people, listing.Sheet[Candidate]{Name: "考生", Columns: []listing.Column[Candidate]{
		listing.Col("序号", 8, func(v Candidate) any { return v.Seq }),
		listing.Col("准考证号", 20, func(v Candidate) any { return v.Admission }),
		listing.Col("姓名", 14, func(v Candidate) any { return v.Name }),
		listing.Col("证件号", 24, func(v Candidate) any { return v.IDNo }),
		listing.Col("手机", 16, func(v Candidate) any { return v.Mobile }),
		listing.Col("座位", 8, func(v Candidate) any { return v.Seat }),
		listing.Col("培训种类", 18, func(v Candidate) any { return class.KindName(v.Kind) }),
		listing.Col("班级", 16, func(v Candidate) any { return v.ClassNumber }),
		listing.Col("照片", 8, func(v Candidate) any { return listing.Or(v.HasPhoto, "有", "缺") }),
		listing.Col("同意人脸核验", 14, func(v Candidate) any { return listing.Or(v.Consent, "是", "否") }),
	}}, s.Audit.RecordNow, func(ctx context.Context, in *candidatesIn) (db.List[Candidate], error) {
		return s.Candidates(ctx, in.ID, in.CandidateFilter, in.Page)
	})
	exams := web.Op{ID: "exam.sitting.class.export", Path: "/api/v1/exam/classes/{id}/exams", Perm: class.PermList}
	listing.Export(w, exams, listing.Sheet[ClassExam]{Name: "班级考试情况", Columns: []listing.Column[ClassExam]{
		listing.Col("姓名", 14, func(v ClassExam) any { return v.Name }),
		listing.Col("证件号", 24, func(v ClassExam) any { return v.IDNo }),
		listing.Col("场次编号", 16, func(v ClassExam) any { return v.Number }),
		listing.Col("场次", 32, func(v ClassExam) any { return v.Title }),
		listing.Col("科目", 14, func(v ClassExam) any { return v.Subject }),
		listing.Col("开考时间", 20, func(v ClassExam) any { return listing.At(&v.StartsAt) }),
		listing.Col("准考证号", 20, func(v ClassExam) any { return v.Admission }),
		listing.Col("结果", 12, func(v ClassExam) any { return vocabulary.OutcomeName(v.Outcome) }),
		listing.Col("成绩", 8, func(v ClassExam) any {
			if v.Score == nil {
				return ""
			}
			return listing.Points(*v.Score)
		}),
	}}, s.Audit.RecordNow, func(ctx context.Context, in *ofClass) (db.List[ClassExam], error) {
		return s.OfClass(ctx, in.ID, in.Outcome, in.Page)
	})
}

func registerRecordExports(w *web.Web, s *Service) {
	const one = "/api/v1/exam/sittings/{id}"
	checks := web.Op{ID: "exam.sitting.verifications.export", Path: one + "/verifications", Perm: PermWatch}
	listing.Export(w, checks, listing.Sheet[Check]{Name: "身份核验记录", Columns: []listing.Column[Check]{
		listing.Col("时间", 20, func(v Check) any { return listing.At(&v.At) }),
		listing.Col("考生", 12, func(v Check) any { return v.Name }),
		listing.Col("准考证号", 20, func(v Check) any { return v.Admission }),
		listing.Col("环节", 12, func(v Check) any { return listing.Word(stageNames, v.Stage) }),
		listing.Col("相似度", 10, func(v Check) any { return v.Score }),
		listing.Col("阈值", 10, func(v Check) any { return v.Threshold }),
		listing.Col("人脸数", 8, func(v Check) any { return v.Faces }),
		listing.Col("结论", 10, func(v Check) any { return listing.Word(decisionNames, v.Decision) }),
		listing.Col("由谁决定", 16, func(v Check) any { return v.Who }),
		listing.Col("说明", 30, func(v Check) any { return v.Reason }),
		listing.Col("引擎", 16, func(v Check) any { return v.Engine }),
		listing.Col("演示级", 8, func(v Check) any { return listing.Or(v.Demo, "是", "") }),
	}}, s.Audit.RecordNow, func(ctx context.Context, in *checksIn) (db.List[Check], error) {
		return s.Checks(ctx, in.ID, in.Stage, in.Decision, in.Page)
	})
	events := web.Op{ID: "exam.sitting.events.export", Path: one + "/events", Perm: PermWatch}
	listing.Export(w, events, listing.Sheet[Event]{Name: "登录与处置", Columns: []listing.Column[Event]{
		listing.Col("时间", 20, func(v Event) any { return listing.At(&v.At) }),
		listing.Col("事项", 10, func(v Event) any { return listing.Word(eventNames, v.Kind) }),
		listing.Col("考生", 12, func(v Event) any { return v.Name }),
		listing.Col("准考证号", 20, func(v Event) any { return v.Admission }),
		listing.Col("操作人", 16, func(v Event) any { return v.Who }),
		listing.Col("内容", 60, func(v Event) any { return string(v.Detail) }),
	}}, s.Audit.RecordNow, func(ctx context.Context, in *eventsIn) (db.List[Event], error) {
		return s.Events(ctx, in.ID, in.Kind, in.Page)
	})
	acts := web.Op{ID: "exam.sitting.audit.export", Path: "/api/v1/exam/venue-audit", Perm: PermAudit}
	listing.Export(w, acts, listing.Sheet[VenueAct]{Name: "考场操作记录", Columns: []listing.Column[VenueAct]{
		listing.Col("设备", 38, func(v VenueAct) any { return v.Node }),
		listing.Col("序号", 10, func(v VenueAct) any { return fmt.Sprint(v.Seq) }),
		listing.Col("时间", 20, func(v VenueAct) any { return listing.At(&v.At) }),
		listing.Col("账号", 16, func(v VenueAct) any { return v.Actor }),
		listing.Col("动作", 28, func(v VenueAct) any { return v.Action }),
		listing.Col("对象", 38, func(v VenueAct) any { return v.Object }),
		listing.Col("内容", 60, func(v VenueAct) any { return v.Detail }),
	}}, s.Audit.RecordNow, func(ctx context.Context, in *venueActsIn) (db.List[VenueAct], error) {
		return s.VenueActs(ctx, in.filter(), in.Page)
	})
}
