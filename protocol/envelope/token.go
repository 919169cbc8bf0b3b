package envelope

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

const (
	// MaxTokenLife is the longest a token may be good for.
	MaxTokenLife = 10 * time.Minute
	// tokenSkew is how far the two clocks may be apart. A node that is further
	// off is told so by the Date of the refusal, and makes its next token with
	// the corrected time.
	tokenSkew = 2 * time.Minute

	nonceSize    = 16
	maxTokenName = 64
	maxTokenText = 512
	scheme       = "Huyun "
)

// Token is what a node says of itself on HTTP. Until Verify has said so, none
// of it is true.
type Token struct {
	Node     string
	Audience string // which server it is meant for: "cloud", or a node id
	Expires  time.Time
	// Nonce makes each token different; a server that wants single use can
	// remember it until Expires.
	Nonce [nonceSize]byte

	signed, sig []byte
}

var (
	errToken      = fault.New(fault.Unauthenticated, "envelope.token", "节点凭证无效")
	errTokenStale = fault.New(fault.Unauthenticated, "envelope.token.expired", "节点凭证已过期，请校准时间后重试")
)

// Audiences of the tokens that nodes show: the password at the broker, and the
// Authorization header of the node interface.
const (
	AudienceMQTT = "mqtt"
	AudienceHTTP = "http"
)

// NewToken makes a token that is good until expires. now+5 minutes is usual.
func NewToken(from sm.Signer, node, audience string, expires time.Time) (string, error) {
	if n := len(node); n == 0 || n > maxTokenName {
		return "", fmt.Errorf("envelope: token: node name of %d bytes", n)
	}
	if n := len(audience); n == 0 || n > maxTokenName {
		return "", fmt.Errorf("envelope: token: audience of %d bytes", n)
	}
	out := []byte{'H', 'Y', kindToken, algorithmSM, byte(len(node))}
	out = append(out, node...)
	out = append(out, byte(len(audience)))
	out = append(out, audience...)
	out = binary.BigEndian.AppendUint64(out, uint64(expires.Unix()))
	nonce := make([]byte, nonceSize)
	if _, err := rand.Read(nonce); err != nil {
		return "", fmt.Errorf("envelope: token: %w", err)
	}
	out = append(out, nonce...)
	sig, err := from.Sign(out)
	if err != nil {
		return "", fmt.Errorf("envelope: token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(append(out, sig...)), nil
}

// ParseToken reads a token without believing it: the caller looks up the key of
// t.Node and then calls t.Verify.
func ParseToken(text string) (*Token, error) {
	if len(text) > maxTokenText || strings.ContainsAny(text, "\r\n") { // newlines the decoder would skip
		return nil, errToken.Withf("%d characters, or a newline", len(text))
	}
	in, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, errToken.With(err)
	}
	if err := checkPrefix(in, kindToken); err != nil {
		return nil, errToken.With(err)
	}
	rest := in[prefixSize:]
	t := new(Token)
	for _, field := range []*string{&t.Node, &t.Audience} {
		if len(rest) == 0 || rest[0] == 0 || rest[0] > maxTokenName || len(rest) < 1+int(rest[0]) {
			return nil, errToken.Withf("cut, or a name too long")
		}
		n := 1 + int(rest[0])
		*field, rest = string(rest[1:n]), rest[n:]
	}
	if len(rest) <= 8+nonceSize || len(rest) > 8+nonceSize+maxSignature {
		return nil, errToken.Withf("%d bytes after the names", len(rest))
	}
	seconds := binary.BigEndian.Uint64(rest)
	if seconds > 1<<40 {
		return nil, errToken.Withf("expires at %d", seconds)
	}
	t.Expires = time.Unix(int64(seconds), 0).UTC()
	copy(t.Nonce[:], rest[8:])
	t.sig = rest[8+nonceSize:]
	t.signed = in[:len(in)-len(t.sig)]
	return t, nil
}

// Verify reports whether the holder of pub made this token for this audience
// and it is good now.
func (t *Token) Verify(pub *sm.PublicKey, audience string, now time.Time) error {
	if t.Audience != audience {
		return errToken.Withf("meant for %q", t.Audience)
	}
	if err := sm.Verify(pub, t.signed, t.sig); err != nil {
		return errToken.With(err)
	}
	if now.After(t.Expires.Add(tokenSkew)) {
		return errTokenStale.Withf("expired at %v", t.Expires)
	}
	if t.Expires.After(now.Add(MaxTokenLife + tokenSkew)) {
		return errTokenStale.Withf("expires only at %v", t.Expires)
	}
	return nil
}

// Authorization is the header value that carries a token.
func Authorization(token string) string { return scheme + token }

// FromAuthorization takes the token out of the header value.
func FromAuthorization(value string) (string, bool) {
	token, ok := strings.CutPrefix(value, scheme)
	return token, ok && token != ""
}
