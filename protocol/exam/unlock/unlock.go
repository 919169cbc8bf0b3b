// Package unlock makes and joins the codes that open a sealed package at a venue
// without network (M60): the key to the centre's half is split so that any need
// of so many codes give it back and fewer say nothing about it (Shamir 1979,
// over GF(2^8)). A code is digits, because it is read out over a telephone: two
// people at the centre each read one.
//
// The cloud splits when it builds a package, the edge joins. Who may have a code
// and when is not decided here.
package unlock

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"huyun.internal/protocol/fault"
)

// KeySize is the length of what is split, in bytes: 96 bits, which nobody guesses,
// and few enough to be read out.
const KeySize = 12

// Bounds of a split: a code's first digit is its number.
const (
	MinNeed = 2
	MaxOf   = 9
)

// A code: its number, the share as a decimal number, two check digits.
const (
	shareDigits = 29 // of 2^96
	codeDigits  = 1 + shareDigits + 2
	group       = 4 // digits read in one breath
)

var (
	errTyping = fault.New(fault.Invalid, "exam.unlock.code", "解锁码有误：应为 32 位数字，请逐组核对后重新输入")
	errSame   = fault.New(fault.Invalid, "exam.unlock.same", "两次输入的是同一份解锁码，请输入另一人报出的那一份")
)

// Split makes of codes out of a key of KeySize bytes, any need of which give it
// back.
func Split(key []byte, need, of int) ([]string, error) {
	if len(key) != KeySize || need < MinNeed || of < need || of > MaxOf {
		return nil, fmt.Errorf("unlock: %d of %d codes for a key of %d bytes", need, of, len(key))
	}
	shares := make([][]byte, of)
	for i := range shares {
		shares[i] = make([]byte, KeySize)
	}
	poly := make([]byte, need) // one a byte of the key: its constant term is the byte
	defer clear(poly)
	for at, b := range key {
		if _, err := rand.Read(poly[1:]); err != nil {
			return nil, fmt.Errorf("unlock: random: %w", err)
		}
		poly[0] = b
		for i := range shares {
			shares[i][at] = eval(poly, byte(i+1))
		}
	}
	codes := make([]string, of)
	for i, s := range shares {
		codes[i] = encode(i+1, s)
	}
	return codes, nil
}

// Join gives back what was split, from as many different codes as it needs;
// other codes, or too few, give something else: the caller has to have a way to
// tell. Codes: exam.unlock.code, exam.unlock.same.
func Join(codes ...string) ([]byte, error) {
	xs, ys := make([]byte, len(codes)), make([][]byte, len(codes))
	for i, c := range codes {
		no, share, err := decode(c)
		if err != nil {
			return nil, err
		}
		if slices.Contains(xs[:i], no) {
			return nil, errSame
		}
		xs[i], ys[i] = no, share
	}
	key := make([]byte, KeySize)
	for i := range codes {
		// Lagrange at 0; in this field minus is plus.
		weight := byte(1)
		for j := range xs {
			if j != i {
				weight = mul(weight, mul(xs[j], inverse(xs[i]^xs[j])))
			}
		}
		for at := range key {
			key[at] ^= mul(weight, ys[i][at])
		}
	}
	return key, nil
}

// Check says whether a code was typed right, before it is used: exam.unlock.code.
func Check(code string) error {
	_, _, err := decode(code)
	return err
}

func encode(no int, share []byte) string {
	digits := fmt.Sprintf("%d%0*s", no, shareDigits, new(big.Int).SetBytes(share))
	digits += fmt.Sprintf("%02d", 98-mod97(digits+"00"))
	var groups []string
	for part := range slices.Chunk([]byte(digits), group) {
		groups = append(groups, string(part))
	}
	return strings.Join(groups, " ")
}

func decode(code string) (byte, []byte, error) {
	digits := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '　' {
			return -1
		}
		return r
	}, strings.TrimSpace(code))
	if len(digits) != codeDigits || strings.Trim(digits, "0123456789") != "" || digits[0] == '0' || mod97(digits) != 1 {
		return 0, nil, errTyping
	}
	n, _ := new(big.Int).SetString(digits[1:1+shareDigits], 10)
	if n.BitLen() > 8*KeySize {
		return 0, nil, errTyping
	}
	return digits[0] - '0', n.FillBytes(make([]byte, KeySize)), nil
}

// mod97 is the remainder of a decimal number: check digits by ISO/IEC 7064,
// MOD 97-10, which finds every single wrong digit and every swap of two.
func mod97(digits string) int {
	n := 0
	for _, d := range digits {
		n = (10*n + int(d-'0')) % 97
	}
	return n
}
