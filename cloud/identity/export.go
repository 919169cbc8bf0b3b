package identity

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

func registerExports(w *web.Web, s *Service) {
	staff := web.Op{ID: "identity.staff.export", Path: "/api/v1/staff", Perm: PermList}
	listing.Export(w, staff, listing.Sheet[Staff]{Name: "人员账号", Columns: []listing.Column[Staff]{
		listing.Col("账号", 16, func(v Staff) any { return v.Username }),
		listing.Col("姓名", 14, func(v Staff) any { return v.Name }),
		listing.Col("角色", 36, func(v Staff) any { return s.titles(v.Roles) }),
		listing.Col("数据范围", 16, func(v Staff) any { return extent(v) }),
		listing.Col("状态", 10, func(v Staff) any { return s.standing(v, s.clock.Now()) }),
		listing.Col("开户时间", 20, func(v Staff) any { return listing.At(&v.CreatedAt) }),
		listing.Col("口令更新", 20, func(v Staff) any { return listing.At(&v.PasswordAt) }),
	}}, s.recordNow, func(ctx context.Context, in *staffIn) (db.List[Staff], error) {
		return s.List(ctx, in.filter(), in.Page)
	})
	online := web.Op{ID: "identity.session.export", Path: "/api/v1/sessions", Perm: PermOnline}
	listing.Export(w, online, listing.Sheet[Session]{Name: "在线用户", Columns: []listing.Column[Session]{
		listing.Col("账号", 16, func(v Session) any { return v.Username }),
		listing.Col("姓名", 14, func(v Session) any { return v.Name }),
		listing.Col("地址", 18, func(v Session) any { return v.IP }),
		listing.Col("浏览器", 60, func(v Session) any { return v.Agent }),
		listing.Col("登录时间", 20, func(v Session) any { return listing.At(&v.CreatedAt) }),
		listing.Col("最近操作", 20, func(v Session) any { return listing.At(&v.SeenAt) }),
	}}, s.recordNow, func(ctx context.Context, in *onlineIn) (db.List[Session], error) {
		return s.Online(ctx, in.Role, in.Page)
	})
}

// recordNow records what changes nothing else.
func (s *Service) recordNow(ctx context.Context, action, object string, detail any) error {
	return s.db.InTx(ctx, func(tx pgx.Tx) error { return s.audit.Record(ctx, tx, action, object, detail) })
}

func (s *Service) titles(roles []string) string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = s.roles[r].Title
	}
	return strings.Join(out, "、")
}

func extent(v Staff) any {
	if v.ScopeAll {
		return "全市"
	}
	return len(v.Venues)
}

func (s *Service) standing(v Staff, now time.Time) string {
	switch {
	case v.Disabled:
		return "已停用"
	case v.LockedUntil != nil && v.LockedUntil.After(now):
		return "已锁定"
	case v.MustChange:
		return "待改口令"
	}
	return "正常"
}
