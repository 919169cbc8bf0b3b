package node

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/link"
)

// Register adds the console's operations on nodes.
func Register(w *web.Web, s *Service) {
	web.Register(w, web.Op{
		ID: PermList, Method: http.MethodGet, Path: "/api/v1/nodes", Summary: "边缘设备看板", Audit: "none",
	}, s.apiBoard)
	web.Register(w, web.Op{
		ID: PermState, Method: http.MethodPost, Path: "/api/v1/nodes/{id}/state", Summary: "隔离、恢复或注销设备", Status: http.StatusNoContent,
	}, s.apiState)
	web.Register(w, web.Op{
		ID: PermCodes, Method: http.MethodGet, Path: "/api/v1/node-enrolments", Summary: "设备注册码列表", Audit: "none",
	}, s.apiCodes)
	web.Register(w, web.Op{
		ID: PermCode, Method: http.MethodPost, Path: "/api/v1/node-enrolments", Summary: "申请设备注册码", Status: http.StatusCreated,
	}, s.apiCreateCode)
	web.Register(w, web.Op{
		ID: PermApprove, Method: http.MethodPost, Path: "/api/v1/node-enrolments/{id}/approve", Summary: "批准设备注册码", Status: http.StatusNoContent,
	}, s.apiApproveCode)
	web.Register(w, web.Op{
		ID: PermDead, Method: http.MethodGet, Path: "/api/v1/node-dead-letters", Summary: "未能处理的上报记录", Audit: "none",
	}, s.apiDead)
	web.Register(w, web.Op{
		ID: PermSettle, Method: http.MethodPost, Path: "/api/v1/node-dead-letters/settle", Summary: "处置未能处理的上报记录", Status: http.StatusNoContent,
	}, s.apiSettle)
	web.Raw(w, web.Op{
		ID: PermPacket, Method: http.MethodPost, Path: "/api/v1/node-packets", Summary: "导入考场的密封包", MaxBody: maxPacket,
	}, s.apiBring)
	web.Raw(w, web.Op{
		ID: "node.packet.return", Method: http.MethodGet, Path: "/api/v1/nodes/{id}/return", Perm: PermPacket, Summary: "导出带回考场的回执包",
	}, s.apiReturn)
	s.registerExports(w)
}

// maxPacket is the largest upload: a venue's whole day, several times over.
const maxPacket = 512 << 20

// apiBring reads the packet from the form as it comes, whatever its size.
func (s *Service) apiBring(c *gin.Context) {
	parts, err := c.Request.MultipartReader()
	if err != nil {
		web.Fail(c, link.ErrPacket.With(err))
		return
	}
	part, err := parts.NextPart()
	if err != nil || part.FormName() != "packet" {
		web.Fail(c, link.ErrPacket.Withf("no part named packet: %v", err))
		return
	}
	out, err := s.Bring(c.Request.Context(), part)
	if err != nil {
		web.Fail(c, err)
		return
	}
	c.JSON(http.StatusOK, out)
}

// apiReturn sends the return packet of a node.
func (s *Service) apiReturn(c *gin.Context) {
	var out bytes.Buffer
	if err := s.Return(c.Request.Context(), &out, c.Param("id")); err != nil {
		web.Fail(c, err)
		return
	}
	c.Header("Content-Disposition", `attachment; filename="huyun-`+c.Param("id")+`.return"`)
	c.Data(http.StatusOK, "application/octet-stream", out.Bytes())
}

type boardIn struct {
	db.Page
	State   string `query:"state" enum:"ACTIVE,QUARANTINED,REVOKED," doc:"设备状态"`
	Contact string `query:"contact" enum:"lost," doc:"lost 失去联系：超过 45 秒没有上报"`
}

type boardOut struct{ Body db.List[Row] }

func (s *Service) apiBoard(ctx context.Context, in *boardIn) (*boardOut, error) {
	list, err := s.Board(ctx, Filter{in.State, in.Contact}, in.Page)
	return &boardOut{Body: list}, err
}

type stateIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		State  State  `json:"state" enum:"ACTIVE,QUARANTINED,REVOKED" doc:"目标状态"`
		Reason string `json:"reason" minLength:"2" maxLength:"200" doc:"原因"`
	}
}

func (s *Service) apiState(ctx context.Context, in *stateIn) (*struct{}, error) {
	return nil, s.ChangeState(ctx, in.ID, in.Body.State, in.Body.Reason)
}

type codesOut struct{ Body db.List[Enrolment] }

type codesIn struct {
	db.Page
	Venue string `query:"venue" maxLength:"64" doc:"分考场"`
	State string `query:"state" enum:"WAITING,READY,USED,EXPIRED," doc:"待批准、待使用、已使用、已过期"`
}

func (in *codesIn) filter() CodeFilter { return CodeFilter{Venue: in.Venue, State: in.State} }

func (s *Service) apiCodes(ctx context.Context, in *codesIn) (*codesOut, error) {
	list, err := s.Codes(ctx, in.filter(), in.Page)
	return &codesOut{Body: list}, err
}

type createCodeIn struct {
	Body struct {
		Venue string `json:"venue" minLength:"1" maxLength:"64" doc:"分考场"`
		Name  string `json:"name" minLength:"2" maxLength:"40" doc:"设备名称"`
	}
}

type createCodeOut struct {
	Body struct {
		ID        string    `json:"id"`
		Code      string    `json:"code" doc:"一次性注册码，仅显示这一次"`
		ExpiresAt time.Time `json:"expires_at"`
	}
}

func (s *Service) apiCreateCode(ctx context.Context, in *createCodeIn) (*createCodeOut, error) {
	code, err := s.CreateCode(ctx, in.Body.Venue, in.Body.Name)
	out := &createCodeOut{}
	out.Body.ID, out.Body.Code, out.Body.ExpiresAt = code.ID, code.Code, code.ExpiresAt
	return out, err
}

type codeIn struct {
	ID string `path:"id" maxLength:"64"`
}

func (s *Service) apiApproveCode(ctx context.Context, in *codeIn) (*struct{}, error) {
	return nil, s.ApproveCode(ctx, in.ID)
}

type deadIn struct {
	db.Page
	Open bool `query:"open" doc:"只看未处置的"`
}

type deadOut struct{ Body db.List[Dead] }

func (s *Service) apiDead(ctx context.Context, in *deadIn) (*deadOut, error) {
	list, err := s.DeadLetters(ctx, in.Open, in.Page)
	return &deadOut{Body: list}, err
}

type settleIn struct {
	Body struct {
		Node string `json:"node" minLength:"1" maxLength:"64"`
		Lane string `json:"lane" enum:"exam,rest"`
		Seq  int64  `json:"seq" minimum:"1"`
		Note string `json:"note" minLength:"2" maxLength:"200" doc:"处置说明"`
	}
}

func (s *Service) apiSettle(ctx context.Context, in *settleIn) (*struct{}, error) {
	return nil, s.SettleDead(ctx, in.Body.Node, in.Body.Lane, in.Body.Seq, in.Body.Note)
}
