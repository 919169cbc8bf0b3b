package envelope

import (
	"fmt"
	"net/http"
	"strconv"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// Headers of a request made under a session key.
const (
	HeaderSession = "X-Huyun-Session"
	HeaderCounter = "X-Huyun-Counter"
	HeaderMAC     = "X-Huyun-MAC"
)

// MaxCounter is the largest counter a browser can hold exactly (2⁵³−1).
const MaxCounter = 1<<53 - 1

const maxSession = 64

var errRequest = fault.New(fault.Unauthenticated, "envelope.request", "请求校验不通过，请重新登录考试机")

// Canonical is what is authenticated of a request: method, request target
// exactly as it stands in the request line (path and raw query), SM3 of the
// body in hexadecimal, counter in decimal, separated by newlines. A target
// cannot contain a newline, so there is one reading.
func Canonical(method, target string, body []byte, counter uint64) []byte {
	sum := sm.Sum(body)
	return fmt.Appendf(nil, "%s\n%s\n%s\n%d", method, target, sum, counter)
}

// SignRequest is the HMAC-SM3 of Canonical under the session's key.
func SignRequest(key []byte, method, target string, body []byte, counter uint64) sm.Digest {
	return sm.MAC(key, Canonical(method, target, body, counter))
}

// Request is what the headers of a signed request claim.
type Request struct {
	Session string
	Counter uint64
	MAC     sm.Digest
}

// Verify checks the MAC. The caller must then, in the transaction that does the
// work, compare Counter with the session's high-water mark: higher goes on,
// equal with the same MAC is a repetition and gets the stored reply, anything
// else is refused.
func (r Request) Verify(key []byte, method, target string, body []byte) error {
	return VerifyRequest(key, method, target, body, r.Counter, r.MAC)
}

// VerifyRequest is Request.Verify for those who carry the parts themselves.
func VerifyRequest(key []byte, method, target string, body []byte, counter uint64, mac sm.Digest) error {
	if len(key) == 0 || !SignRequest(key, method, target, body, counter).Equal(mac) {
		return errRequest
	}
	return nil
}

// Set writes the headers.
func (r Request) Set(h http.Header) {
	h.Set(HeaderSession, r.Session)
	h.Set(HeaderCounter, strconv.FormatUint(r.Counter, 10))
	h.Set(HeaderMAC, r.MAC.String())
}

// ReadRequest takes the headers apart. Each must stand exactly once; counters
// are 1…MaxCounter without leading zeros.
func ReadRequest(h http.Header) (r Request, err error) {
	var values [3]string
	for i, name := range []string{HeaderSession, HeaderCounter, HeaderMAC} {
		v := h.Values(name)
		if len(v) != 1 {
			return Request{}, errRequest.Withf("%s stands %d times", name, len(v))
		}
		values[i] = v[0]
	}
	r.Session = values[0]
	if r.Session == "" || len(r.Session) > maxSession {
		return Request{}, errRequest.Withf("session of %d characters", len(r.Session))
	}
	r.Counter, err = strconv.ParseUint(values[1], 10, 64)
	if err != nil || r.Counter == 0 || r.Counter > MaxCounter || strconv.FormatUint(r.Counter, 10) != values[1] {
		return Request{}, errRequest.Withf("counter is not 1…2⁵³−1 in decimal")
	}
	if r.MAC, err = sm.ParseDigest(values[2]); err != nil {
		return Request{}, errRequest.With(err)
	}
	return r, nil
}
