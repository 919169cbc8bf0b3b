package practitioner

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
)

type (
	// FilterIn is a filter as requests carry it; huma reads only exported parts.
	FilterIn struct {
		Category  string       `query:"category" maxLength:"5"`
		Type      string       `query:"type" enum:"RE-071,RE-075,RE-072,BUS" required:"false"`
		State     LicenceState `query:"state" enum:"10,02,03,04,05,09" required:"false" doc:"证件状态；10 有效，02 已过期（含到期未改状态的）"`
		Employer  string       `query:"employer" maxLength:"60" doc:"服务单位名称的开头"`
		Residence string       `query:"residence" enum:"SH,NON_SH,NON_SH_TAXI2NET,NON_SH_RENT2NET" required:"false"`
		Days      int          `query:"days" minimum:"0" maximum:"3650" doc:"多少天内到期"`
	}
	listIn struct {
		db.Page
		FilterIn
	}
	wholeIn struct {
		db.Page
		FilterIn
		Why string `query:"why" required:"true" minLength:"2" maxLength:"200" doc:"导出完整号码的用途，记入审计"`
	}
	listOut struct{ Body db.List[Row] }
	// IDIn names a file; huma reads only exported parts.
	IDIn struct {
		ID string `path:"id" maxLength:"40"`
	}
	fileOut   struct{ Body File }
	personOut struct{ Body Person }
	createIn  struct{ Body Draft }
	correctIn struct {
		IDIn
		Body Correction
	}
	revealIn struct {
		IDIn
		Body struct {
			Field  string `json:"field" enum:"id_no,mobile,address,photo"`
			Reason string `json:"reason" minLength:"2" maxLength:"200"`
		}
	}
	revealOut struct {
		Body struct {
			Value string `json:"value"`
		}
	}
	timelineIn struct {
		db.Page
		IDIn
		Kind    string `query:"kind" maxLength:"30"`
		Licence string `query:"licence" maxLength:"40"`
	}
	timelineOut struct{ Body db.List[Line] }
	remarkIn    struct {
		IDIn
		Body struct {
			Text string `json:"text" minLength:"2" maxLength:"300"`
		}
	}
	drivingIn struct {
		IDIn
		Body Driving
	}
	registerIn struct {
		IDIn
		Body RegistrationDraft
	}
	endIn struct {
		IDIn
		Registration string `path:"registration" maxLength:"40"`
		Body         struct {
			Reason string `json:"reason" minLength:"2" maxLength:"200"`
		}
	}
	educateIn struct {
		IDIn
		Body Education
	}
	assessIn struct {
		IDIn
		Body Assessment
	}
	pairsIn struct {
		db.Page
		State string `query:"state" enum:"OPEN,PROPOSED,DIFFERENT,MERGED" required:"false" doc:"空为待处理和待确认的"`
	}
	pairsOut struct{ Body db.List[Pair] }
	reasonIn struct {
		IDIn
		Body struct {
			Reason string `json:"reason" minLength:"2" maxLength:"200"`
		}
	}
	mergesIn struct {
		db.Page
		State string `query:"state" enum:"PROPOSED,CONFIRMED,REFUSED" required:"false"`
	}
	mergesOut struct{ Body db.List[Merge] }
	proposeIn struct {
		Body struct {
			Survivor string `json:"survivor" minLength:"1" maxLength:"40" doc:"保留的档案"`
			Loser    string `json:"loser" minLength:"1" maxLength:"40" doc:"并入的档案"`
			Reason   string `json:"reason" minLength:"2" maxLength:"200"`
		}
	}
	mergeOut struct{ Body Merge }
	decideIn struct {
		IDIn
		Body struct {
			Confirm bool   `json:"confirm"`
			Reason  string `json:"reason,omitempty" maxLength:"200"`
		}
	}
)

func (in FilterIn) filter() Filter {
	return Filter{Category: in.Category, Type: in.Type, State: in.State, Employer: in.Employer, Residence: in.Residence, Days: in.Days}
}

