package proctor

import (
	"context"
	"net/http"
	"time"

	"huyun.internal/edge/app/web"
	"huyun.internal/edge/exam/practical"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	pexam "huyun.internal/protocol/exam"
	scoring "huyun.internal/protocol/exam/practical"
)

func registerPractical(w *web.Web, a *API) {
	all := "/proctor/v1/sittings/{sitting}/practical"
	web.Register(w, web.Op{
		ID: permPracticalRead, Method: http.MethodGet, Path: all, Perm: permPracticalRead, Summary: "应会考试：评分方案与考生",
	}, a.practical)
	web.Register(w, web.Op{
		ID: "exam.practical.sheets", Method: http.MethodGet, Path: all + "/{candidate}", Perm: permPracticalRead, Summary: "一名考生的全部评分表",
	}, a.practicalSheets)
	web.Register(w, web.Op{
		ID: permPracticalScore, Method: http.MethodPost, Path: all + "/{candidate}", Perm: permPracticalScore, PerMin: 60,
		Summary: "提交评分表：两名考官签名",
	}, a.practicalScore)
}

// examinee is a candidate as the examiners see them.
type examinee struct {
	ID        string           `json:"id"`
	Admission string           `json:"admission"`
	Name      string           `json:"name"`
	Standing  seating.Standing `json:"standing"`
	Door      string           `json:"standing_name"`
	State     string           `json:"state" enum:",submitted,confirmed,rejected" doc:"空为尚未评分"`
	StateName string           `json:"state_name"`
	Revision  int              `json:"revision" doc:"最新一版评分表；0 为没有"`
	Score     pexam.Points     `json:"score" doc:"单位 0.1 分"`
	Passed    bool             `json:"passed"`
	Reason    string           `json:"reason" doc:"中心退回的原因"`
}

type practicalOut struct {
	Body struct {
		Scheme scoring.Scheme `json:"scheme"`
		Full   pexam.Points   `json:"full"`
		Items  []examinee     `json:"items"`
		Total  int            `json:"total"`
	}
}

func (a *API) practical(_ context.Context, in *sittingIn) (*practicalOut, error) {
	out := &practicalOut{}
	out.Body.Items = []examinee{}
	return out, a.Store.View(func(r store.Reader) error {
		arranged, err := practical.Arranged(r, in.Sitting)
		if err != nil {
			return err
		}
		out.Body.Scheme, out.Body.Full = arranged.Scheme, arranged.Scheme.Full()
		roll, err := a.Exam.CandidatesIn(r, in.Sitting)
		if err != nil {
			return err
		}
		entries, err := seating.Entries(r, in.Sitting)
		if err != nil {
			return err
		}
		sheets, err := practical.Latest(r, in.Sitting)
		if err != nil {
			return err
		}
		for _, c := range roll {
			e, ok := entries[c.ID]
			if !ok {
				e.Standing = seating.Expected
			}
			s := sheets[c.ID]
			out.Body.Items = append(out.Body.Items, examinee{
				ID: c.ID, Admission: c.Admission, Name: c.Name, Standing: e.Standing, Door: e.Standing.Name(), State: string(s.State),
				StateName: s.State.Name(), Revision: s.Revision, Score: s.Score, Passed: s.Passed, Reason: s.Reason,
			})
		}
		out.Body.Total = len(roll)
		return nil
	})
}

// sheet is a signed sheet as the page shows it.
type sheet struct {
	ID        string           `json:"id"`
	Revision  int              `json:"revision"`
	Items     []scoring.Scored `json:"items"`
	Remark    string           `json:"remark"`
	Score     pexam.Points     `json:"score"`
	Points    []pexam.Points   `json:"points" doc:"各项目得分，按方案顺序"`
	Failed    bool             `json:"failed" doc:"有直接不合格的扣分"`
	Passed    bool             `json:"passed"`
	Examiners []string         `json:"examiners"`
	At        time.Time        `json:"at"`
	State     string           `json:"state" enum:"submitted,confirmed,rejected"`
	StateName string           `json:"state_name"`
	Reason    string           `json:"reason"`
	By        string           `json:"by"`
}

func showSheet(s practical.Sheet) sheet {
	out := sheet{
		ID: s.ID, Revision: s.Revision, Items: s.Items, Remark: s.Remark, Score: s.Score, Points: s.Outcome.Items, Failed: s.Outcome.Failed,
		Passed: s.Passed, Examiners: s.Examiners, At: s.At, State: string(s.State), StateName: s.State.Name(), Reason: s.Reason, By: s.By,
	}
	if out.Points == nil {
		out.Points = []pexam.Points{}
	}
	return out
}

func (a *API) practicalSheets(_ context.Context, in *candidateIn) (*listOf[sheet], error) {
	if _, err := a.Exam.Candidate(in.Sitting, in.Candidate); err != nil {
		return nil, err
	}
	return list(read(a, func(r store.Reader) ([]sheet, error) {
		all, err := practical.Sheets(r, in.Sitting, in.Candidate)
		out := make([]sheet, len(all))
		for i, s := range all {
			out[i] = showSheet(s)
		}
		return out, err
	}))
}

type scoreIn struct {
	Sitting   string `path:"sitting" maxLength:"64"`
	Candidate string `path:"candidate" maxLength:"64"`
	Body      struct {
		ID     string           `json:"id" minLength:"8" maxLength:"64" doc:"页面生成的编号，重复提交只算一次"`
		Items  []scoring.Scored `json:"items" maxItems:"20"`
		Remark string           `json:"remark,omitempty" text:"lines" maxLength:"500"`
		Second second           `json:"second" doc:"另一名考官，输入本人账号和口令签名"`
	}
}

type sheetOut struct{ Body sheet }

func (a *API) practicalScore(ctx context.Context, in *scoreIn) (*sheetOut, error) {
	s, err := a.Practical.Submit(ctx, in.Sitting, in.Candidate, practical.Marks{
		ID: in.Body.ID, Items: in.Body.Items, Remark: in.Body.Remark,
		SecondUser: in.Body.Second.Username, SecondPassword: in.Body.Second.Password,
	})
	if err != nil {
		return nil, err
	}
	return &sheetOut{Body: showSheet(s)}, nil
}
