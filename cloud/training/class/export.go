package class

import (
	"context"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
	pexam "huyun.internal/protocol/exam"
)

var resultNames = map[string]string{"": "未登记", Passed: "合格", Failed: "不合格"}

func registerExports(w *web.Web, s *Service) {
	all := web.Op{ID: "training.class.export", Path: classes, Perm: PermList}
	listing.Export(w, all, listing.Sheet[Class]{Name: "班级", Columns: []listing.Column[Class]{
		listing.Col("班级编号", 14, func(c Class) any { return c.Number }),
		listing.Col("分考场", 24, func(c Class) any { return c.VenueName }),
		listing.Col("类别代码", 10, func(c Class) any { return c.Category }),
		listing.Col("培训岗位", 24, func(c Class) any { return pexam.CategoryName(c.Category) }),
		listing.Col("培训种类", 18, func(c Class) any { return KindName(c.Kind) }),
		listing.Col("开始", 12, func(c Class) any { return c.Begins }),
		listing.Col("结束", 12, func(c Class) any { return c.Ends }),
		listing.Col("每天", 14, func(c Class) any { return c.DailyFrom + "–" + c.DailyTo }),
		listing.Col("地点", 20, func(c Class) any { return c.Place }),
		listing.Col("教师", 12, func(c Class) any { return c.Teacher }),
		listing.Col("学时", 8, func(c Class) any { return c.Hours }),
		listing.Col("名额", 8, func(c Class) any { return c.Capacity }),
		listing.Col("学员", 8, func(c Class) any { return c.Members }),
		listing.Col("结业合格", 10, func(c Class) any { return c.Passed }),
		listing.Col("状态", 10, func(c Class) any { return StateName(c.State) }),
		listing.Col("原因", 24, func(c Class) any { return c.Reason + c.Beyond }),
	}}, s.audit.RecordNow, func(ctx context.Context, in *listIn) (db.List[Class], error) {
		return s.List(ctx, in.filter(), in.Page)
	})
	plan := web.Op{ID: "training.plan.export", Path: plans, Perm: PermPlanList}
	listing.Export(w, plan, listing.Sheet[Plan]{Name: "开班计划", Columns: []listing.Column[Plan]{
		listing.Col("年", 8, func(p Plan) any { return p.Year }),
		listing.Col("月", 8, func(p Plan) any { return p.Month }),
		listing.Col("类别代码", 10, func(p Plan) any { return p.Category }),
		listing.Col("培训岗位", 24, func(p Plan) any { return pexam.CategoryName(p.Category) }),
		listing.Col("培训种类", 18, func(p Plan) any { return KindName(p.Kind) }),
		listing.Col("计划班数", 10, func(p Plan) any { return p.Classes }),
		listing.Col("已开班数", 10, func(p Plan) any { return p.Opened }),
		listing.Col("计划人数", 10, func(p Plan) any { return p.People }),
		listing.Col("名额合计", 10, func(p Plan) any { return p.Places }),
		listing.Col("备注", 30, func(p Plan) any { return p.Note }),
	}}, s.audit.RecordNow, func(ctx context.Context, in *plansIn) (db.List[Plan], error) {
		return s.Plans(ctx, in.filter(), in.Page)
	})
	members := web.Op{ID: "training.class.members.export", Path: oneClass + "/members", Perm: PermList}
	listing.Export(w, members, listing.Sheet[Member]{Name: "学员", Columns: []listing.Column[Member]{
		listing.Col("序号", 8, func(m Member) any { return m.Seq }),
		listing.Col("姓名", 14, func(m Member) any { return m.Name }),
		listing.Col("证件号", 24, func(m Member) any { return m.IDNo }),
		listing.Col("手机", 16, func(m Member) any { return m.Mobile }),
		listing.Col("学时", 8, func(m Member) any { return m.Hours }),
		listing.Col("结业", 10, func(m Member) any { return listing.Word(resultNames, m.Result) }),
		listing.Col("登记人", 14, func(m Member) any { return m.ResultBy }),
		listing.Col("登记时间", 20, func(m Member) any { return listing.At(m.ResultAt) }),
	}}, s.audit.RecordNow, func(ctx context.Context, in *membersIn) (db.List[Member], error) {
		return s.Members(ctx, in.ID, in.Result, in.Page)
	})
}