const (
	files      = "/api/v1/practitioners"
	wholeFiles = "/api/v1/practitioner-numbers"
	oneFile    = files + "/{id}"
	pairsPath  = "/api/v1/practitioner-pairs"
	mergesPath = "/api/v1/practitioner-merges"

	revealsPerMin = 10
)

// Register adds the operations of files.
func Register(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: files, Summary: "查询从业人员"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			out, err := s.List(ctx, in.filter(), in.Page)
			return &listOut{out}, err
		})
	web.Register(w, web.Op{ID: "practitioner.file.show", Method: http.MethodGet, Path: oneFile, Perm: PermList, Summary: "查看从业人员档案"},
		func(ctx context.Context, in *IDIn) (*fileOut, error) {
			out, err := s.Show(ctx, in.ID)
			return &fileOut{out}, err
		})
	web.Register(w, web.Op{ID: "practitioner.file.create", Method: http.MethodPost, Path: files, Perm: PermSave, Summary: "建立从业人员档案", Status: http.StatusCreated},
		func(ctx context.Context, in *createIn) (*personOut, error) {
			out, err := s.Create(ctx, in.Body)
			return &personOut{out}, err
		})
	web.Register(w, web.Op{ID: "practitioner.file.correct", Method: http.MethodPut, Path: oneFile, Perm: PermSave, Summary: "更正从业人员档案"},
		func(ctx context.Context, in *correctIn) (*personOut, error) {
			out, err := s.Correct(ctx, in.ID, in.Body)
			return &personOut{out}, err
		})
	web.Register(w, web.Op{ID: PermReveal, Method: http.MethodPost, Path: oneFile + "/reveal", Summary: "查看从业人员的完整信息", PerMin: revealsPerMin},
		func(ctx context.Context, in *revealIn) (*revealOut, error) {
			out := &revealOut{}
			var err error
			out.Body.Value, err = s.Reveal(ctx, in.ID, in.Body.Field, in.Body.Reason)
			return out, err
		})
	web.Register(w, web.Op{ID: "practitioner.file.timeline", Method: http.MethodGet, Path: oneFile + "/timeline", Perm: PermList, Summary: "档案经过"},
		func(ctx context.Context, in *timelineIn) (*timelineOut, error) {
			out, err := s.Timeline(ctx, in.ID, TimelineFilter{in.Kind, in.Licence}, in.Page)
			return &timelineOut{out}, err
		})
	registerFacts(w, s)
	registerMerges(w, s)
	registerFiles(w, s)
	registerExports(w, s)
	registerRehires(w, s)
}

// note adds an operation that writes one fact.
func note[I any](w *web.Web, id, method, path, summary string, do func(context.Context, *I) error) {
	op := web.Op{ID: id, Method: method, Path: oneFile + path, Perm: PermSave, Summary: summary, Status: http.StatusNoContent}
	web.Register(w, op, func(ctx context.Context, in *I) (*struct{}, error) { return nil, do(ctx, in) })
}

func registerFacts(w *web.Web, s *Service) {
	note(w, "practitioner.file.remark", http.MethodPost, "/remarks", "在档案中记一笔",
		func(ctx context.Context, in *remarkIn) error { return s.Remark(ctx, in.ID, in.Body.Text) })
	note(w, "practitioner.driving.set", http.MethodPost, "/driving", "登记驾驶证信息",
		func(ctx context.Context, in *drivingIn) error { return s.SetDriving(ctx, in.ID, in.Body) })
	note(w, "practitioner.registration.add", http.MethodPost, "/registrations", "登记服务单位",
		func(ctx context.Context, in *registerIn) error { return s.Register(ctx, in.ID, in.Body) })
	note(w, "practitioner.registration.end", http.MethodPost, "/registrations/{registration}/end", "终止服务单位登记",
		func(ctx context.Context, in *endIn) error {
			return s.Unregister(ctx, in.ID, in.Registration, in.Body.Reason)
		})
	note(w, "practitioner.education.add", http.MethodPost, "/education", "登记继续教育",
		func(ctx context.Context, in *educateIn) error { return s.Educate(ctx, in.ID, in.Body) })
	note(w, "practitioner.assessment.add", http.MethodPost, "/assessments", "登记诚信考核",
		func(ctx context.Context, in *assessIn) error { return s.Assess(ctx, in.ID, in.Body) })
}

