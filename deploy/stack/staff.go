package stack

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
)

// Login is one demonstration account. Passwords are made on this machine at
// the first start and kept readable by its owner only.
type Login struct {
	Username string   `json:"username"`
	Name     string   `json:"name"`
	Password string   `json:"password"`
	Roles    []string `json:"roles"`
	Venue    bool     `json:"venue"` // limited to the demonstration venue
}

// The demonstration's people. Nobody holds two duties that the rules keep
// apart.
var people = []Login{ //nolint:gochecknoglobals // a table
	{Username: "sysadmin", Name: "系统管理员", Roles: []string{"sysadmin"}},
	{Username: "secadmin", Name: "安全管理员", Roles: []string{"secadmin"}},
	{Username: "auditor", Name: "审计员", Roles: []string{"auditor"}},
	{Username: "zhang.kaowu", Name: "张考务", Roles: []string{"exam_admin", "score_admin"}},
	{Username: "he.jiaowu", Name: "何教务", Roles: []string{"class_admin"}},
	{Username: "li.shenhe", Name: "李审核", Roles: []string{"exam_reviewer"}},
	{Username: "xu.xinyong", Name: "徐信用", Roles: []string{"credit_admin"}},
	{Username: "qian.xinyong", Name: "钱信用", Roles: []string{"credit_admin"}},
	{Username: "wang.tiku", Name: "王题库", Roles: []string{"bank_editor"}},
	{Username: "zhao.shenti", Name: "赵审题", Roles: []string{"bank_reviewer"}},
	{Username: "chen.kaochang", Name: "陈负责", Roles: []string{"chief"}, Venue: true},
	{Username: "liu.jiankao", Name: "刘监考", Roles: []string{"proctor"}, Venue: true},
	{Username: "sun.jishu", Name: "孙技术", Roles: []string{"technician"}, Venue: true},
	{Username: "qian.chuangkou", Name: "钱窗口", Roles: []string{"window_clerk"}},
	{Username: "wu.shencha", Name: "吴审查", Roles: []string{"licence_reviewer"}},
	{Username: "feng.shencha", Name: "冯审查", Roles: []string{"licence_reviewer"}}, // a strict review wants two
	{Username: "zheng.shenpi", Name: "郑审批", Roles: []string{"licence_approver"}},
}

// Logins reads the accounts of an earlier start.
func (s *Stack) Logins() (map[string]Login, error) {
	raw, err := os.ReadFile(s.loginFile())
	if err != nil {
		return nil, err
	}
	logins := map[string]Login{}
	return logins, json.Unmarshal(raw, &logins)
}

func (s *Stack) loginFile() string { return filepath.Join(s.Dir, "logins.json") }

func (s *Stack) saveLogins(logins map[string]Login) error {
	raw, err := json.MarshalIndent(logins, "", "  ") //nolint:gosec // demonstration passwords, kept on purpose, 0600
	if err != nil {
		return err
	}
	return os.WriteFile(s.loginFile(), raw, 0o600)
}

// newPassword is long enough to be safe and short enough to be typed: 14
// characters without look-alikes, with what the policy asks for.
func newPassword() (string, error) {
	const letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	var b bytes.Buffer
	for range 12 {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(letters))))
		if err != nil {
			return "", err
		}
		b.WriteByte(letters[n.Int64()])
	}
	return b.String() + "-7", nil
}

// makePeople creates every account of the table: the three administrators by
// the command that a site's installer would use, the rest through the console
// by the two of them, as the rules want it.
func (s *Stack) makePeople(ctx context.Context, venue func(ctx context.Context, admin *Client) (string, error)) (map[string]Login, error) {
	logins, err := s.Logins()
	if err == nil {
		return logins, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	logins = map[string]Login{}
	for _, p := range people {
		p.Password, err = newPassword()
		if err != nil {
			return nil, err
		}
		if p.Roles[0] == "sysadmin" || p.Roles[0] == "secadmin" || p.Roles[0] == "auditor" {
			err = s.createAdmin(ctx, p)
		} else {
			err = s.createStaff(ctx, logins, p, venue)
		}
		if err != nil {
			return nil, fmt.Errorf("account %s: %w", p.Username, err)
		}
		logins[p.Username] = p
	}
	return logins, s.saveLogins(logins)
}

func (s *Stack) createAdmin(ctx context.Context, p Login) error {
	cmd := exec.CommandContext(ctx, s.Cloud.Path, "admin", "create", "--config", s.cloudConfig(),
		"--username", p.Username, "--name", p.Name, "--role", p.Roles[0], "--stdin")
	cmd.Stdin = bytes.NewBufferString(p.Password + "\n")
	cmd.Env = append(os.Environ(), s.Env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

func (s *Stack) createStaff(ctx context.Context, logins map[string]Login, p Login, venue func(context.Context, *Client) (string, error)) error {
	sys, err := s.SignIn(ctx, logins["sysadmin"])
	if err != nil {
		return err
	}
	var made struct {
		Staff    struct{ ID string }
		Password string
	}
	err = sys.Do(ctx, http.MethodPost, "/api/v1/staff", map[string]string{"username": p.Username, "name": p.Name}, &made)
	if err != nil {
		return err
	}
	grant := map[string]any{"roles": p.Roles, "all": !p.Venue, "venues": []string{}}
	if p.Venue {
		admin, err := s.SignIn(ctx, logins["zhang.kaowu"])
		if err != nil {
			return err
		}
		id, err := venue(ctx, admin)
		if err != nil {
			return err
		}
		grant["venues"] = []string{id}
	}
	sec, err := s.SignIn(ctx, logins["secadmin"])
	if err != nil {
		return err
	}
	err = sec.Do(ctx, http.MethodPut, "/api/v1/staff/"+made.Staff.ID+"/grant", grant, nil)
	if err != nil {
		return err
	}
	first := p
	first.Password = made.Password
	self, err := s.SignIn(ctx, first)
	if err != nil {
		return err
	}
	return self.Do(ctx, http.MethodPost, "/api/v1/session/password", map[string]string{"old": made.Password, "new": p.Password}, nil)
}

// SignIn opens a session at the console, once for each account and password.
func (s *Stack) SignIn(ctx context.Context, l Login) (*Client, error) {
	return s.SignInAt(ctx, s.ConsoleURL(), l)
}

// SignInAt is SignIn at the console of another copy.
func (s *Stack) SignInAt(ctx context.Context, console string, l Login) (*Client, error) {
	key := console + "\x00" + l.Username + "\x00" + l.Password
	if c := s.sessions[key]; c != nil {
		return c, nil
	}
	c := NewClient(console)
	var me struct {
		CSRF string `json:"csrf"`
	}
	err := c.Do(ctx, http.MethodPost, "/api/v1/session", map[string]string{"username": l.Username, "password": l.Password}, &me)
	if err != nil {
		return nil, fmt.Errorf("sign in as %s: %w", l.Username, err)
	}
	c.CSRF = me.CSRF
	s.sessions[key] = c
	return c, nil
}
