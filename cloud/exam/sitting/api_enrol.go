package sitting

import (
	"context"
	"net/http"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/cloud/training/class"
)

type (
	applyIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body Application
	}
	candidateOut struct{ Body Candidate }
	enrolIn      struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Class   string   `json:"class" minLength:"1" maxLength:"40"`
			Members []string `json:"members,omitempty" maxItems:"500" doc:"留空为全部结业合格的学员"`
			Consent bool     `json:"consent" doc:"这些学员均已书面同意人脸核验"`
		}
	}
	enrolOut struct{ Body Enrolled }
	ofClass  struct {
		db.Page
		ID      string `path:"id" maxLength:"40"`
		Outcome string `query:"outcome" enum:"WAITING,PASSED,FAILED,VOID,ZERO,ABSENT,NOT_STARTED,WITHHELD," doc:"结果"`
	}
	ofClassOut struct{ Body db.List[ClassExam] }
	groupsOut  struct {
		Body struct {
			Items []Group `json:"items"`
		}
	}
	confirmIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body Assent
	}
)

// registerEnrolment adds how people come into a sitting one by one or from a
// class, and what came of it.
func registerEnrolment(w *web.Web, s *Service) {
	const one = "/api/v1/exam/sittings/{id}"
	web.Register(w, web.Op{ID: "exam.sitting.apply", Method: http.MethodPost, Path: one + "/applicants", Perm: PermEnrol, Summary: "登记一名考生", Status: http.StatusCreated, MaxBody: 4 << 20},
		func(ctx context.Context, in *applyIn) (*candidateOut, error) {
			out, err := s.AddCandidate(ctx, in.ID, in.Body)
			return &candidateOut{out}, err
		})
	web.Register(w, web.Op{ID: PermEnrol, Method: http.MethodPost, Path: one + "/enrol", Summary: "班级结业学员报名到场次"},
		func(ctx context.Context, in *enrolIn) (*enrolOut, error) {
			b := in.Body
			out, err := s.Enrol(ctx, in.ID, b.Class, b.Members, b.Consent)
			return &enrolOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.sitting.groups", Method: http.MethodGet, Path: one + "/groups", Perm: PermList, Summary: "岗前、复训考生与确认情况"},
		func(ctx context.Context, in *idIn) (*groupsOut, error) {
			var err error
			out := new(groupsOut)
			out.Body.Items, err = s.Groups(ctx, in.ID)
			return out, err
		})
	web.Register(w, web.Op{ID: PermConfirm, Method: http.MethodPost, Path: one + "/confirm", Summary: "确认岗前或复训考生", Status: http.StatusNoContent},
		func(ctx context.Context, in *confirmIn) (*struct{}, error) {
			return nil, s.Confirm(ctx, in.ID, in.Body)
		})
	web.Register(w, web.Op{ID: "exam.sitting.class", Method: http.MethodGet, Path: "/api/v1/exam/classes/{id}/exams", Perm: class.PermList, Summary: "班级学员的考试"},
		func(ctx context.Context, in *ofClass) (*ofClassOut, error) {
			out, err := s.OfClass(ctx, in.ID, in.Outcome, in.Page)
			return &ofClassOut{out}, err
		})
}
