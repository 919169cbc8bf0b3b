package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"huyun.internal/protocol/fault"
)

// argon2id parameters of new hashes (RFC 9106's second choice, two passes). A
// hash carries its own, so these can rise.
const (
	argonMemory = 64 << 10 // KiB
	argonTime   = 2
	argonLanes  = 1
	argonKey    = 32
	argonSalt   = 16
)

// hasher bounds how many hashes are computed at once: each takes 64 MiB, and a
// flood of sign-ins must not take the memory of everything else.
type hasher struct {
	slots  chan struct{}
	memory uint32 // KiB, of new hashes
}

func newHasher() hasher { return hasher{slots: make(chan struct{}, 4), memory: argonMemory} }

func (h hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h hasher) leave() { <-h.slots }

// hash returns the PHC string of a password.
func (h hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, argonTime, h.memory, argonLanes, argonKey)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, argonTime, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// verify compares a password with a PHC string in constant time.
func (h hasher) verify(ctx context.Context, phc, password string) (bool, error) {
	p, err := parsePHC(phc)
	if err != nil {
		return false, err
	}
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	key := argon2.IDKey([]byte(password), p.salt, p.time, p.memory, p.lanes, uint32(len(p.key))) //nolint:gosec // checked below
	return subtle.ConstantTimeCompare(key, p.key) == 1, nil
}

type phcHash struct {
	memory, time uint32
	lanes        uint8
	salt, key    []byte
}

func parsePHC(phc string) (phcHash, error) {
	var p phcHash
	var version int
	parts := strings.Split(phc, "$")
	bad := fault.New(fault.Internal, "identity.password.form", "账号口令数据无法识别，请联系系统管理员重置口令")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return p, bad
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return p, bad
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.lanes); err != nil {
		return p, bad
	}
	if p.memory < 8<<10 || p.memory > 1<<20 || p.time < 1 || p.time > 10 || p.lanes < 1 || p.lanes > 16 {
		return p, bad
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(p.salt) < 8 {
		return p, bad
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(p.key) != argonKey {
		return p, bad
	}
	return p, nil
}

// CheckPassword is the rule for new passwords: 10 to 64 characters, three of
// the four classes, not the username, not an obvious one.
func CheckPassword(username, password string) error {
	weak := fault.New(fault.Invalid, "identity.password.weak",
		"口令须为 10 至 64 位，包含大写字母、小写字母、数字、符号中的至少三类，且不含账号和常见口令")
	n := utf8.RuneCountInString(password)
	if n < 10 || n > 64 || !utf8.ValidString(password) {
		return weak
	}
	var upper, lower, digit, other int
	for _, r := range password {
		switch {
		case unicode.IsControl(r):
			return weak
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	if upper+lower+digit+other < 3 {
		return weak
	}
	plain := strings.ToLower(password)
	for _, bad := range append([]string{strings.ToLower(username)}, obvious...) {
		if bad != "" && strings.Contains(plain, bad) {
			return weak
		}
	}
	return nil
}

// What the lists of leaked passwords begin with, and what this field uses.
var obvious = []string{"password", "passw0rd", "p@ssw0rd", "qwerty", "123456", "abcdef", "abc123", "admin", "huyun", "1qaz2wsx", "111111", "888888"} //nolint:gochecknoglobals // a constant list

// Generate makes a password that satisfies the rule and can be read aloud: no
// characters that look alike.
func Generate() string {
	const letters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"
	for {
		raw := make([]byte, 16)
		_, _ = rand.Read(raw) // never fails
		var b strings.Builder
		for i, c := range raw {
			if i == 5 || i == 10 {
				b.WriteByte('-')
			}
			b.WriteByte(letters[int(c)%len(letters)])
		}
		if CheckPassword("", b.String()) == nil {
			return b.String()
		}
	}
}
