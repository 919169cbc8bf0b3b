package practitioner

import (
	"context"
	"strings"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/clock"
	pexam "huyun.internal/protocol/exam"
)

var sexNames = map[string]string{"0": "未知", "1": "男", "2": "女", "9": "未说明"}

// registerExports exports the lists; the list of files twice, masked for who may
// read it and with whole numbers for who may export those, who says why.
func registerExports(w *web.Web, s *Service) {
	masked := web.Op{ID: "practitioner.file.export", Path: files, Perm: PermList}
	listing.Export(w, masked, fileSheet(), s.audit.RecordNow, func(ctx context.Context, in *listIn) (db.List[Row], error) {
		return s.List(ctx, in.filter(), in.Page)
	})
	listing.Export(w, web.Op{ID: PermWhole, Path: wholeFiles}, fileSheet(), s.audit.RecordNow, func(ctx context.Context, in *wholeIn) (db.List[Row], error) {
		return s.Whole(ctx, in.filter(), in.Page)
	})
	timeline := web.Op{ID: "practitioner.file.timeline.export", Path: oneFile + "/timeline", Perm: PermList}
	listing.Export(w, timeline, listing.Sheet[Line]{Name: "档案经过", Columns: []listing.Column[Line]{
		listing.Col("时间", 20, func(l Line) any { return listing.At(&l.At) }),
		listing.Col("事项", 60, func(l Line) any { return l.Text }),
		listing.Col("文号", 24, func(l Line) any { return l.Ref }),
		listing.Col("办理人", 14, func(l Line) any { return l.By }),
	}}, s.audit.RecordNow, func(ctx context.Context, in *timelineIn) (db.List[Line], error) {
		return s.Timeline(ctx, in.ID, TimelineFilter{in.Kind, in.Licence}, in.Page)
	})
	pairs := web.Op{ID: "practitioner.pair.export", Path: pairsPath, Perm: PermPropose}
	listing.Export(w, pairs, listing.Sheet[Pair]{Name: "疑似重复档案", Columns: []listing.Column[Pair]{
		listing.Col("姓名", 12, func(p Pair) any { return p.OneName }),
		listing.Col("身份证号", 24, func(p Pair) any { return p.OneIDNo }),
		listing.Col("另一份姓名", 12, func(p Pair) any { return p.OtherName }),
		listing.Col("另一份身份证号", 24, func(p Pair) any { return p.OtherIDNo }),
		listing.Col("理由", 50, func(p Pair) any { return strings.Join(p.Reasons, "；") }),
		listing.Col("状态", 12, func(p Pair) any { return listing.Word(pairStates, p.State) }),
		listing.Col("发现时间", 20, func(p Pair) any { return listing.At(&p.FoundAt) }),
		listing.Col("处理人", 12, func(p Pair) any { return p.By }),
		listing.Col("处理说明", 30, func(p Pair) any { return p.Why }),
	}}, s.audit.RecordNow, func(ctx context.Context, in *pairsIn) (db.List[Pair], error) {
		return s.Pairs(ctx, PairFilter{in.State}, in.Page)
	})
	merges := web.Op{ID: "practitioner.merge.export", Path: mergesPath, Perm: PermPropose}
	listing.Export(w, merges, listing.Sheet[Merge]{Name: "档案合并", Columns: []listing.Column[Merge]{
		listing.Col("保留档案", 12, func(m Merge) any { return m.SurvivorName }),
		listing.Col("身份证号", 24, func(m Merge) any { return m.SurvivorIDNo }),
		listing.Col("并入档案", 12, func(m Merge) any { return m.LoserName }),
		listing.Col("并入档案身份证号", 24, func(m Merge) any { return m.LoserIDNo }),
		listing.Col("理由", 40, func(m Merge) any { return m.Why }),
		listing.Col("状态", 12, func(m Merge) any { return listing.Word(mergeStates, m.State) }),
		listing.Col("提出人", 12, func(m Merge) any { return m.ProposedName }),
		listing.Col("提出时间", 20, func(m Merge) any { return listing.At(&m.ProposedAt) }),
		listing.Col("确认人", 12, func(m Merge) any { return m.DecidedName }),
		listing.Col("处理时间", 20, func(m Merge) any { return listing.At(m.DecidedAt) }),
		listing.Col("处理说明", 30, func(m Merge) any { return m.DecidedWhy }),
	}}, s.audit.RecordNow, func(ctx context.Context, in *mergesIn) (db.List[Merge], error) {
		return s.Merges(ctx, in.State, in.Page)
	})
}

