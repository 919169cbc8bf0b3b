// Package identity knows the centre's and the venues' staff: who they are, how
// they sign in, what they may do and where, and which sessions are open. The
// console's session and the staff pages are its; each venue gets its own
// proctors' list from here, so that they can sign in with no network.
//
// It follows GB/T 22239-2019 7.1.4.1 身份鉴别 and 7.1.4.2 访问控制: no default
// account, complex passwords that age, lock-out, idle time-out, and three
// separate administrators — one creates accounts (sysadmin), one grants
// (secadmin), one reads the record (auditor), nobody two of these. What a role
// may do is the table in cloud/app; citizens and candidates are not here.
package identity

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Role is one row of the role table.
type Role struct {
	ID    string   `json:"id"`
	Title string   `json:"title"`
	Duty  string   `json:"duty"`  // what the role is for, shown on the role page
	Venue bool     `json:"venue"` // works at a venue: is shipped there, needs venues
	Admin bool     `json:"admin"` // one of the three administrators
	Perms []string `json:"perms"`
}

// Staff is one person's account as the pages show it.
type Staff struct {
	ID          string     `json:"id"`
	Username    string     `json:"username"`
	Name        string     `json:"name"`
	Disabled    bool       `json:"disabled"`
	MustChange  bool       `json:"must_change"`
	LockedUntil *time.Time `json:"locked_until"`
	CreatedAt   time.Time  `json:"created_at"`
	PasswordAt  time.Time  `json:"password_at"`
	Roles       []string   `json:"roles"`
	ScopeAll    bool       `json:"scope_all"`
	Venues      []string   `json:"venues"`
	Version     int64      `json:"version"`
}

// Grant is what a person may do and where.
type Grant struct {
	Staff     string
	Roles     []string
	ScopeAll  bool
	Venues    []string
	Version   int64
	GrantedBy string
	GrantedAt time.Time
	MAC       []byte
}

// Rules of accounts and sessions; when wrong passwords lock is person.MaxWrong.
const (
	passwordMaxAge = 90 * 24 * time.Hour // 等保: a password is changed every 90 days
	idleLimit      = 30 * time.Minute
	sessionLimit   = 12 * time.Hour // a working day, whatever the activity
	seenEvery      = time.Minute    // how exactly activity is noted
	maxSessions    = 10             // of one person; the oldest ends
)

var usernameForm = regexp.MustCompile(`^[a-z][a-z0-9_.-]{1,31}$`)

func checkUsername(u string) error {
	if !usernameForm.MatchString(u) {
		return fault.New(fault.Invalid, "identity.staff.username", "账号应以小写字母开头，由 2 至 32 位小写字母、数字或 . _ - 组成")
	}
	return nil
}

func checkName(n string) error {
	if n == "" || utf8.RuneCountInString(n) > 50 || strings.TrimSpace(n) != n || !person.Line(n) {
		return fault.New(fault.Invalid, "identity.staff.name", "请填写姓名，最多 50 个字，前后不留空格，不含换行和看不见的字符")
	}
	return nil
}

// checkGrant refuses roles that do not exist or must not meet in one person.
func (s *Service) checkGrant(g Grant) error {
	admins, venueRoles := 0, 0
	for _, id := range g.Roles {
		r, ok := s.roles[id]
		switch {
		case !ok:
			return fault.New(fault.Invalid, "identity.grant.role", "没有这个角色，请从列表中选择")
		case r.Admin:
			admins++
		case r.Venue:
			venueRoles++
		}
	}
	if admins > 1 || (admins == 1 && len(g.Roles) > 1) {
		return fault.New(fault.Conflict, "identity.grant.separation",
			"系统管理员、安全管理员、审计员必须由不同的人担任，且不能兼任业务角色，请另设账号")
	}
	if venueRoles > 0 && (g.ScopeAll || len(g.Venues) == 0) {
		return fault.New(fault.Invalid, "identity.grant.venue", "分考场角色需要指定所在考场，且不能选择“全部考场”")
	}
	return nil
}

// normalise sorts a grant's lists and removes repetitions, so that its MAC does
// not depend on how a page orders them.
func (g *Grant) normalise() {
	g.Roles = tidy(g.Roles)
	g.Venues = tidy(g.Venues)
	if g.ScopeAll {
		g.Venues = []string{}
	}
}

func tidy(in []string) []string {
	out := slices.Clone(in)
	slices.Sort(out)
	out = slices.Compact(out)
	if out == nil {
		out = []string{}
	}
	return out
}
