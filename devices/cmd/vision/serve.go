package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"huyun.internal/devices/vision"
)

// serve loads the engines, listens and prints its Info as one line of JSON on
// stdout: that line means ready.
func serve(ctx context.Context, args []string, out io.Writer) error {
	fs := flag.NewFlagSet("serve", flag.ContinueOnError)
	var f files
	f.register(fs)
	socket := fs.String("socket", "", "Unix 套接字路径（必填）")
	workers := fs.Int("workers", 2, "同时处理的照片数")
	parent := fs.Bool("with-parent", false, "标准输入关闭时退出")
	fs.BoolVar(&f.classic, "classic", false, "即使有模型也使用演示级引擎")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *socket == "" {
		return errors.New("缺少 --socket")
	}
	// A core file would hold faces.
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	p, err := openPool(f, *workers)
	if err != nil {
		return fmt.Errorf("load engine: %w", err)
	}
	defer p.close()
	ln, err := listen(*socket)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if *parent {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}
	if err := json.NewEncoder(out).Encode(p.info); err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	return vision.Serve(ctx, ln, p, 4*(*workers)+4)
}

// listen binds a socket that only our own user may open. The mask covers the
// moment between bind and chmod.
func listen(path string) (net.Listener, error) {
	old := syscall.Umask(0o177)
	defer syscall.Umask(old)
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return ln, nil
}
