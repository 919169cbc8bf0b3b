package practitioner

import (
	"context"
	"net/http"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
	pexam "huyun.internal/protocol/exam"
)

type (
	rehiresIn struct {
		db.Page
		Company  string      `query:"company" maxLength:"18" doc:"企业的统一社会信用代码"`
		Category string      `query:"category" maxLength:"5"`
		State    RehireState `query:"state" enum:"ACTIVE,DISMISSED,EXPIRED" required:"false"`
		Days     int         `query:"days" minimum:"0" maximum:"3650" doc:"多少天内到期"`
	}
	rehiresOut         struct{ Body db.List[Rehire] }
	rehireCompaniesIn  struct{ db.Page }
	rehireCompaniesOut struct{ Body db.List[RehireCompany] }
)

func (in rehiresIn) filter() RehireFilter {
	return RehireFilter{Company: in.Company, Category: in.Category, State: in.State, Days: in.Days}
}

var rehireStates = map[string]string{"ACTIVE": "返聘中", "DISMISSED": "已解聘", "EXPIRED": "期满失效"}

func registerRehires(w *web.Web, s *Service) {
	const rehires, companies = "/api/v1/practitioner-rehires", "/api/v1/practitioner-rehire-companies"
	people := func(ctx context.Context, in *rehiresIn) (db.List[Rehire], error) {
		return s.Rehires(ctx, in.filter(), in.Page)
	}
	web.Register(w, web.Op{ID: PermRehired, Method: http.MethodGet, Path: rehires, Summary: "查询返聘人员"},
		func(ctx context.Context, in *rehiresIn) (*rehiresOut, error) {
			out, err := people(ctx, in)
			return &rehiresOut{out}, err
		})
	listing.Export(w, web.Op{ID: "practitioner.rehire.export", Path: rehires, Perm: PermRehired}, listing.Sheet[Rehire]{Name: "返聘人员", Columns: []listing.Column[Rehire]{
		listing.Col("姓名", 12, func(r Rehire) any { return r.Name }),
		listing.Col("身份证号", 24, func(r Rehire) any { return r.IDNo }),
		listing.Col("从业资格类别", 30, func(r Rehire) any { return pexam.CategoryName(r.Category) }),
		listing.Col("企业", 36, func(r Rehire) any { return r.Company }),
		listing.Col("统一社会信用代码", 24, func(r Rehire) any { return r.CompanyCode }),
		listing.Col("返聘起", 14, func(r Rehire) any { return day(r.From) }),
		listing.Col("返聘止", 14, func(r Rehire) any { return day(r.To) }),
		listing.Col("体检有效期至", 14, func(r Rehire) any { return day(r.HealthUntil) }),
		listing.Col("协议止", 14, func(r Rehire) any { return day(r.ContractUntil) }),
		listing.Col("状态", 12, func(r Rehire) any { return listing.Word(rehireStates, string(r.State)) }),
		listing.Col("解聘或期满日期", 16, func(r Rehire) any { return day(r.EndedOn) }),
		listing.Col("报告日期", 14, func(r Rehire) any { return day(r.ReportedOn) }),
		listing.Col("逾期报告天数", 12, func(r Rehire) any { return r.Late }),
		listing.Col("原因", 30, func(r Rehire) any { return r.Why }),
	}}, s.audit.RecordNow, people)
	each := func(ctx context.Context, in *rehireCompaniesIn) (db.List[RehireCompany], error) {
		return s.RehireCompanies(ctx, in.Page)
	}
	web.Register(w, web.Op{ID: "practitioner.rehire.company.list", Method: http.MethodGet, Path: companies, Perm: PermRehired, Summary: "有返聘人员的企业"},
		func(ctx context.Context, in *rehireCompaniesIn) (*rehireCompaniesOut, error) {
			out, err := each(ctx, in)
			return &rehireCompaniesOut{out}, err
		})
	listing.Export(w, web.Op{ID: "practitioner.rehire.company.export", Path: companies, Perm: PermRehired}, listing.Sheet[RehireCompany]{Name: "返聘企业", Columns: []listing.Column[RehireCompany]{
		listing.Col("企业", 36, func(c RehireCompany) any { return c.Company }),
		listing.Col("统一社会信用代码", 24, func(c RehireCompany) any { return c.CompanyCode }),
		listing.Col("返聘中", 10, func(c RehireCompany) any { return c.Active }),
		listing.Col("30 日内到期", 12, func(c RehireCompany) any { return c.Expiring }),
		listing.Col("已结束", 10, func(c RehireCompany) any { return c.Ended }),
	}}, s.audit.RecordNow, each)
}
