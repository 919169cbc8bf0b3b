package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/environ"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// Check looks at the machine without starting anything; each line begins with
// √, ! (worth knowing) or × (will not start).
func Check(ctx context.Context, c Config) []string {
	var out []string
	say := func(name string, err error) {
		if err == nil {
			out = append(out, "√ "+name)
			return
		}
		out = append(out, "× "+name+"："+fault.From(err).Text)
	}
	say("密码算法自检", sm.SelfTest())
	for _, r := range processRoles() {
		var err error
		if part := r.missing(c); part != "" {
			err = fault.New(fault.Precondition, "app.role.missing", "缺少"+part)
		}
		say("角色 "+r.name, err)
	}
	switch plain := c.Broker.plain(); {
	case plain != nil:
		say("消息服务", plain)
	case c.Broker.PlainTCP:
		out = append(out, "! 已设 broker.plain_tcp，消息服务的明文地址可对外开放；除非网络本身已加密，设备令牌会被窃听")
	}
	out = append(out, strays()...)
	out = append(out, checkOneStop(c.OneStop, say)...)
	if c.Database.DSN == "" {
		_, err := db.FindTool()
		say("本机 PostgreSQL 程序", err)
	} else {
		d, err := db.Open(ctx, c.Database.DSN, db.Options{MaxConns: 1})
		if err == nil {
			d.Close()
		}
		say("数据库服务器", err)
	}
	if _, err := os.Stat(filepath.Join(c.Keys.Dir, "passphrase")); err == nil {
		out = append(out, "! 密钥口令与密钥放在同一目录，能防止密钥文件被单独拷走，不能防止整个目录被拷走；生产环境请设置 keys.passphrase_file")
	}
	if c.CityData.URL == "" {
		out = append(out, "! 没有设置 citydata.url，驾驶证、事故违法、背景、户籍、学历、处罚、企业等核查项须由审查员人工确认")
	}
	if !c.Console.TLS && !c.Console.Secure && !strings.HasPrefix(c.Console.Addr, "127.") && !strings.HasPrefix(c.Console.Addr, "localhost") {
		out = append(out, fmt.Sprintf("! 管理端 %s 没有启用 TLS，登录口令会明文传输；请设置 console.tls 或在前面放置 TLS 代理", c.Console.Addr))
	}
	return out
}

// strays names the environment variables that nobody reads.
func strays() []string {
	var out []string
	for _, name := range environ.Stray(os.Environ()) {
		out = append(out, "! "+environ.Warning(name))
	}
	return out
}

// Failed tells whether a check stops the cloud from starting.
func Failed(lines []string) bool {
	for _, l := range lines {
		if strings.HasPrefix(l, "×") {
			return true
		}
	}
	return false
}

// checkOneStop says whether 一网通办 is configured; without it everything else works.
func checkOneStop(c OneStop, say func(name string, err error)) []string {
	if c.URL == "" {
		return []string{"! 没有配置一网通办平台地址（onestop.url）：不能网上申请，办件报文保留，配置后自动发送"}
	}
	_, err := dialOneStop(c, nil, clock.System())
	say("一网通办 "+c.URL, err)
	return nil
}
