package onestop

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"huyun.internal/protocol/sm"
)

// refusal is what the platform will never take; the centre must not send it again.
type refusal struct {
	code, message string
	expected      int // of SEQ_GAP
}

func (r *refusal) Error() string { return r.code + ": " + r.message }

func refuse(code, message string) error { return &refusal{code: code, message: message} }

// later is what may be sent again.
var errLater = errors.New("later")

const (
	huyun   = "huyun"
	skew    = 5 * time.Minute
	maxBody = 32 << 20
)

// signed checks who sends. A key that does not fit is fetched once more: the
// centre may have a new one.
func (s *System) signed(ctx context.Context, r *http.Request, body []byte) error {
	sender, at := r.Header.Get("X-Huyun-Sender"), r.Header.Get("X-Huyun-Time")
	if sender != huyun {
		return refuse("SENDER", "不认识的发送方")
	}
	when, err := time.Parse(time.RFC3339, at)
	if err != nil || s.Now().Sub(when).Abs() > skew {
		return refuse("CLOCK", "发送时间与平台相差超过 5 分钟")
	}
	sig, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Huyun-Signature"))
	if err != nil {
		return refuse("SIGNATURE", "签名不是 base64")
	}
	text := []byte(strings.Join([]string{r.Method, r.URL.Path, sender, at, sm.SumOf(body).String()}, "\n"))
	for _, fresh := range []bool{false, true} {
		key, err := s.centreKey(ctx, fresh)
		if err != nil {
			return err
		}
		if sm.Verify(key, text, sig) == nil {
			return nil
		}
	}
	return refuse("SIGNATURE", "签名验证不通过")
}

func (s *System) centreKey(ctx context.Context, fresh bool) (*sm.PublicKey, error) {
	s.mu.Lock()
	key := s.key
	s.mu.Unlock()
	if key != nil && !fresh {
		return key, nil
	}
	pem, err := s.Line.Fetch(ctx, "/partner/v1/key")
	if err != nil {
		return nil, errors.Join(errLater, err)
	}
	if key, err = sm.ParsePublicKey(pem); err != nil {
		return nil, errors.Join(errLater, err)
	}
	s.mu.Lock()
	s.key = key
	s.mu.Unlock()
	return key, nil
}

// take is what an endpoint does with a body: the data of the answer.
type take func(body []byte) (any, error)

// serve is one endpoint with everything that may go wrong around it.
func (s *System) serve(name string, do take) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "body", http.StatusRequestEntityTooLarge)
			return
		}
		o := s.strike(name)
		seen := Received{At: s.Now(), Endpoint: name, Fault: o.name(), Size: len(body)}
		seen.ApplyNo, seen.Seq = address(body)
		defer func() { s.note(seen) }()
		if o.DelayMS > 0 {
			select {
			case <-r.Context().Done():
			case <-time.After(time.Duration(o.DelayMS) * time.Millisecond):
			}
		}
		switch {
		case o.DropBefore:
			panic(http.ErrAbortHandler) // the connection ends without an answer
		case o.Status != 0:
			http.Error(w, "模拟故障", o.Status)
			return
		}
		var data any
		if err = s.signed(r.Context(), r, body); err == nil {
			if data, err = nil, o.refusal(); err == nil {
				data, err = do(body)
			}
		}
		seen.Outcome = outcome(data, err)
		if o.DropAfter {
			panic(http.ErrAbortHandler)
		}
		answer(w, data, err)
	}
}

// address is whose message a body is, as far as it can be read.
func address(body []byte) (string, int) {
	var in struct {
		ApplyNo string `json:"applyNo"`
		Seq     int    `json:"seq"`
		Data    struct {
			ApplyNo string `json:"applyNo"`
			Seq     int    `json:"seq"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &in) != nil {
		return "", 0
	}
	if in.ApplyNo == "" {
		return in.Data.ApplyNo, in.Data.Seq
	}
	return in.ApplyNo, in.Seq
}

func outcome(data any, err error) string {
	var no *refusal
	switch {
	case errors.As(err, &no):
		return no.code
	case err != nil:
		return "ERROR"
	}
	if r, ok := data.(receipt); ok && r.again {
		return "REPEATED"
	}
	return "OK"
}

func answer(w http.ResponseWriter, data any, err error) {
	var no *refusal
	out := map[string]any{"success": err == nil}
	switch {
	case errors.As(err, &no):
		out["code"], out["message"] = no.code, no.message
		if no.expected > 0 {
			out["expected"] = no.expected
		}
	case errors.Is(err, errLater):
		http.Error(w, "对方公钥暂时取不到", http.StatusServiceUnavailable)
		return
	case err != nil:
		http.Error(w, "平台内部错误", http.StatusInternalServerError)
		return
	case data == nil:
		out["data"] = struct{}{}
	default:
		out["data"] = data
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Simulated", "1")
	_ = json.NewEncoder(w).Encode(out) // the reader has gone
}

// read reads a body strictly: a field that was not agreed upon is refused.
func read[T any](body []byte) (v T, err error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return v, refuse("BODY", "报文不符合约定："+err.Error())
	}
	if dec.More() {
		return v, refuse("BODY", "报文后有多余内容")
	}
	return v, nil
}
