// Command simulators serves the outside systems that nobody has on a development
// machine. What it sends is made up; every answer and page says 模拟.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"huyun.internal/protocol/sm"
	"huyun.internal/simulators/citydata"
	"huyun.internal/simulators/control"
	"huyun.internal/simulators/credit"
	"huyun.internal/simulators/enforcement"
	"huyun.internal/simulators/onestop"
)

// config is read from a JSON file.
type config struct {
	Addr           string `json:"addr"`
	Dir            string `json:"dir"`             // keys (<system>.key) and state
	PassphraseFile string `json:"passphrase_file"` // opens the keys
	Centre         string `json:"centre"`          // the partner interface, https://host:port
	Root           string `json:"root"`            // the authority of its certificate, PEM
	Online         string `json:"online"`          // the applicants' pages, http://host:port
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "模拟系统未能运行：", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

func run(ctx context.Context) error {
	path := flag.String("config", "", "配置文件（JSON）")
	flag.Parse()
	raw, err := os.ReadFile(*path)
	if err != nil {
		return err
	}
	var c config
	if err := json.Unmarshal(raw, &c); err != nil {
		return err
	}
	lines, mux, err := systems(c)
	if err != nil {
		return err
	}
	go retry(ctx, lines)
	srv := &http.Server{Addr: c.Addr, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- srv.ListenAndServe() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := srv.Shutdown(end); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func systems(c config) ([]*control.Line, *http.ServeMux, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		control.Answer(w, map[string]bool{"simulated": true}, nil)
	})
	mux.HandleFunc("GET /{$}", page)
	var lines []*control.Line
	for name, sender := range map[string]string{"credit": credit.Sender, "enforcement": enforcement.Sender, "onestop": onestop.Sender} {
		l, err := line(c, name, sender)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		lines = append(lines, l)
		switch name {
		case "credit":
			credit.System{Line: l}.Register(mux)
		case "enforcement":
			enforcement.System{Line: l}.Register(mux)
		case "onestop":
			s, err := onestop.Open(onestop.Options{Line: l, Online: c.Online, Dir: c.Dir})
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", name, err)
			}
			s.Register(mux)
		}
	}
	l, err := line(c, "citydata", "")
	if err != nil {
		return nil, nil, fmt.Errorf("citydata: %w", err)
	}
	city := &citydata.System{Line: l, Key: l.Key.(sm.Keeper), File: filepath.Join(c.Dir, "citydata-known.json")} //nolint:forcetypeassert // line made it
	city.Register(mux)
	return lines, mux, city.Load()
}

func line(c config, name, sender string) (*control.Line, error) {
	pass, err := os.ReadFile(c.PassphraseFile)
	if err != nil {
		return nil, err
	}
	key, err := sm.LoadKey(filepath.Join(c.Dir, name+".key"), strings.TrimSpace(string(pass)))
	if err != nil {
		return nil, err
	}
	l := &control.Line{
		Base: c.Centre, Sender: sender, Key: key, File: filepath.Join(c.Dir, name+".json"),
		Client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots(c.Root)}}},
	}
	return l, l.Load()
}

// roots waits for the file: the centre makes its authority at its own first start.
func roots(path string) *x509.CertPool {
	pool := x509.NewCertPool()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 300 {
		if pem, err := os.ReadFile(path); err == nil && pool.AppendCertsFromPEM(pem) {
			return pool
		}
		<-tick.C
	}
	return pool
}

func retry(ctx context.Context, lines []*control.Line) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			for _, l := range lines {
				l.Retry(ctx)
			}
		}
	}
}

func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>模拟外部系统</title>
<body style="font-family:sans-serif;max-width:46rem;margin:2rem auto;line-height:1.6">
<h1><span style="background:#8a4b00;color:#fff;padding:.1em .4em;border-radius:4px">模拟</span> 外部系统</h1>
<p>这里的系统和数据都是模拟的，只用于演示和测试。</p>
<ul><li>一网通办：<a href="/onestop/">办事大厅（选演示身份、办事、我的办件、预约）</a>；<a href="/onestop/_control">收到的报文</a>；
PUT /onestop/_control/orders 可令其中断、变慢、失败、丢答复、拒收：
{"endpoint":"case/","outage":false,"delay_ms":0,"fail":0,"busy":0,"drop_before":0,"drop_after":0,"refuse":0}</li>
<li>失信管理系统：<a href="/credit/_control">已发送的批次</a>；POST /credit/entries 报送</li>
<li>综合执法系统：<a href="/enforcement/_control">已发送的报文</a>；POST /enforcement/decisions 推送</li>
<li>PUT /credit/_control/orders（或 enforcement）可令其重复、延迟、扣留、错签、错时：
{"repeat":1,"delay_ms":0,"hold":false,"corrupt":false,"skew_s":0}；POST …/_control/release 倒序放出，…/_control/resend 重发</li>
<li>市大数据资源平台：<a href="/citydata/_control">被查询的记录</a>；PUT /citydata/people 设定某人的情况，PUT /citydata/otherwise 设定其他人，
PUT /citydata/companies 设定企业；PUT /citydata/_control/orders 可令其中断、拒绝、延迟、断线、错签：
{"service":"","outage":true,"fail":0,"code":"","delay_ms":0,"drop":false,"corrupt":false}</li></ul>`)
}
