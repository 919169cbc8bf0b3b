package paper

import (
	"context"
	"net/http"
	"time"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/exam"
)

type listIn struct {
	db.Page
	Category string `query:"category" maxLength:"5"`
	Subject  string `query:"subject" maxLength:"20"`
	All      bool   `query:"all" doc:"包括旧版本和已停用的规则"`
}

// Draft is a rule as a form sends it; its id and version come from the path.
// Exported because huma skips unexported embedded structs.
type Draft struct {
	Name         string    `json:"name" minLength:"1" maxLength:"100"`
	Category     string    `json:"category" minLength:"5" maxLength:"5"`
	Subject      string    `json:"subject" minLength:"1" maxLength:"20"`
	Sections     []section `json:"sections" minItems:"1" maxItems:"12"`
	Minutes      int       `json:"minutes" minimum:"1" maximum:"600"`
	Pass         int       `json:"pass" minimum:"1" maximum:"100000" doc:"合格分，单位 0.1 分"`
	Shuffle      bool      `json:"shuffle" doc:"大题内打乱题序"`
	ShuffleOpts  bool      `json:"shuffle_options" doc:"打乱选项顺序"`
	MultiPartial bool      `json:"multi_partial" doc:"多选漏选得半分"`
	ShowScore    bool      `json:"show_score" doc:"交卷后向考生显示成绩"`
	EarlyMinutes int       `json:"early_minutes" minimum:"0" maximum:"600" doc:"开考多少分钟后方可交卷"`
	AvoidPapers  int       `json:"avoid_papers,omitempty" minimum:"0" maximum:"10" doc:"考生最近几份同科目试卷的试题不再出；0 不限"`
	OverlapCap   int       `json:"overlap_cap,omitempty" minimum:"0" maximum:"100" doc:"邻座试题重复不超过百分之几；0 不限"`
}

type section struct {
	Type       string  `json:"type" enum:"TF,SINGLE,MULTI,CASE"`
	Count      int     `json:"count" minimum:"1" maximum:"300"`
	Each       int     `json:"each" minimum:"1" maximum:"1000" doc:"每题分值，单位 0.1 分"`
	Subs       int     `json:"subs,omitempty" minimum:"0" maximum:"5" doc:"案例题的小题数"`
	Chapters   []quota `json:"chapters,omitempty" maxItems:"50"`
	Difficulty []share `json:"difficulty,omitempty" maxItems:"5"`
}

type quota struct {
	Chapter string `json:"chapter" minLength:"1" maxLength:"100"`
	Min     int    `json:"min" minimum:"0" maximum:"300"`
	Max     int    `json:"max,omitempty" minimum:"0" maximum:"300" doc:"0 表示不限"`
}

type share struct {
	Level   int `json:"level" minimum:"1" maximum:"5"`
	Percent int `json:"percent" minimum:"0" maximum:"100"`
}

func (d Draft) exposure() Exposure { return Exposure{d.AvoidPapers, d.OverlapCap} }

func (d Draft) rule(id string, version int) exam.Rule {
	r := exam.Rule{
		ID: id, Version: version, Name: d.Name, Category: d.Category, Subject: d.Subject, Minutes: d.Minutes,
		Pass: exam.Points(d.Pass), Shuffle: d.Shuffle, ShuffleOpts: d.ShuffleOpts, MultiPartial: d.MultiPartial,
		ShowScore: d.ShowScore, EarlyMinutes: d.EarlyMinutes,
	}
	for _, s := range d.Sections {
		sec := exam.Section{Type: exam.Type(s.Type), Count: s.Count, Each: exam.Points(s.Each), Subs: s.Subs}
		for _, q := range s.Chapters {
			sec.Chapters = append(sec.Chapters, exam.Quota{Chapter: q.Chapter, Min: q.Min, Max: q.Max})
		}
		for _, p := range s.Difficulty {
			sec.Difficulty = append(sec.Difficulty, exam.Share{Level: p.Level, Percent: p.Percent})
		}
		r.Sections = append(r.Sections, sec)
	}
	return r
}

