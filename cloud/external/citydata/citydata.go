// Package citydata asks the city's data-sharing platform (市大数据资源平台) about
// applicants: driving licence, accidents and offences, background, residence,
// education, unsettled penalties, companies (checks E03–E07, E14, E20, E21, E23,
// E25). The README is the agreement. What the answers mean is licensing/register's;
// when to ask, and again, licensing/application's.
//
// Whoever is asked about travels sealed to the platform's key and stands in no log.
package citydata

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"huyun.internal/cloud/external"
	"huyun.internal/cloud/licensing/register"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// Sender is our name in the agreement, Purpose what we ask for.
const (
	Sender  = "huyun"
	Purpose = "从业资格许可核查"

	headerAnswer = "X-Platform-Signature"

	path = "/share/v1/"
	// patience is how long an answer may take.
	patience = 10 * time.Second
	// maxAnswer is far above what any register says of one person.
	maxAnswer = 256 << 10
)

// Client asks. It is safe for use by several goroutines.
type Client struct {
	URL   string
	Key   *sm.PublicKey // the platform's: seals for it and proves its answers
	Ours  sm.Signer
	HTTP  *http.Client
	Clock clock.Clock
	Log   *slog.Logger
}

// question is one of the agreement.
type question struct {
	QueryNo        string     `json:"queryNo"`
	Purpose        string     `json:"purpose"`
	CaseNo         string     `json:"caseNo"`
	Matter         string     `json:"matter"`
	Subject        string     `json:"subject,omitempty"`
	AccidentsSince clock.Date `json:"accidentsSince,omitzero"`
	OffencesSince  clock.Date `json:"offencesSince,omitzero"`
	Cycles         int        `json:"cycles,omitempty"`
	Kinds          []string   `json:"kinds,omitempty"`
	Company        string     `json:"company,omitempty"`
}

// Ask puts a question to a register. Faults: register.CodeRefused for good;
// external.citydata.down, .silent, .busy, .signature, .answer may pass.
func (c *Client) Ask(ctx context.Context, q register.Question) (register.Answer, error) {
	a, err := c.ask(ctx, q)
	if err != nil {
		c.Log.WarnContext(ctx, "city register does not answer", "service", string(q.Service), "query", q.No, "case", q.CaseNo, "code", fault.From(err).Code, "error", err)
	}
	return a, err
}

func (c *Client) ask(ctx context.Context, q register.Question) (register.Answer, error) {
	body, err := c.body(q)
	if err != nil {
		return register.Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := c.request(ctx, path+string(q.Service), body)
	if err != nil {
		return register.Answer{}, err
	}
	resp, err := c.HTTP.Do(r)
	if err != nil {
		return register.Answer{}, unreached(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return register.Answer{}, unreached(ctx, err)
	case resp.StatusCode != http.StatusOK:
		return register.Answer{}, refusal(resp.StatusCode, raw)
	case len(raw) > maxAnswer:
		return register.Answer{}, malformed("an answer of more than %d bytes", maxAnswer)
	}
	sig, err := base64.StdEncoding.DecodeString(resp.Header.Get(headerAnswer))
	if err != nil || sm.Verify(c.Key, proof(q, raw), sig) != nil {
		return register.Answer{}, fault.New(fault.Unavailable, "external.citydata.signature", "平台答复的签名验证不通过，未采用")
	}
	return read(q, raw)
}

func (c *Client) body(q register.Question) ([]byte, error) {
	out := question{
		QueryNo: q.No, Purpose: Purpose, CaseNo: q.CaseNo, Matter: q.Matter, AccidentsSince: q.AccidentsSince, OffencesSince: q.OffencesSince,
		Cycles: q.Cycles, Kinds: q.Kinds, Company: q.Company,
	}
	if q.Service != register.Company {
		sealed, err := sm.Encrypt(c.Key, fmt.Appendf(nil, "%-18s", q.Person.Reveal()))
		if err != nil {
			return nil, err
		}
		out.Subject = base64.StdEncoding.EncodeToString(sealed)
	}
	return json.Marshal(out)
}

func (c *Client) request(ctx context.Context, at string, body []byte) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+at, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	now := c.Clock.Now().Format(time.RFC3339)
	sig, err := c.Ours.Sign(external.Text(r.Method, r.URL.Path, Sender, now, body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(external.HeaderSender, Sender)
	r.Header.Set(external.HeaderTime, now)
	r.Header.Set(external.HeaderSignature, base64.StdEncoding.EncodeToString(sig))
	return r, nil
}

// proof is what the platform signs.
func proof(q register.Question, raw []byte) []byte {
	return []byte(strings.Join([]string{q.No, string(q.Service), sm.SumOf(raw).String()}, "\n"))
}

func unreached(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fault.New(fault.Unavailable, "external.citydata.silent", "平台没有在规定时间内答复").With(err)
	}
	return fault.New(fault.Unavailable, "external.citydata.down", "平台连接不上").With(err)
}

var oneCode = regexp.MustCompile(`^[A-Z_]{1,40}$`)

// refusal reads what is not an answer; of what the platform wrote only its code is
// kept, which holds nobody's data.
func refusal(status int, raw []byte) error {
	switch status {
	case http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity:
		var why struct {
			Code string `json:"code"`
		}
		if json.Unmarshal(raw, &why) == nil && oneCode.MatchString(why.Code) {
			return fault.Newf(fault.Precondition, register.CodeRefused, "平台不受理（%s）", why.Code)
		}
	case http.StatusTooManyRequests:
		return fault.New(fault.Unavailable, "external.citydata.busy", "平台要求稍后再查")
	}
	return fault.Newf(fault.Unavailable, "external.citydata.down", "平台暂时不能答复（%d）", status)
}

func malformed(format string, args ...any) error {
	return fault.New(fault.Unavailable, "external.citydata.answer", "平台的答复不符合约定，未采用").Withf(format, args...)
}
