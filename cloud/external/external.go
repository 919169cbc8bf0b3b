// Package external is the door for outside systems that push to us: who is
// sending, whether the signature is theirs, whether the clock is near ours. Each
// system has a folder of its own below, whose README is the agreement.
//
// A request carries its sender, time and an SM2 signature over method, path,
// sender, time and the digest of the body. Replays inside the window are harmless:
// every inbound interface answers a repeated number as it did before.
package external

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// KindPartner is the kind of an actor that is an outside system.
const KindPartner = "partner"

// Headers of a signed request.
const (
	HeaderSender    = "X-Huyun-Sender"
	HeaderTime      = "X-Huyun-Time"
	HeaderSignature = "X-Huyun-Signature"
)

const (
	// Skew is how far a sender's clock may be from ours.
	Skew = 5 * time.Minute
	// MaxBody is a batch of a thousand lines with room to spare.
	MaxBody = 2 << 20
	// perMin is far above what any of the systems sends.
	perMin = 600
)

// Peer is an outside system: which paths are its own, and its public key; nil
// while none is configured.
type Peer struct {
	Sender, Name string
	Path         string // prefix
	Setting      string // where the key is configured, for who has to
	Perm         string
	Key          *sm.PublicKey
}

// Door tells who is behind a request to the partner interface.
type Door struct {
	Peers []Peer
	Clock clock.Clock
	Log   *slog.Logger
}

// Text is what a sender signs.
func Text(method, path, sender, at string, body []byte) []byte {
	return fmt.Appendf(nil, "%s\n%s\n%s\n%s\n%s", method, path, sender, at, sm.SumOf(body))
}

// Authenticate checks a request and keeps its body for the handler. Faults:
// partner.unconfigured, partner.sender, partner.clock, partner.size,
// partner.signature. Each leaves a line in the log.
func (d Door) Authenticate(ctx context.Context, r *http.Request) (auth.Actor, error) {
	p, err := d.check(r)
	if err != nil {
		d.Log.WarnContext(ctx, "partner refused", "path", r.URL.Path, "code", fault.From(err).Code, "sender", clean(r.Header.Get(HeaderSender)), "trace_id", web.TraceID(ctx))
		return auth.Actor{}, err
	}
	return auth.Actor{ID: p.Sender, Kind: KindPartner, Username: p.Sender, Name: p.Name, Perms: auth.NewPerms(p.Perm)}, nil
}

func (d Door) check(r *http.Request) (*Peer, error) {
	p := d.peer(r.URL.Path)
	sender, at := r.Header.Get(HeaderSender), r.Header.Get(HeaderTime)
	switch {
	case p == nil:
		return nil, auth.Required()
	case p.Key == nil:
		return nil, fault.Newf(fault.Unavailable, "partner.unconfigured", "%s的接口还没有配置对方公钥（%s），暂不接收；请联系本系统管理员", p.Name, p.Setting)
	case sender != p.Sender:
		return nil, fault.New(fault.Unauthenticated, "partner.sender", "不认识的发送方，请核对发送方标识")
	}
	when, err := time.Parse(time.RFC3339, at)
	if err != nil || d.Clock.Now().Sub(when).Abs() > Skew {
		return nil, fault.Newf(fault.Unauthenticated, "partner.clock", "发送时间与本系统相差超过 %d 分钟，请校准时钟后重新发送", int(Skew.Minutes()))
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxBody+1))
	if err != nil {
		return nil, fault.New(fault.Slow, "partner.body", "报文没有收完整，请重新发送").With(err)
	}
	if len(body) > MaxBody {
		return nil, fault.Newf(fault.TooLarge, "partner.size", "报文超过 %d MB，请分批发送", MaxBody>>20)
	}
	sig, err := base64.StdEncoding.DecodeString(r.Header.Get(HeaderSignature))
	if err != nil || sm.Verify(p.Key, Text(r.Method, r.URL.Path, sender, at, body), sig) != nil {
		return nil, fault.New(fault.Unauthenticated, "partner.signature", "签名验证不通过，报文未接收；请核对密钥和签名原文")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return p, nil
}

func (d Door) peer(path string) *Peer {
	for i := range d.Peers {
		if strings.HasPrefix(path, d.Peers[i].Path) {
			return &d.Peers[i]
		}
	}
	return nil
}

// clean keeps what a stranger sends from writing lines of its own into a log.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), 60)]
}

// Receive adds an operation that takes a signed body of T and answers what take
// does. Unknown fields are refused by name.
func Receive[T, A any](w *web.Web, op web.Op, log *slog.Logger, take func(ctx context.Context, sender string, body T) (A, error)) {
	op.MaxBody, op.PerMin = MaxBody, perMin
	web.Raw(w, op, func(c *gin.Context) {
		ctx := c.Request.Context()
		raw, err := io.ReadAll(c.Request.Body)
		var out A
		if err == nil {
			var body T
			if body, err = decode[T](raw); err == nil {
				actor, _ := auth.From(ctx)
				out, err = take(ctx, actor.ID, body)
			}
		}
		if err != nil {
			log.WarnContext(ctx, "partner refused", "op", op.ID, "code", fault.From(err).Code, "error", err, "trace_id", web.TraceID(ctx))
			web.Fail(c, err)
			return
		}
		c.JSON(http.StatusOK, out)
	})
}

func decode[T any](raw []byte) (T, error) {
	var v T
	if err := web.CheckJSON(raw); err != nil {
		return v, fault.New(fault.Invalid, "partner.json", "报文不是规范的 JSON，请检查重复字段、多余内容和非法字符")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		// The text of the error may hold a value; only the name of an unknown
		// field, which the agreement does not have, is told.
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			return v, fault.Newf(fault.Invalid, "partner.field.type", "字段 %s 的类型不符合约定", kind.Field)
		}
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return v, fault.Newf(fault.Invalid, "partner.field.unknown", "字段 %s 不在约定的受控字段之内，整批未接收", clean(strings.Trim(name, `"`)))
		}
		return v, fault.New(fault.Invalid, "partner.json", "报文不是约定的格式")
	}
	return v, nil
}

// Opener opens what was sealed to our key.
type Opener interface {
	Decrypt(ciphertext []byte) ([]byte, error)
}

// Number reads a number that travels sealed to our key: base64 of the SM2
// ciphertext, the plain text padded with blanks to at least 18 bytes.
func Number(k Opener, sealed string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(raw) > 400 {
		return "", fault.New(fault.Invalid, "partner.sealed", "加密字段不是约定的格式")
	}
	plain, err := k.Decrypt(raw)
	if err != nil {
		return "", fault.New(fault.Invalid, "partner.sealed", "加密字段无法解密，请核对本系统的公钥")
	}
	return strings.TrimRight(string(plain), " "), nil
}
