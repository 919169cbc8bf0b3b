package score

import (
	"context"
	"net/http"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
)

type (
	idIn struct {
		ID string `path:"id" maxLength:"40"`
	}
	resultOut struct{ Body Result }
	listIn    struct {
		db.Page
		ID        string `path:"id" maxLength:"40"`
		Different bool   `query:"different" doc:"只看有差异的"`
		Outcome   string `query:"outcome" enum:"PASSED,FAILED,VOID,ZERO,ABSENT,NOT_STARTED,WITHHELD" required:"false"`
	}
	listOut   struct{ Body db.List[Row] }
	correctIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Reason string `json:"reason" minLength:"1" maxLength:"500"`
		}
	}
	attemptIn struct {
		ID      string `path:"id" maxLength:"40"`
		Attempt string `path:"attempt" maxLength:"64"`
	}
	inspectOut struct{ Body Inspection }
	annulIn    struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Question string `json:"question" maxLength:"40"`
			Annul    bool   `json:"annul" doc:"true 作废并全体给分，false 撤销作废"`
			Reason   string `json:"reason" minLength:"1" maxLength:"500"`
		}
	}
	reviewsOut struct {
		Body struct {
			Items []Review `json:"items"`
		}
	}
	askIn struct {
		ID      string `path:"id" maxLength:"40"`
		Attempt string `path:"attempt" maxLength:"64"`
		Body    struct {
			Statement string `json:"statement" minLength:"1" maxLength:"500"`
		}
	}
	answerIn struct {
		ID     string `path:"id" maxLength:"40"`
		Review string `path:"review" maxLength:"40"`
		Body   struct {
			Outcome Verdict `json:"outcome" enum:"MAINTAINED,CORRECT"`
			Reply   string  `json:"reply" minLength:"1" maxLength:"500"`
		}
	}
	confirmIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Waiver string `json:"waiver,omitempty" maxLength:"1000" doc:"有差异时写明核实情况"`
		}
	}
)

// Register adds the operations of scores.
func Register(w *web.Web, s *Service) {
	const one = "/api/v1/exam/sittings/{id}"
	web.Register(w, web.Op{ID: "exam.score.round", Method: http.MethodGet, Path: one + "/score", Perm: PermList, Summary: "成绩复算情况"},
		func(ctx context.Context, in *idIn) (*resultOut, error) {
			out, err := s.Round(ctx, in.ID)
			return &resultOut{out}, err
		})
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: one + "/scores", Summary: "查询成绩"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			out, err := s.List(ctx, in.ID, Filter{in.Different, Outcome(in.Outcome)}, in.Page)
			return &listOut{out}, err
		})
	web.Register(w, web.Op{ID: PermRun, Method: http.MethodPost, Path: one + "/score", Summary: "复算成绩"},
		func(ctx context.Context, in *idIn) (*resultOut, error) {
			out, err := s.Run(ctx, in.ID)
			return &resultOut{out}, err
		})
	web.Register(w, web.Op{ID: PermConfirm, Method: http.MethodPost, Path: one + "/score/confirm", Summary: "确认成绩"},
		func(ctx context.Context, in *confirmIn) (*resultOut, error) {
			out, err := s.Confirm(ctx, in.ID, in.Body.Waiver)
			return &resultOut{out}, err
		})
	web.Register(w, web.Op{ID: PermPublish, Method: http.MethodPost, Path: one + "/score/publish", Summary: "发布成绩"},
		func(ctx context.Context, in *idIn) (*resultOut, error) {
			out, err := s.Publish(ctx, in.ID)
			return &resultOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.score.correct", Method: http.MethodPost, Path: one + "/score/correct", Perm: PermRun, Summary: "更正已发布的成绩"},
		func(ctx context.Context, in *correctIn) (*resultOut, error) {
			out, err := s.Correct(ctx, in.ID, in.Body.Reason)
			return &resultOut{out}, err
		})
	registerReviews(w, s)
	registerExport(w, s)
}

// registerReviews adds what looks a result over again.
func registerReviews(w *web.Web, s *Service) {
	const one = "/api/v1/exam/sittings/{id}"
	web.Register(w, web.Op{ID: PermInspect, Method: http.MethodPost, Path: one + "/scores/{attempt}/inspect", Summary: "查看答卷"},
		func(ctx context.Context, in *attemptIn) (*inspectOut, error) {
			out, err := s.Inspect(ctx, in.ID, in.Attempt)
			return &inspectOut{out}, err
		})
	web.Register(w, web.Op{ID: PermAnnul, Method: http.MethodPost, Path: one + "/score/annul", Summary: "作废试题，全体给分", Status: http.StatusNoContent},
		func(ctx context.Context, in *annulIn) (*struct{}, error) {
			return nil, s.Annul(ctx, in.ID, in.Body.Question, in.Body.Annul, in.Body.Reason)
		})
	web.Register(w, web.Op{ID: "exam.score.reviews", Method: http.MethodGet, Path: one + "/score/reviews", Perm: PermList, Summary: "成绩复查"},
		func(ctx context.Context, in *idIn) (*reviewsOut, error) {
			out := &reviewsOut{}
			var err error
			out.Body.Items, err = s.Reviews(ctx, in.ID)
			return out, err
		})
	web.Register(w, web.Op{ID: PermReview, Method: http.MethodPost, Path: one + "/scores/{attempt}/reviews", Summary: "受理成绩复查", Status: http.StatusNoContent},
		func(ctx context.Context, in *askIn) (*struct{}, error) {
			return nil, s.Ask(ctx, in.ID, in.Attempt, in.Body.Statement)
		})
	web.Register(w, web.Op{ID: "exam.score.answer", Method: http.MethodPost, Path: one + "/score/reviews/{review}", Perm: PermInspect, Summary: "答复成绩复查", Status: http.StatusNoContent},
		func(ctx context.Context, in *answerIn) (*struct{}, error) {
			return nil, s.Answer(ctx, in.ID, in.Review, in.Body.Outcome, in.Body.Reply)
		})
}
