package identity

import (
	"context"
	"net/http"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
)

// Me is what a page needs to know about whoever is signed in.
type Me struct {
	ID       string   `json:"id"`
	Username string   `json:"username"`
	Name     string   `json:"name"`
	Roles    []string `json:"roles" doc:"角色名称（中文）"`
	Perms    []string `json:"perms" doc:"可以使用的操作"`
	ScopeAll bool     `json:"scope_all"`
	Venues   []string `json:"venues"`
	CSRF     string   `json:"csrf" doc:"修改类请求放在 X-Huyun-CSRF 头里"`
	Must     bool     `json:"must_change" doc:"必须先修改口令"`
}

func (s *Service) me(a auth.Actor, must bool) Me {
	m := Me{ID: a.ID, Username: a.Username, Name: a.Name, Roles: []string{}, Perms: []string{}, ScopeAll: a.Scope.All,
		Venues: tidy(a.Scope.Venues), CSRF: a.CSRF, Must: must}
	for _, r := range a.Roles {
		m.Roles = append(m.Roles, s.roles[r].Title)
	}
	for p := range a.Perms {
		m.Perms = append(m.Perms, p)
	}
	m.Perms = tidy(m.Perms)
	return m
}

type (
	loginIn struct {
		Body struct {
			Username string `json:"username" minLength:"1" maxLength:"32"`
			Password string `json:"password" text:"secret" minLength:"1" maxLength:"256"`
		}
	}
	meOut struct {
		Cookie string `header:"Set-Cookie"`
		Body   Me
	}
	doneOut struct {
		Cookie string `header:"Set-Cookie"`
	}
	emptyOut   struct{}
	passwordIn struct {
		Body struct {
			Old string `json:"old" text:"secret" minLength:"1" maxLength:"256"`
			New string `json:"new" text:"secret" minLength:"1" maxLength:"256"`
		}
	}
	namesIn struct {
		Usernames []string `query:"username,explode" minItems:"1" maxItems:"100"`
	}
	namesOut struct {
		Body struct {
			Names map[string]string `json:"names" doc:"账号 → 姓名；没有的账号不在其中"`
		}
	}
	idIn struct {
		ID string `path:"id" format:"uuid"`
	}
	sessionsOut struct {
		Body struct {
			Items []Session `json:"items"`
		}
	}
	onlineIn struct {
		db.Page
		Role string `query:"role" maxLength:"40" doc:"角色"`
	}
	onlineOut struct{ Body db.List[Session] }
)

func (s *Service) setCookie(token string, age int) string {
	c := http.Cookie{Name: s.cookie, Value: token, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode} //nolint:gosec // Secure follows the configuration: development has no TLS
	return c.String()
}

// Register adds the operations of sessions and of staff.
func Register(w *web.Web, s *Service) {
	registerSession(w, s)
	registerStaff(w, s)
	registerExports(w, s)
}

func registerSession(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: "identity.session.open", Method: http.MethodPost, Path: "/api/v1/session", Perm: web.Public, Summary: "登录", PerMin: 30},
		func(ctx context.Context, in *loginIn) (*meOut, error) {
			o, err := s.Open(ctx, in.Body.Username, in.Body.Password)
			if err != nil {
				return nil, err
			}
			return &meOut{Cookie: s.setCookie(o.Token, int(sessionLimit.Seconds())), Body: s.me(o.Actor, o.Must)}, nil
		})
	web.Register(w, web.Op{ID: "identity.session.show", Method: http.MethodGet, Path: "/api/v1/session", Perm: web.SignedIn, Summary: "当前登录人"},
		func(ctx context.Context, _ *struct{}) (*meOut, error) {
			a, _ := auth.From(ctx)
			must, err := s.Must(ctx)
			return &meOut{Body: s.me(a, must)}, err
		})
	web.Register(w, web.Op{ID: "identity.session.close", Method: http.MethodDelete, Path: "/api/v1/session", Perm: web.SignedIn, Summary: "退出登录", Status: http.StatusNoContent},
		func(ctx context.Context, _ *struct{}) (*doneOut, error) {
			return &doneOut{Cookie: s.setCookie("", -1)}, s.Close(ctx)
		})
	web.Register(w, web.Op{ID: "identity.session.mine", Method: http.MethodGet, Path: "/api/v1/session/mine", Perm: web.SignedIn, Summary: "我的登录会话"},
		func(ctx context.Context, _ *struct{}) (*sessionsOut, error) {
			list, err := s.Mine(ctx)
			out := &sessionsOut{}
			out.Body.Items = list
			return out, err
		})
	web.Register(w, web.Op{ID: "identity.session.end", Method: http.MethodDelete, Path: "/api/v1/session/mine/{id}", Perm: web.SignedIn, Summary: "结束我的一个会话", Status: http.StatusNoContent},
		func(ctx context.Context, in *idIn) (*emptyOut, error) { return nil, s.EndMine(ctx, in.ID) })
	web.Register(w, web.Op{ID: "identity.password.change", Method: http.MethodPost, Path: "/api/v1/session/password", Perm: web.SignedIn, Summary: "修改我的口令", Status: http.StatusNoContent, PerMin: 10},
		func(ctx context.Context, in *passwordIn) (*emptyOut, error) {
			return nil, s.ChangePassword(ctx, in.Body.Old, in.Body.New)
		})
	web.Register(w, web.Op{ID: "identity.staff.names", Method: http.MethodGet, Path: "/api/v1/staff-names", Perm: web.SignedIn, Summary: "账号对应的姓名"},
		func(ctx context.Context, in *namesIn) (*namesOut, error) {
			names, err := s.Names(ctx, in.Usernames)
			out := &namesOut{}
			out.Body.Names = names
			return out, err
		})
	web.Register(w, web.Op{ID: PermOnline, Method: http.MethodGet, Path: "/api/v1/sessions", Summary: "在线用户"},
		func(ctx context.Context, in *onlineIn) (*onlineOut, error) {
			list, err := s.Online(ctx, in.Role, in.Page)
			return &onlineOut{Body: list}, err
		})
	web.Register(w, web.Op{ID: PermKick, Method: http.MethodDelete, Path: "/api/v1/sessions/{id}", Summary: "强制下线", Status: http.StatusNoContent},
		func(ctx context.Context, in *idIn) (*emptyOut, error) { return nil, s.Kick(ctx, in.ID) })
}

