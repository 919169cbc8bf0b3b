// Command edge is a venue of the exam: it admits, verifies, examines, times and
// scores with no network, and ships its journal to the centre whenever there is
// one. One binary; `edge run` serves, the other commands are for technicians.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"huyun.internal/edge/app"
	"huyun.internal/protocol/environ"
	"huyun.internal/protocol/fault"
)

// version is set by the build.
var version = "dev" //nolint:gochecknoglobals // written by the linker

type commands struct {
	Config string `help:"配置文件（YAML）" env:"HUYUN_CONFIG" type:"path"`

	Run     runCmd     `cmd:"" help:"启动考场服务"`
	Enrol   enrolCmd   `cmd:"" help:"用一次性注册码注册本机"`
	Check   checkCmd   `cmd:"" help:"检查配置，显示生效的配置"`
	Doctor  doctorCmd  `cmd:"" help:"检查本机并用中文说明问题与处理办法"`
	Fsck    fsckCmd    `cmd:"" help:"检查本机存储（先停止服务）"`
	Restore restoreCmd `cmd:"" help:"用快照和备份段重建存储（先停止服务）"`
	Export  exportCmd  `cmd:"" help:"把未上传的记录导出为密封包（先停止服务）"`
	Openapi openapiCmd `cmd:"" help:"输出接口契约"`
	Version versionCmd `cmd:"" help:"显示版本"`
}

func main() {
	app.Version = version
	var c commands
	k := kong.Parse(&c, kong.Name("edge"), kong.Description("沪运从业 考场"), kong.UsageOnError())
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

// report says to the technician what to do, and the cause below it.
func report(err error) {
	f := fault.From(err)
	fmt.Fprintf(os.Stderr, "%s\n  [%s]\n", f.Text, f.Code)
	if cause := errors.Unwrap(f); cause != nil {
		fmt.Fprintf(os.Stderr, "  %v\n", cause)
	}
}

type runCmd struct{}

func (runCmd) Run(ctx context.Context, cfg app.Config) error {
	log := app.Logger(cfg.Log, os.Stderr)
	slog.SetDefault(log)
	return app.Run(ctx, cfg, log)
}

type enrolCmd struct {
	Code string `required:"" help:"中心发放的一次性注册码"`
}

func (c *enrolCmd) Run(ctx context.Context, cfg app.Config) error {
	e, err := app.Enrol(ctx, cfg, c.Code)
	if err != nil {
		return err
	}
	fmt.Printf("注册成功：%s，设备编号 %s，证书有效期至 %s\n", e.VenueName, e.Node, e.NotAfter.Local().Format("2006-01-02"))
	return nil
}

type checkCmd struct{}

func (checkCmd) Run(cfg app.Config) error {
	fmt.Print(cfg.Masked())
	return nil
}

type doctorCmd struct{}

func (doctorCmd) Run(ctx context.Context, cfg app.Config) error {
	if !app.Report(os.Stdout, app.Doctor(ctx, cfg)) {
		return fault.Preconditionf("app.doctor", "发现需要处理的问题")
	}
	return nil
}

type openapiCmd struct {
	Audience string `arg:"" enum:"terminal,proctor" help:"terminal 或 proctor"`
}

func (c *openapiCmd) Run() error { return app.OpenAPI(os.Stdout, c.Audience) }

type versionCmd struct{}

func (versionCmd) Run() error {
	fmt.Println(app.Version)
	return nil
}
