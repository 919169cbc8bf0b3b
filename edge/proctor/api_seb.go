package proctor

import (
	"cmp"
	"context"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"huyun.internal/edge/app/web"
	"huyun.internal/protocol/fault"
)

func registerSEB(w *web.Web, a *API) {
	const at = "/proctor/v1/sittings/{sitting}/seb"
	web.Raw(w, web.Op{
		ID: "seating.seb.settings", Method: http.MethodGet, Path: at, Perm: permTerminalRead, Summary: "本场次的 SEB 安全浏览器配置文件（.seb）",
	}, a.sebFile)
	web.Register(w, web.Op{
		ID: permSEBAllow, Method: http.MethodPost, Path: at + "/allow", Perm: permSEBAllow, Summary: "准许一个座位不使用 SEB 登录", Status: http.StatusNoContent,
	}, a.allowSEB)
}

// sebFile offers the settings for terminals that reach the venue under base: the
// address in the query, or the one under which the console was asked. What SEB
// hashes holds that address, so it has to be the terminals' own.
func (a *API) sebFile(c *gin.Context) {
	st, err := a.Exam.Sitting(c.Param("sitting"))
	if err == nil && st.SEB == "" {
		err = fault.Preconditionf("seating.seb.unused", "本场次不使用 SEB 安全浏览器，没有配置文件")
	}
	base := ""
	if err == nil {
		base, err = baseOf(c)
	}
	if err != nil {
		web.Fail(c, err)
		return
	}
	c.Header("Content-Disposition", `attachment; filename="huyun-`+st.Sitting+`.seb"`)
	c.Data(http.StatusOK, "application/seb", a.Seating.SEB(st.Sitting, base).File())
}

func baseOf(c *gin.Context) (string, error) {
	scheme := "http://"
	if c.Request.TLS != nil {
		scheme = "https://"
	}
	u, err := url.Parse(cmp.Or(c.Query("base"), scheme+c.Request.Host))
	bad := err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		u.Path != "" && u.Path != "/" || len(u.Host) > 200
	if bad {
		return "", fault.Invalidf("seating.seb.base", "考试机访问地址不正确，应形如 https://10.0.0.5:8300")
	}
	return u.Scheme + "://" + u.Host, nil
}

type allowSEBIn struct {
	Sitting string `path:"sitting" maxLength:"64"`
	Body    struct {
		Seat   string `json:"seat" minLength:"1" maxLength:"20"`
		Reason string `json:"reason" minLength:"1" maxLength:"200"`
	}
}

func (a *API) allowSEB(ctx context.Context, in *allowSEBIn) (*struct{}, error) {
	return nil, a.Seating.AllowSEB(ctx, in.Sitting, in.Body.Seat, in.Body.Reason)
}