type (
	staffIn struct {
		db.Page
		Role     string `query:"role" maxLength:"40"`
		Venue    string `query:"venue" maxLength:"64"`
		Disabled string `query:"disabled" enum:"true,false"`
	}
	staffListOut struct{ Body db.List[Staff] }
	staffOut     struct{ Body Staff }
	createIn     struct {
		Body struct {
			Username string `json:"username" minLength:"2" maxLength:"32"`
			Name     string `json:"name" minLength:"1" maxLength:"50"`
		}
	}
	createOut struct {
		Body struct {
			Staff    Staff  `json:"staff"`
			Password string `json:"password" doc:"初始口令，只显示这一次"`
		}
	}
	renameIn struct {
		ID   string `path:"id" format:"uuid"`
		Body struct {
			Name    string `json:"name" minLength:"1" maxLength:"50"`
			Version int64  `json:"version" minimum:"1"`
		}
	}
	disableIn struct {
		ID   string `path:"id" format:"uuid"`
		Body struct {
			Disabled bool   `json:"disabled"`
			Reason   string `json:"reason" minLength:"1" maxLength:"200"`
		}
	}
	resetOut struct {
		Body struct {
			Password string `json:"password" doc:"新口令，只显示这一次"`
		}
	}
	grantIn struct {
		ID   string `path:"id" format:"uuid"`
		Body struct {
			Roles  []string `json:"roles" maxItems:"20"`
			All    bool     `json:"all"`
			Venues []string `json:"venues" maxItems:"200"`
		}
	}
	rolesOut struct {
		Body struct {
			Items []Role `json:"items"`
		}
	}
)

func (in *staffIn) filter() StaffFilter {
	return StaffFilter{Role: in.Role, Venue: in.Venue, Disabled: in.Disabled}
}

func registerStaff(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: "/api/v1/staff", Summary: "查询人员账号"},
		func(ctx context.Context, in *staffIn) (*staffListOut, error) {
			list, err := s.List(ctx, in.filter(), in.Page)
			return &staffListOut{Body: list}, err
		})
	web.Register(w, web.Op{ID: "identity.staff.show", Method: http.MethodGet, Path: "/api/v1/staff/{id}", Perm: PermList, Summary: "查看人员账号"},
		func(ctx context.Context, in *idIn) (*staffOut, error) {
			st, err := s.Get(ctx, in.ID)
			return &staffOut{Body: st}, err
		})
	web.Register(w, web.Op{ID: PermCreate, Method: http.MethodPost, Path: "/api/v1/staff", Summary: "新建人员账号", Status: http.StatusCreated},
		func(ctx context.Context, in *createIn) (*createOut, error) {
			st, password, err := s.Create(ctx, in.Body.Username, in.Body.Name)
			out := &createOut{}
			out.Body.Staff, out.Body.Password = st, password
			return out, err
		})
	web.Register(w, web.Op{ID: PermRename, Method: http.MethodPut, Path: "/api/v1/staff/{id}", Summary: "修改姓名", Status: http.StatusNoContent},
		func(ctx context.Context, in *renameIn) (*emptyOut, error) {
			return nil, s.Rename(ctx, in.ID, in.Body.Name, in.Body.Version)
		})
	web.Register(w, web.Op{ID: PermDisable, Method: http.MethodPost, Path: "/api/v1/staff/{id}/disable", Summary: "停用或恢复账号", Status: http.StatusNoContent},
		func(ctx context.Context, in *disableIn) (*emptyOut, error) {
			return nil, s.Disable(ctx, in.ID, in.Body.Disabled, in.Body.Reason)
		})
	web.Register(w, web.Op{ID: PermReset, Method: http.MethodPost, Path: "/api/v1/staff/{id}/password", Summary: "重置口令"},
		func(ctx context.Context, in *idIn) (*resetOut, error) {
			password, err := s.Reset(ctx, in.ID)
			out := &resetOut{}
			out.Body.Password = password
			return out, err
		})
	web.Register(w, web.Op{ID: PermGrant, Method: http.MethodPut, Path: "/api/v1/staff/{id}/grant", Summary: "授予角色和数据范围", Status: http.StatusNoContent},
		func(ctx context.Context, in *grantIn) (*emptyOut, error) {
			return nil, s.Grant(ctx, in.ID, in.Body.Roles, in.Body.All, in.Body.Venues)
		})
	web.Register(w, web.Op{ID: PermRoles, Method: http.MethodGet, Path: "/api/v1/roles", Summary: "角色与权限表"},
		func(ctx context.Context, _ *struct{}) (*rolesOut, error) {
			list, err := s.Roles(ctx)
			out := &rolesOut{}
			out.Body.Items = list
			return out, err
		})
}
