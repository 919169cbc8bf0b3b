package onestop

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"huyun.internal/cloud/external"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

const (
	// sender is our name at the platform.
	sender = "huyun"
	// callTime is how long one call may take; it stays below the time after which
	// the database ends a transaction that waits.
	callTime = 20 * time.Second
	// mostAnswer is a person with a photograph, with room to spare.
	mostAnswer = 8 << 20
)

// Client calls the platform.
type Client struct {
	base  string
	key   sm.Signer
	clock clock.Clock
	http  *http.Client

	simulated atomic.Bool // the last answer said that it was only a simulation
}

// Dial makes a client; it calls nobody yet. ca is the authority (PEM) that the
// platform's certificate comes from; empty: the system's. Fault: onestop.config.
func Dial(base string, ca []byte, key sm.Signer, c clock.Clock) (*Client, error) {
	u, err := url.Parse(base)
	local := err == nil && (u.Hostname() == "localhost" || strings.HasPrefix(u.Hostname(), "127."))
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !local) || u.RawQuery != "" {
		return nil, fault.New(fault.Invalid, "onestop.config", "onestop.url 应为一网通办平台的 https 地址")
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(ca) > 0 {
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(ca) {
			return nil, fault.New(fault.Invalid, "onestop.config", "onestop.ca_file 中没有可用的 PEM 证书")
		}
	}
	return &Client{base: strings.TrimRight(base, "/"), key: key, clock: c, http: &http.Client{
		Timeout:       callTime,
		Transport:     &http.Transport{TLSClientConfig: conf, Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Where is the platform's address, for pages and checks.
func (c *Client) Where() string { return c.base }

// refusal is what the platform will never take.
type refusal struct {
	code, message string
	expected      int // of SEQ_GAP
}

func (r *refusal) Error() string { return r.code + ": " + r.message }

// post sends a body and reads the data of the answer into out. A *refusal says that
// the same thing need not be sent again; every other error says later. Faults:
// onestop.down, onestop.identity, onestop.answer.
func (c *Client) post(ctx context.Context, endpoint string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/aci/"+endpoint, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("request: %w", err)
	}
	at := c.clock.Now().Format(time.RFC3339)
	sig, err := c.key.Sign(external.Text(req.Method, req.URL.Path, sender, at, body))
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set(external.HeaderSender, sender)
	req.Header.Set(external.HeaderTime, at)
	req.Header.Set(external.HeaderSignature, base64.StdEncoding.EncodeToString(sig))
	res, err := c.http.Do(req)
	if err != nil {
		return down("一网通办平台暂时无法连接，将自动重试", err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer))
	if err != nil {
		return down("一网通办平台的应答没有收完整，将自动重试", err)
	}
	if res.StatusCode != http.StatusOK {
		return down(fmt.Sprintf("一网通办平台暂时不能处理（%d），将自动重试", res.StatusCode), nil)
	}
	c.simulated.Store(res.Header.Get("X-Simulated") != "")
	return understand(raw, out)
}

func down(text string, cause error) error {
	return fault.New(fault.Unavailable, "onestop.down", text).With(cause)
}

func understand(raw []byte, out any) error {
	var a struct {
		Success  bool            `json:"success"`
		Code     string          `json:"code"`
		Message  string          `json:"message"`
		Expected int             `json:"expected"`
		Data     json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(raw, &a); err != nil {
		return fault.New(fault.Unavailable, "onestop.answer", "一网通办平台的应答不是约定的格式，将自动重试；持续出现请联系平台方").With(err)
	}
	if !a.Success {
		switch a.Code {
		case "SENDER", "CLOCK", "SIGNATURE": // no fault of what was sent
			return fault.Newf(fault.Unavailable, "onestop.identity", "一网通办平台没有认出本系统（%s），将自动重试；请核对时钟，并请平台方核对本系统的公钥", a.Code)
		}
		return &refusal{code: plain(a.Code, 40), message: plain(a.Message, 200), expected: a.Expected}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(a.Data, out); err != nil {
		return fault.New(fault.Unavailable, "onestop.answer", "一网通办平台的应答不是约定的格式，将自动重试；持续出现请联系平台方").With(err)
	}
	return nil
}

// plain keeps the platform's words to one line of a sensible length, and anybody's
// number out of them.
func plain(s string, most int) string {
	s, _ = person.OneLine(s)
	if _, err := person.CheckText(struct{ S string }{s}); err != nil {
		return "（内容含个人信息，不予显示）"
	}
	r := []rune(s)
	return string(r[:min(len(r), most)])
}

// call sends v.
func (c *Client) call(ctx context.Context, endpoint string, v, out any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write body: %w", err)
	}
	return c.post(ctx, endpoint, body, out)
}

// Hex is a stored digest as the platform writes it; of nothing, nothing.
func Hex(digest []byte) string { return hex.EncodeToString(digest) }

// asRefusal finds a refusal in an error.
func asRefusal(err error) (*refusal, bool) {
	var r *refusal
	return r, errors.As(err, &r)
}

// unconfigured is why nothing is sent.
func unconfigured() error {
	return fault.New(fault.Unavailable, "onestop.unconfigured", "本系统还没有配置一网通办平台地址（onestop.url），报文保留，配置后自动发送")
}
