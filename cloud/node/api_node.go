package node

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/blob"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// Permissions of the node interface; every active node holds all.
const (
	PermRenew   = "node.renew"
	PermBlob    = "node.blob.read"
	PermPicture = "node.picture.bring"
)

// enrolPerMin is how often one address may try a code in a minute: 128-bit
// codes cannot be guessed, but nobody needs more tries than this.
const enrolPerMin = 10

// RegisterNode adds the interface that devices use, over HTTPS and HTTP/3. It
// is a Web of its own, guarded by Door.
func RegisterNode(w *web.Web, s *Service, blobs blob.Store) {
	web.Register(w, web.Op{
		ID: auditEnrol, Method: http.MethodPost, Path: "/node/v1/enrol", Perm: web.Public, Summary: "设备注册", PerMin: enrolPerMin,
	}, s.apiEnrol)
	web.Register(w, web.Op{
		ID: PermRenew, Method: http.MethodPost, Path: "/node/v1/renew", Summary: "设备证书续期",
	}, s.apiRenew)
	web.Raw(w, web.Op{
		ID: PermBlob, Method: http.MethodGet, Path: "/node/v1/blobs/{digest}", Summary: "下载数据包", Audit: "none",
	}, func(c *gin.Context) { serveBlob(c, blobs) })
}

type enrolIn struct{ Body wire.EnrolRequest }

type enrolOut struct{ Body wire.EnrolReply }

func (s *Service) apiEnrol(ctx context.Context, in *enrolIn) (*enrolOut, error) {
	reply, err := s.Enrol(ctx, in.Body)
	return &enrolOut{Body: reply}, err
}

func (s *Service) apiRenew(ctx context.Context, _ *struct{}) (*enrolOut, error) {
	actor, err := auth.Require(ctx, PermRenew)
	if err != nil {
		return nil, err
	}
	reply, err := s.Renew(ctx, actor.ID)
	return &enrolOut{Body: reply}, err
}

// serveBlob answers with resume (Range): a cut download goes on where it was.
// What a blob holds is sealed to the node it is for, so its address is the only
// secret that a node needs.
func serveBlob(c *gin.Context, blobs blob.Store) {
	digest, err := sm.ParseDigest(c.Param("digest"))
	if err != nil {
		web.Fail(c, fault.New(fault.NotFound, "node.blob.missing", "数据包不存在，请等待考试中心重新下发"))
		return
	}
	file, _, err := blobs.Open(c.Request.Context(), digest)
	if err != nil {
		web.Fail(c, err)
		return
	}
	defer file.Close()
	h := c.Writer.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("ETag", `"`+digest.String()+`"`)
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, file)
}

// Door tells the node interface who is asking: the token in the Authorization
// header, signed by the node's key.
type Door struct{ Service *Service }

// Authenticate implements web.Authenticator.
func (d Door) Authenticate(ctx context.Context, r *http.Request) (auth.Actor, error) {
	token, ok := envelope.FromAuthorization(r.Header.Get("Authorization"))
	if !ok {
		return auth.Actor{}, auth.Required()
	}
	n, err := d.Service.Authenticate(ctx, token, envelope.AudienceHTTP)
	if err != nil {
		return auth.Actor{}, err
	}
	return auth.Actor{
		ID: n.ID, Kind: auth.KindNode, Username: n.ID, Name: n.Name,
		Scope: auth.Scope{Venues: []string{n.Venue}}, Perms: auth.NewPerms(PermRenew, PermBlob, PermPicture),
	}, nil
}
