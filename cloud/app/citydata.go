package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"huyun.internal/cloud/external/citydata"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/node/broker"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// loadCityData reads what the city's data platform is known by, at the start; none
// is configured: its checks are for a person.
func (s *System) loadCityData() error {
	c := s.Config.CityData
	if c.URL == "" {
		return nil
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && (u.Scheme != "http" || !broker.Local(net.JoinHostPort(u.Hostname(), u.Port())))) {
		return fault.New(fault.Invalid, "app.config", "citydata.url 应为 https 地址；http 只能用于本机")
	}
	if c.KeyFile == "" {
		return fault.New(fault.Invalid, "app.config", "配置了 citydata.url，还须在 citydata.key_file 指定平台的 SM2 公钥")
	}
	key, err := publicKey(c.KeyFile)
	if err != nil {
		return err
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		conf.RootCAs = x509.NewCertPool()
		if err != nil || !conf.RootCAs.AppendCertsFromPEM(pem) {
			return fault.Newf(fault.Invalid, "app.config", "文件 %s 中没有可用的证书", c.CAFile).With(err)
		}
	}
	s.registers = &citydata.Client{
		URL: strings.TrimRight(c.URL, "/"), Key: key, Ours: s.Keys.Cloud(), Clock: s.Clock, Log: s.Log,
		HTTP: &http.Client{
			Transport: &http.Transport{TLSClientConfig: conf, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute},
			// an answer is what was asked, where it was asked
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	return nil
}

func publicKey(path string) (*sm.PublicKey, error) {
	raw, err := os.ReadFile(path) //nolint:gosec // named in the configuration
	var key *sm.PublicKey
	if err == nil {
		key, err = sm.ParsePublicKey(raw)
	}
	if err != nil {
		return nil, fault.Newf(fault.Invalid, "app.config", "文件 %s 中没有可用的 SM2 公钥", path).With(err)
	}
	return key, nil
}

// cityRegisters is nil without a platform: an interface that holds a nil pointer is
// not.
func (s *System) cityRegisters() application.Registers {
	if s.registers == nil {
		return nil
	}
	return s.registers
}

// askRegisters asks the platform what is due.
func (s *System) askRegisters(ctx context.Context) error {
	n, err := s.Case.AskDue(ctx)
	if n > 0 {
		s.Log.InfoContext(ctx, "city registers answered", "questions", n)
	}
	return err
}