type (
	listOut struct{ Body db.List[Rule] }
	draftIn struct{ Body Draft }
	// VersionPath names a rule version; exported because huma skips unexported embedded structs.
	VersionPath struct {
		ID      string `path:"id" maxLength:"40"`
		Version int    `path:"version" minimum:"1" maximum:"100000"`
	}
	changeIn struct {
		VersionPath
		Body struct {
			Draft
			Seen time.Time `json:"seen,omitempty" doc:"所改版本的保存时间 saved_at；之后有人再保存过则拒绝"`
		}
	}
	succeedIn struct {
		VersionPath
		Body Draft
	}
	retireIn struct {
		VersionPath
		Body struct {
			Retired bool `json:"retired"`
		}
	}
	ruleOut    struct{ Body Rule }
	savedOut   struct{ Body Saved }
	checkOut   struct{ Body Feasibility }
	previewOut struct{ Body Preview }

	distributionOut struct{ Body Distribution }
	defaultsIn      struct {
		Category string `query:"category" required:"true" maxLength:"5"`
	}
	defaultsOut struct {
		Body struct {
			Items []exam.Rule `json:"items"`
		}
	}
)

// Register adds the operations of paper rules.
func Register(w *web.Web, s *Service) {
	const one = "/api/v1/exam/rules/{id}/versions/{version}"
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: "/api/v1/exam/rules", Summary: "查询组卷规则"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			list, err := s.List(ctx, in.Category, in.Subject, in.All, in.Page)
			return &listOut{list}, err
		})
	web.Register(w, web.Op{ID: "exam.paper.show", Method: http.MethodGet, Path: one, Perm: PermList, Summary: "查看组卷规则"},
		func(ctx context.Context, in *VersionPath) (*ruleOut, error) {
			r, err := s.Get(ctx, in.ID, in.Version)
			return &ruleOut{r}, err
		})
	web.Register(w, web.Op{ID: "exam.paper.check", Method: http.MethodPost, Path: "/api/v1/exam/rules/check", Perm: PermSave, Summary: "检查题库能否满足规则", Audit: "none"},
		func(ctx context.Context, in *draftIn) (*checkOut, error) {
			f, err := s.Check(ctx, in.Body.rule("", 0))
			return &checkOut{f}, err
		})
	web.Register(w, web.Op{ID: "exam.paper.distribution", Method: http.MethodPost, Path: "/api/v1/exam/rules/distribution", Perm: PermSave, Summary: "统计一千份试卷的分布", Audit: "none", PerMin: 30},
		func(ctx context.Context, in *draftIn) (*distributionOut, error) {
			out, err := s.Distribution(ctx, in.Body.rule("", 0))
			return &distributionOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.paper.defaults", Method: http.MethodGet, Path: "/api/v1/exam/rules/defaults", Perm: PermSave, Summary: "一个类别的默认试卷规格"},
		func(ctx context.Context, in *defaultsIn) (*defaultsOut, error) {
			var err error
			out := new(defaultsOut)
			out.Body.Items, err = s.Defaults(ctx, in.Category)
			return out, err
		})
	web.Register(w, web.Op{ID: PermSave, Method: http.MethodPost, Path: "/api/v1/exam/rules", Summary: "新建组卷规则", Status: http.StatusCreated},
		func(ctx context.Context, in *draftIn) (*savedOut, error) {
			out, err := s.Create(ctx, in.Body.rule("", 0), in.Body.exposure())
			return &savedOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.paper.change", Method: http.MethodPut, Path: one, Perm: PermSave, Summary: "修改未被使用的规则", Audit: PermSave},
		func(ctx context.Context, in *changeIn) (*savedOut, error) {
			out, err := s.Change(ctx, in.Body.rule(in.ID, in.Version), in.Body.exposure(), in.Body.Seen)
			return &savedOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.paper.succeed", Method: http.MethodPost, Path: one + "/succeed", Perm: PermSave, Summary: "另存为新版本", Status: http.StatusCreated, Audit: PermSave},
		func(ctx context.Context, in *succeedIn) (*savedOut, error) {
			out, err := s.Succeed(ctx, in.Body.rule(in.ID, in.Version), in.Body.exposure())
			return &savedOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.paper.retire", Method: http.MethodPost, Path: one + "/retire", Perm: PermSave, Summary: "停用或恢复规则", Status: http.StatusNoContent},
		func(ctx context.Context, in *retireIn) (*struct{}, error) {
			return nil, s.Retire(ctx, in.ID, in.Version, in.Body.Retired)
		})
	web.Register(w, web.Op{ID: PermPreview, Method: http.MethodPost, Path: one + "/preview", Summary: "预览一份试卷"},
		func(ctx context.Context, in *VersionPath) (*previewOut, error) {
			out, err := s.Preview(ctx, in.ID, in.Version)
			return &previewOut{out}, err
		})
	registerExport(w, s)
}
