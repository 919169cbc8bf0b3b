// Command vision is the vision process: the only program of ours that holds
// OpenCV. Edge and kiosk start it through devices/vision and speak frames with
// it over a Unix socket (module M54, identity checks of kiosks). An exception
// inside OpenCV ends it, and nothing else.
//
//	vision serve      answer requests (started by edge or kiosk)
//	vision check      say which engine the files allow, and try it
//	vision calibrate  measure accuracy on a folder of people
//	vision bench      measure speed against bare OpenCV calls
//
// It has no network port, keeps no picture and no template, and decides
// nothing about a score.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

type command struct {
	does string
	run  func(ctx context.Context, args []string, out io.Writer) error
}

func commands() map[string]command {
	return map[string]command{
		"serve":     {"应答人脸核验请求（由考场或自助终端程序启动）", serve},
		"check":     {"检查引擎、模型与自检结果", check},
		"calibrate": {"用一个目录的人员照片测定准确率与阈值", calibrate},
		"bench":     {"与直接调用 OpenCV 对比速度与内存", bench},
	}
}

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(args) == 0 {
		usage(os.Stderr)
		return 2
	}
	cmd, ok := commands()[args[0]]
	if !ok {
		usage(os.Stderr)
		return 2
	}
	err := cmd.run(ctx, args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 2
	case err != nil:
		_, _ = fmt.Fprintln(os.Stderr, "vision:", err)
		return 1
	}
	return 0
}

func usage(w io.Writer) {
	all := commands()
	_, _ = fmt.Fprintln(w, "用法：vision <命令> [参数]")
	for _, name := range []string{"serve", "check", "calibrate", "bench"} {
		_, _ = fmt.Fprintf(w, "  %-10s %s\n", name, all[name].does)
	}
}

// files are the flags that every command has: where the engine's files are.
type files struct {
	models, cascades string
	classic          bool
}

func (f *files) register(fs *flag.FlagSet) {
	fs.StringVar(&f.models, "models", os.Getenv("HUYUN_MODELS"), "模型目录；为空则用演示级 classic 引擎")
	fs.StringVar(&f.cascades, "cascades", "", "OpenCV haarcascades 目录；为空则在系统目录查找")
}
