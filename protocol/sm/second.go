package sm

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"math/big"
	"sync"
	"sync/atomic"

	"github.com/emmansun/gmsm/sm2"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// disagreements counts signatures that the fast code refused and plain
// arithmetic found valid. It is process-wide because the defect it counts is.
var disagreements atomic.Uint64

// Disagreements is how often the library has refused a valid signature in this
// process. Anything but zero means a defect of the library on this CPU (as its
// issue 560 was) and belongs on the health page.
func Disagreements() uint64 { return disagreements.Load() }

// plainCurve is the SM2 curve in the standard library's generic big.Int
// arithmetic, which fits because a = p−3. It shares no code with the library's
// assembly. It is not constant-time, so only public data may meet it.
//
// The generic code looks at the standard library's named curves without making
// sure that they exist; asking for one of them first makes all of them.
var plainCurve = sync.OnceValue(func() *elliptic.CurveParams {
	_ = elliptic.P224()
	p := *sm2.P256().Params()
	p.Name = "sm2p256v1 (plain)"
	return &p
})

// secondOpinion verifies again, slowly, what the fast code has refused:
// assembly for SM2 has refused valid signatures about once in several 100,000
// in more than one library, and an answer must not be lost to that.
func secondOpinion(pub *ecdsa.PublicKey, hash, sig []byte) bool {
	var inner cryptobyte.String
	r, s := new(big.Int), new(big.Int)
	in := cryptobyte.String(sig)
	if !in.ReadASN1(&inner, asn1.SEQUENCE) || !in.Empty() ||
		!inner.ReadASN1Integer(r) || !inner.ReadASN1Integer(s) || !inner.Empty() {
		return false
	}
	if !verifyPlain(pub, hash, r, s) {
		return false
	}
	disagreements.Add(1)
	return true
}

// verifyPlain is GB/T 32918.2 clause 7 word for word.
func verifyPlain(pub *ecdsa.PublicKey, hash []byte, r, s *big.Int) bool {
	c := plainCurve()
	if r.Sign() <= 0 || s.Sign() <= 0 || r.Cmp(c.N) >= 0 || s.Cmp(c.N) >= 0 {
		return false
	}
	t := new(big.Int).Add(r, s)
	if t.Mod(t, c.N).Sign() == 0 {
		return false
	}
	//nolint:staticcheck // the generic arithmetic is deprecated for being slow; being different is what it is here for
	x1, y1 := c.ScalarBaseMult(s.Bytes())
	//nolint:staticcheck // as above
	x2, y2 := c.ScalarMult(pub.X, pub.Y, t.Bytes())
	//nolint:staticcheck // as above
	x, y := c.Add(x1, y1, x2, y2)
	if x.Sign() == 0 && y.Sign() == 0 {
		return false
	}
	x.Add(x, new(big.Int).SetBytes(hash))
	return x.Mod(x, c.N).Cmp(r) == 0
}
