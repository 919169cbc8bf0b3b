// Command cloud is the centre: the console's interface, the devices' gateway,
// the link that takes in journals, and the worker, in one binary.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"huyun.internal/cloud/app"
	"huyun.internal/cloud/identity"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/environ"
	"huyun.internal/protocol/fault"
)

type commands struct {
	Config string `help:"配置文件（YAML）" env:"HUYUN_CONFIG" type:"path"`

	Serve   serveCmd   `cmd:"" help:"启动中心服务"`
	Migrate migrateCmd `cmd:"" help:"升级数据库结构"`
	Openapi openapiCmd `cmd:"" help:"输出接口契约（不需要数据库）"`
	Check   checkCmd   `cmd:"" help:"检查配置和环境，显示生效的配置"`
	Fsck    fsckCmd    `cmd:"" help:"核验审计链、考场操作记录、授权数据、业务数据"`
	Keys    keysCmd    `cmd:"" help:"密钥"`
	Admin   adminCmd   `cmd:"" help:"管理员账号"`
}

func main() {
	var c commands
	k := kong.Parse(&c, kong.Name("cloud"), kong.Description("沪运从业 中心"), kong.UsageOnError())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k.BindTo(ctx, (*context.Context)(nil))
	cfg, err := app.Load(c.Config, os.Environ())
	for _, name := range environ.Stray(os.Environ()) {
		fmt.Fprintln(os.Stderr, environ.Warning(name))
	}
	if err == nil {
		err = k.Run(cfg)
	}
	if err != nil {
		report(err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// report says to the operator what to do, and the cause below it.
func report(err error) {
	f := fault.From(err)
	fmt.Fprintf(os.Stderr, "%s\n  [%s]\n", f.Text, f.Code)
	if cause := errors.Unwrap(f); cause != nil {
		fmt.Fprintf(os.Stderr, "  %v\n", cause)
	}
}

type serveCmd struct {
	Role []string `help:"本进程承担的角色：console,gateway,link,worker,partner,online；默认全部" sep:","`
}

func (c *serveCmd) Run(ctx context.Context, cfg app.Config) error {
	return app.Serve(ctx, cfg, c.Role)
}

type migrateCmd struct{}

func (migrateCmd) Run(ctx context.Context, cfg app.Config) error {
	cfg.Database.Migrate = true
	s, err := app.Open(ctx, cfg, true)
	if err != nil {
		return err
	}
	defer s.Close()
	n, err := db.Pending(ctx, s.DB)
	if err != nil {
		return err
	}
	fmt.Printf("数据库结构已是最新，待执行 %d 项\n", n)
	return nil
}

type openapiCmd struct {
	Which string `arg:"" enum:"console,gateway,online" help:"console（管理端）、gateway（设备接入）或 online（网上申请）"`
}

func (c *openapiCmd) Run() error {
	s := app.Blank()
	switch c.Which {
	case "gateway":
		return s.Gateway().OpenAPI(os.Stdout)
	case "online":
		return s.Applicant().OpenAPI(os.Stdout)
	}
	return s.Console().OpenAPI(os.Stdout)
}

type checkCmd struct{}

func (checkCmd) Run(ctx context.Context, cfg app.Config) error {
	fmt.Println(cfg.Masked())
	problems := app.Check(ctx, cfg)
	for _, p := range problems {
		fmt.Println(p)
	}
	if app.Failed(problems) {
		return fault.New(fault.Precondition, "app.check", "检查未通过，请按上面标有 × 的各项处理")
	}
	return nil
}

type fsckCmd struct {
	What string `arg:"" optional:"" default:"all" enum:"all,audit,venues,grants,rows" help:"audit 审计链；venues 考场上报的操作记录；grants 授权数据；rows 证件、办件、文书、失信等业务数据；默认全部"`
}

func (c *fsckCmd) Run(ctx context.Context, cfg app.Config) error {
	s, err := app.Open(ctx, cfg, true)
	if err != nil {
		return err
	}
	defer s.Close()
	return errors.Join(c.audit(ctx, s), c.venues(ctx, s), c.grants(ctx, s), c.rows(ctx, s))
}

func (c *fsckCmd) audit(ctx context.Context, s *app.System) error {
	if c.What != "all" && c.What != "audit" {
		return nil
	}
	r, err := s.Audit.Verify(ctx)
	if err != nil {
		return err
	}
	if !r.OK {
		return fault.Newf(fault.Internal, "audit.broken", "审计记录核验不通过：第 %d 条，%s。请保全现场并报告安全负责人", r.BadSeq, r.Reason)
	}
	fmt.Printf("审计记录完整：%d 条，签名锚点 %d 个\n", r.Entries, r.Anchors)
	return nil
}

// venues verifies what devices have sent of the acts of their people.
func (c *fsckCmd) venues(ctx context.Context, s *app.System) error {
	if c.What != "all" && c.What != "venues" {
		return nil
	}
	r, err := s.Sitting.ProveVenues(ctx)
	if err != nil {
		return err
	}
	for _, p := range r.Items {
		for _, text := range p.Findings {
			fmt.Printf("× 设备 %s：%s\n", p.Node, text)
		}
		if p.OK {
			fmt.Printf("√ 设备 %s：操作记录 %d 条与考场日志逐条相符，日志 %d 条首尾相连，设备签名到第 %d 条；末条校验码 %s\n",
				p.Node, p.Entries, p.Records, p.Signed, p.MAC)
		}
	}
	if !r.OK {
		return fault.New(fault.Internal, "exam.sitting.audit.broken", "考场操作记录核验不通过，见上面标有 × 的各项。请保全现场并报告安全负责人")
	}
	fmt.Printf("考场操作记录完整：%d 台设备\n", len(r.Items))
	return nil
}

func (c *fsckCmd) grants(ctx context.Context, s *app.System) error {
	if c.What != "all" && c.What != "grants" {
		return nil
	}
	n, bad, err := s.Identity.CheckGrants(ctx)
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		return fault.Newf(fault.Internal, "identity.grant.damaged", "%d 个账号的授权数据被改动过，这些账号已不能登录：%s", len(bad), strings.Join(bad, "、"))
	}
	fmt.Printf("授权数据完整：%d 个账号\n", n)
	return nil
}

// rows verifies what rights hang on: certificates, cases, letters, restrictions.
func (c *fsckCmd) rows(ctx context.Context, s *app.System) error {
	if c.What != "all" && c.What != "rows" {
		return nil
	}
	list, err := s.ProveRows(ctx)
	if err != nil {
		return err
	}
	wrong := 0
	for _, t := range list {
		if wrong += t.Wrong; t.Wrong == 0 {
			fmt.Printf("√ %s：%d 行\n", t.Name, t.Rows)
			continue
		}
		fmt.Printf("× %s：%d 行中有 %d 行与校验码不符：%s\n", t.Name, t.Rows, t.Wrong, strings.Join(t.Bad, "、"))
	}
	if wrong > 0 {
		return fault.Newf(fault.Internal, "app.rows.tampered", "%d 行业务数据被程序以外的方式改动过，见上面标有 × 的各项，这些数据已不能办理。请保全现场并报告安全负责人", wrong)
	}
	fmt.Printf("业务数据完整：%d 张表\n", len(list))
	return nil
}

type keysCmd struct {
	Rotate keysRotateCmd `cmd:"" help:"换用新的加密密钥；旧数据仍可读，各服务重启后生效"`
}

type keysRotateCmd struct{}

func (keysRotateCmd) Run(ctx context.Context, cfg app.Config) error {
	return app.RotateKeys(ctx, cfg)
}

type adminCmd struct {
	Create adminCreateCmd `cmd:"" help:"创建系统管理员、安全管理员或审计员"`
	Reset  adminResetCmd  `cmd:"" help:"重置任一账号的口令并解锁"`
}

type adminCreateCmd struct {
	Username string `required:"" help:"账号"`
	Name     string `help:"姓名；默认同角色名"`
	Role     string `default:"sysadmin" enum:"sysadmin,secadmin,auditor" help:"角色"`
	Stdin    bool   `help:"从标准输入读口令"`
}

func (c *adminCreateCmd) Run(ctx context.Context, cfg app.Config) error {
	password, generated, err := password(c.Stdin)
	if err != nil {
		return err
	}
	s, err := app.Open(ctx, cfg, true)
	if err != nil {
		return err
	}
	defer s.Close()
	name := c.Name
	if name == "" {
		name = map[string]string{"sysadmin": "系统管理员", "secadmin": "安全管理员", "auditor": "审计员"}[c.Role]
	}
	if _, err := s.Identity.CreateAdmin(ctx, c.Username, name, password, c.Role); err != nil {
		return err
	}
	fmt.Printf("已创建%s %s\n", name, c.Username)
	if generated {
		fmt.Printf("口令（只显示这一次）：%s\n", password)
	}
	return nil
}

type adminResetCmd struct {
	Username string `required:"" help:"账号"`
	Stdin    bool   `help:"从标准输入读口令"`
}

func (c *adminResetCmd) Run(ctx context.Context, cfg app.Config) error {
	password, generated, err := password(c.Stdin)
	if err != nil {
		return err
	}
	s, err := app.Open(ctx, cfg, true)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Identity.ResetAdmin(ctx, c.Username, password); err != nil {
		return err
	}
	fmt.Printf("已重置 %s 的口令，下次登录须修改\n", c.Username)
	if generated {
		fmt.Printf("口令（只显示这一次）：%s\n", password)
	}
	return nil
}

// password comes from standard input, from HUYUN_ADMIN_PASSWORD, or is made up;
// never from an argument, which every user of the machine could read.
func password(stdin bool) (value string, generated bool, err error) {
	if stdin {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", false, fmt.Errorf("read password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), false, nil
	}
	if v := os.Getenv("HUYUN_ADMIN_PASSWORD"); v != "" {
		return v, false, nil
	}
	return identity.Generate(), true, nil
}