var (
	pairStates  = map[string]string{"OPEN": "待处理", "PROPOSED": "待确认合并", "DIFFERENT": "不是同一人", "MERGED": "已合并"}
	mergeStates = map[string]string{"PROPOSED": "待确认", "CONFIRMED": "已合并", "REFUSED": "已退回"}
)

// Whole is List with whole ID and mobile numbers, for exports.
func (s *Service) Whole(ctx context.Context, f Filter, page db.Page) (db.List[Row], error) {
	if _, err := auth.Require(ctx, PermWhole); err != nil {
		return db.List[Row]{}, err
	}
	out, err := s.list(ctx, f, page)
	if err != nil || out.Total > listing.Limit {
		return out, err
	}
	at, ids := map[string]*Person{}, []string{}
	for i := range out.Items {
		p := &out.Items[i].Person
		at[p.ID], ids = p, append(ids, p.ID)
	}
	rows, err := db.All[numbers](ctx, s.db, numbersSQL, ids)
	for _, n := range rows {
		if err := s.unmask(at[n.ID], n); err != nil {
			return out, err
		}
	}
	return out, err
}

type numbers struct {
	ID     string `db:"id"`
	IDNo   []byte `db:"idno"`
	Mobile []byte `db:"mobile"`
}

const numbersSQL = `SELECT id, idno, mobile FROM practitioner WHERE id = ANY($1)`

func (s *Service) unmask(p *Person, n numbers) error {
	plain, err := s.keys.OpenAt([]string{placeIDNo, n.ID}, n.IDNo)
	if err != nil {
		return wrap("open id number", err)
	}
	p.IDNo = string(plain)
	if n.Mobile == nil {
		return nil
	}
	plain, err = s.keys.OpenAt([]string{placeMobile, n.ID}, n.Mobile)
	p.Mobile = string(plain)
	return wrap("open mobile", err)
}

func fileSheet() listing.Sheet[Row] {
	return listing.Sheet[Row]{Name: "从业人员", Columns: []listing.Column[Row]{
		listing.Col("姓名", 12, func(r Row) any { return r.Name }),
		listing.Col("身份证号", 24, func(r Row) any { return r.IDNo }),
		listing.Col("性别", 8, func(r Row) any { return listing.Word(sexNames, r.Sex) }),
		listing.Col("出生日期", 14, func(r Row) any { return day(r.Birth) }),
		listing.Col("手机", 16, func(r Row) any { return r.Mobile }),
		listing.Col("户籍类型", 16, func(r Row) any { return residenceNames[r.Residence] }),
		listing.Col("档案号", 20, func(r Row) any { return r.ArchiveNo }),
		listing.Col("证件", 50, func(r Row) any { return held(r.Licences) }),
		listing.Col("最早到期", 14, func(r Row) any { return day(r.Expires) }),
		listing.Col("服务单位", 30, func(r Row) any { return r.Employer }),
		listing.Col("演示数据", 10, func(r Row) any { return listing.Or(r.Demo, "是", "") }),
	}}
}

func day(d clock.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// held are the certificates of a row in words.
func held(list []Listed) string {
	out := []string{}
	for _, l := range list {
		names := []string{}
		for _, c := range l.Categories {
			names = append(names, pexam.CategoryName(c.Code))
		}
		text := TypeName(l.Type) + "（" + strings.Join(names, "、") + "）" + StateName(l.State)
		if l.Broken {
			text += "，数据被改动过"
		}
		out = append(out, text)
	}
	return strings.Join(out, "；")
}