func registerMerges(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: "practitioner.pair.list", Method: http.MethodGet, Path: pairsPath, Perm: PermPropose, Summary: "疑似重复的档案"},
		func(ctx context.Context, in *pairsIn) (*pairsOut, error) {
			out, err := s.Pairs(ctx, PairFilter{in.State}, in.Page)
			return &pairsOut{out}, err
		})
	web.Register(w, web.Op{ID: "practitioner.pair.different", Method: http.MethodPost, Path: pairsPath + "/{id}/different", Perm: PermPropose, Summary: "认定两份档案不是同一人", Status: http.StatusNoContent},
		func(ctx context.Context, in *reasonIn) (*struct{}, error) {
			return nil, s.Distinguish(ctx, in.ID, in.Body.Reason)
		})
	web.Register(w, web.Op{ID: "practitioner.merge.list", Method: http.MethodGet, Path: mergesPath, Perm: PermPropose, Summary: "档案合并"},
		func(ctx context.Context, in *mergesIn) (*mergesOut, error) {
			out, err := s.Merges(ctx, in.State, in.Page)
			return &mergesOut{out}, err
		})
	web.Register(w, web.Op{ID: PermPropose, Method: http.MethodPost, Path: mergesPath, Summary: "提出合并档案", Status: http.StatusCreated},
		func(ctx context.Context, in *proposeIn) (*mergeOut, error) {
			out, err := s.Propose(ctx, in.Body.Survivor, in.Body.Loser, in.Body.Reason)
			return &mergeOut{out}, err
		})
	web.Register(w, web.Op{ID: PermDecide, Method: http.MethodPost, Path: mergesPath + "/{id}/decide", Summary: "确认或退回合并档案"},
		func(ctx context.Context, in *decideIn) (*mergeOut, error) {
			out, err := s.Decide(ctx, in.ID, in.Body.Confirm, in.Body.Reason)
			return &mergeOut{out}, err
		})
}

// registerFiles adds what is not JSON.
func registerFiles(w *web.Web, s *Service) {
	const maxUpload, maxPhoto = 32 << 20, 2 << 20
	web.Raw(w, web.Op{ID: "practitioner.file.photo", Method: http.MethodPost, Path: oneFile + "/photo", Perm: PermSave, Summary: "上传从业人员照片", MaxBody: maxPhoto + 4096},
		func(c *gin.Context) {
			in, err := transfer.Receive(c.Request, map[string]int64{"photo": maxPhoto})
			if err == nil {
				err = s.SetPhoto(c.Request.Context(), c.Param("id"), in["photo"].Data)
			}
			transfer.Answer(c, struct{}{}, err)
		})
	web.Raw(w, web.Op{ID: PermImport, Method: http.MethodPost, Path: "/api/v1/practitioner-imports", Summary: "导入已有从业人员档案", MaxBody: maxUpload},
		func(c *gin.Context) {
			in, err := transfer.Receive(c.Request, map[string]int64{"workbook": maxUpload})
			if err != nil {
				web.Fail(c, err)
				return
			}
			out, err := s.Import(c.Request.Context(), in["workbook"].Data)
			transfer.Answer(c, out, err)
		})
	web.Raw(w, web.Op{ID: "practitioner.file.template", Method: http.MethodGet, Path: "/api/v1/practitioner-template", Perm: PermImport, Summary: "下载从业人员档案模板"},
		func(c *gin.Context) {
			book, err := s.Template(c.Request.Context())
			transfer.Workbook(c, "从业人员档案模板.xlsx", book, err)
		})
	web.Raw(w, web.Op{ID: "practitioner.file.report", Method: http.MethodGet, Path: "/api/v1/practitioner-reports/{id}", Perm: PermImport, Summary: "下载从业人员导入错误工作簿"},
		func(c *gin.Context) {
			book, err := s.Report(c.Request.Context(), c.Param("id"))
			transfer.Workbook(c, "从业人员导入错误.xlsx", book, err)
		})
}
