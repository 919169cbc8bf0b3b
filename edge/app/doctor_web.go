package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// baseURL is how this machine reaches its own server.
func baseURL(c Config) string {
	host, p, err := net.SplitHostPort(c.HTTP.Addr)
	if err != nil {
		return ""
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}
	scheme := "http"
	if c.HTTP.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(host, p)
}

// selfClient reaches our own server. A venue's certificate is its own or of an
// authority that this machine need not know, and names the address that the
// terminals use, not 127.0.0.1; so the doctor asks for the very certificate of
// the configuration instead of a chain and a name.
func selfClient(c Config) (*http.Client, error) {
	if c.HTTP.TLSCert == "" {
		return http.DefaultClient, nil
	}
	pair, err := tls.LoadX509KeyPair(c.HTTP.TLSCert, c.HTTP.TLSKey)
	if err != nil {
		return nil, err
	}
	conf := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec,forbidigo // VerifyConnection demands the one certificate instead
		VerifyConnection: func(s tls.ConnectionState) error {
			if !bytes.Equal(s.PeerCertificates[0].Raw, pair.Certificate[0]) {
				return errOtherCert
			}
			return nil
		},
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: conf, DisableKeepAlives: true}}, nil
}

var errOtherCert = errors.New("another certificate is served")

func running(ctx context.Context, c Config) Finding {
	f := Finding{Name: "考场服务"}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	client, err := selfClient(c)
	if err != nil {
		f.Text = "无法核实是否在运行：HTTPS 证书或密钥读不出，见“网页访问”一行"
		return f
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, baseURL(c)+"/readyz", nil)
	if err == nil {
		var resp *http.Response
		if resp, err = client.Do(req); err == nil {
			defer resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				f.OK, f.Text = true, "正在运行，"+baseURL(c)
				return f
			}
			f.Text = "正在运行但存储未就绪：查看日志；若持续出现，停止服务后运行 edge fsck"
			return f
		}
	}
	if errors.Is(err, errOtherCert) {
		f.Text = baseURL(c) + " 上的程序使用的不是 http.tls_cert 中的证书：更换证书后请重启 edge；若仍如此，检查端口是否被其他程序占用"
		return f
	}
	f.Text = "没有运行（或不在 " + baseURL(c) + "）：用 edge run 启动"
	return f
}

// browsers looks at what the browsers of the room get. Outside loopback they
// give a page a camera and an offline worker only over HTTPS: without it a venue
// can examine, but every face is checked by a person, and a reload during an
// outage loses the page. That is the venue's choice, so it is a warning.
func browsers(c Config, now time.Time) Finding {
	f := Finding{Name: "网页访问"}
	if c.HTTP.TLSCert == "" {
		f.OK = true
		if loopback(c.HTTP.Addr) {
			f.Text = c.HTTP.Addr + "，仅限本机浏览器"
			return f
		}
		f.Warn = true
		f.Text = c.HTTP.Addr + " 未启用 HTTPS：浏览器不允许考试机和监考台使用摄像头，断网时刷新也打不开页面；" +
			"请用 http.tls_cert 和 http.tls_key 配置写明本考场地址的证书，并让考试机信任其签发机构；暂不配置时须全部人工核验"
		return f
	}
	pair, err := tls.LoadX509KeyPair(c.HTTP.TLSCert, c.HTTP.TLSKey)
	var cert *x509.Certificate
	if err == nil {
		cert, err = x509.ParseCertificate(pair.Certificate[0])
	}
	if err != nil {
		f.Text = "HTTPS 证书或密钥不能使用：检查 http.tls_cert 和 http.tls_key 是否为成对的 PEM 文件、当前用户能否读取（" + err.Error() + "）"
		return f
	}
	left := cert.NotAfter.Sub(now)
	f.OK = left > 0 && !now.Before(cert.NotBefore)
	f.Text = fmt.Sprintf("HTTPS，证书有效期至 %s", cert.NotAfter.Local().Format("2006-01-02"))
	switch {
	case !f.OK:
		f.Text += "，现在无效：考试机会拒绝打开页面，请检查本机时间或更换证书后重启 edge"
	case left < 30*24*time.Hour:
		f.Warn = true
		f.Text += fmt.Sprintf("，还有 %d 天：请尽快更换", int(left.Hours()/24))
	}
	return f
}

func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
