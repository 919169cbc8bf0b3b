package dossier

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/node"
	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/wire"
)

type (
	oneIn struct {
		ID        string `path:"id" maxLength:"40"`
		Candidate string `path:"candidate" maxLength:"40"`
	}
	oneOut      struct{ Body Dossier }
	picturesOut struct {
		Body struct {
			Items []Picture `json:"items"`
		}
	}
	fetchIn struct {
		ID        string `path:"id" maxLength:"40"`
		Candidate string `path:"candidate" maxLength:"40"`
		Body      struct {
			Reason string `json:"reason" minLength:"1" maxLength:"200"`
		}
	}
	fetchOut struct {
		Body struct {
			Pictures int `json:"pictures" doc:"向考场调取的张数"`
		}
	}
	facesOut  struct{ Body Faces }
	pictureIn struct{ Body wire.Picture }
)

// Register adds the operations of records.
func Register(w *web.Web, s *Service) {
	const one = "/api/v1/exam/sittings/{id}/candidates/{candidate}"
	web.Register(w, web.Op{ID: PermRead, Method: http.MethodPost, Path: one + "/record", Summary: "查看考生全程记录"},
		func(ctx context.Context, in *oneIn) (*oneOut, error) {
			out, err := s.Open(ctx, in.ID, in.Candidate)
			return &oneOut{out}, err
		})
	web.Raw(w, web.Op{ID: "exam.dossier.print", Method: http.MethodGet, Path: one + "/record/sheet", Perm: PermRead, Summary: "打印考生全程记录", PerMin: 20},
		func(c *gin.Context) {
			out, err := s.Sheet(c.Request.Context(), c.Param("id"), c.Param("candidate"))
			transfer.Show(c, out.Name, out.Data, err)
		})
	web.Register(w, web.Op{ID: "exam.dossier.pictures", Method: http.MethodGet, Path: one + "/pictures", Perm: PermRead, Summary: "现场照片调取情况"},
		func(ctx context.Context, in *oneIn) (*picturesOut, error) {
			out := new(picturesOut)
			var err error
			out.Body.Items, err = s.Pictures(ctx, in.ID, in.Candidate)
			return out, err
		})
	web.Register(w, web.Op{ID: PermFetch, Method: http.MethodPost, Path: one + "/pictures", Summary: "向考场调取现场照片", PerMin: 20},
		func(ctx context.Context, in *fetchIn) (*fetchOut, error) {
			out := new(fetchOut)
			var err error
			out.Body.Pictures, err = s.Fetch(ctx, in.ID, in.Candidate, in.Body.Reason)
			return out, err
		})
	web.Raw(w, web.Op{ID: "exam.dossier.picture", Method: http.MethodGet, Path: one + "/pictures/{digest}", Perm: PermRead, Summary: "现场照片"},
		func(c *gin.Context) {
			data, _, err := s.Picture(c.Request.Context(), c.Param("id"), c.Param("candidate"), c.Param("digest"))
			transfer.Show(c, "", data, err)
		})
	web.Register(w, web.Op{ID: PermFaces, Method: http.MethodGet, Path: "/api/v1/exam/faces", Summary: "中心保存的人脸照片数"},
		func(ctx context.Context, _ *struct{}) (*facesOut, error) {
			out, err := s.Faces(ctx)
			return &facesOut{out}, err
		})
}

// bodyOf a picture: base64 is a third more, and there are a few words around it.
const bodyOf = maxPicture*4/3 + 1024

// RegisterNode adds what devices bring.
func RegisterNode(w *web.Web, s *Service) {
	web.Register(w, web.Op{
		ID: node.PermPicture, Method: http.MethodPost, Path: "/node/v1/pictures", Summary: "送达中心调取的照片",
		Status: http.StatusNoContent, MaxBody: bodyOf,
	}, func(ctx context.Context, in *pictureIn) (*struct{}, error) {
		return nil, s.Bring(ctx, in.Body)
	})
}
