package onestop

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/protocol/fault"
)

// User is what the platform says of somebody who has signed on. It is never kept
// here, and never logged.
type User struct {
	ID        string `json:"userId"`
	Type      string `json:"userType"` // 个人 or 法人
	Name      string `json:"name"`
	IDNo      string `json:"idNo"`
	Mobile    string `json:"mobile"`
	Level     int    `json:"authLevel"`
	Sex       string `json:"sex"`
	Birth     string `json:"birth"`
	Nation    string `json:"nation"`
	Residence string `json:"residence"`
	Address   string `json:"address"`
	Photo     string `json:"photo"`
	Org       string `json:"orgName"`
	USCC      string `json:"uscc"`
}

// String keeps who somebody is out of logs.
func (User) String() string { return "onestop.User" }

// Company says that somebody acts for a company.
func (u User) Company() bool { return u.Type == "法人" }

// Picture is the photograph (JPEG), or nothing.
func (u User) Picture() []byte {
	raw, err := base64.StdEncoding.DecodeString(u.Photo)
	if err != nil {
		return nil
	}
	return raw
}

// signOnTime is how long somebody waits at the door at most.
const signOnTime = 8 * time.Second

// SignOn exchanges a token, which is good once, for who brought it. Faults:
// onestop.token, onestop.down, onestop.identity, onestop.unconfigured.
func (s *Service) SignOn(ctx context.Context, tokenSNO string) (User, error) {
	if s.Client == nil {
		return User{}, unconfigured()
	}
	ctx, cancel := context.WithTimeout(ctx, signOnTime)
	defer cancel()
	var access struct {
		Token string `json:"accessToken"`
	}
	err := s.Client.call(ctx, "user/getAccessToken", map[string]string{"tokenSNO": tokenSNO}, &access)
	var u User
	if err == nil {
		err = s.Client.call(ctx, "user/getUserInfoByAccessToken", map[string]string{"accessToken": access.Token}, &u)
	}
	if r, ok := asRefusal(err); ok {
		return User{}, fault.New(fault.Unauthenticated, "onestop.token", "登录凭据已失效或已使用过，请回到一网通办重新进入").With(r)
	}
	if f := fault.From(err); err != nil && f.Code == "onestop.down" {
		return User{}, fault.New(fault.Unavailable, "onestop.down", "一网通办平台暂时无法连接，请稍后从一网通办重新进入，或到窗口办理").With(err)
	}
	if err == nil && (u.ID == "" || u.Name == "") {
		err = fault.New(fault.Unavailable, "onestop.answer", "一网通办没有给出您的身份信息，请稍后重新进入，或到窗口办理")
	}
	return u, err
}

const knowSQL = `INSERT INTO onestop_user (person, user_id, seen_at) VALUES ($1, $2, $3) ON CONFLICT (person) DO UPDATE SET user_id = excluded.user_id, seen_at = excluded.seen_at`

// Knows keeps who a person is at the platform, so that their cases appear in
// 我的办件.
func (s *Service) Knows(ctx context.Context, tx pgx.Tx, person, userID string) error {
	if _, err := tx.Exec(ctx, knowSQL, person, userID, s.now()); err != nil {
		return fmt.Errorf("keep platform user: %w", err)
	}
	return s.overdue(ctx, tx, person)
}
