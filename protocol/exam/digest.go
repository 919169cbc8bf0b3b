package exam

import (
	"encoding/base32"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"strings"

	"huyun.internal/protocol/sm"
)

// SeedFor derives the seed of a candidate's paper from the sitting's secret:
// HMAC-SM3 over the two ids. Whoever does not have the secret can neither
// foretell nor choose a paper.
func SeedFor(secret []byte, sitting, candidate string) [32]byte {
	var c canon
	c.text("huyun exam seed 1")
	c.text(sitting)
	c.text(candidate)
	return sm.MAC(secret, c)
}

// Digest is the SM3 of the paper's canonical encoding. It covers which
// questions at which versions, their order and options, their worth, the pass
// mark and what was relaxed, but not the wording of a relaxation.
func (p *Paper) Digest() sm.Digest {
	c := make(canon, 0, 64*len(p.Items)+256)
	c.text("huyun exam paper")
	c.number(p.Method)
	c.text(p.Rule)
	c.number(p.Version)
	c.text(p.Range)
	c.number(int(p.Pass))
	c.flag(p.Partial)
	c.number(len(p.Items))
	for _, it := range p.Items {
		c.text(it.No)
		c.text(it.Question)
		c.number(it.Version)
		c.number(it.Sub)
		c.number(it.Section)
		c.number(len(it.Order))
		for _, o := range it.Order {
			c.number(o)
		}
		c.number(int(it.Worth))
	}
	c.number(len(p.Relaxed))
	for _, r := range p.Relaxed {
		c.number(r.Section)
		c.text(r.Kind)
	}
	return sm.Sum(c)
}

// AnswersDigest is the SM3 over the final answers in item order, as
// wire.Handin.Answers carries it. Of several responses to an item the highest
// revision counts; a cleared answer is the same as none.
func AnswersDigest(responses []Response) sm.Digest {
	last := latest(responses)
	items := slices.SortedFunc(maps.Keys(last), compareItems)
	var c canon
	c.text("huyun exam answers 1")
	for _, it := range items {
		choice := last[it].Choice
		if len(choice) == 0 {
			continue
		}
		c.text(it)
		c.number(len(choice))
		for _, k := range slices.Sorted(slices.Values(choice)) {
			c.text(k)
		}
	}
	return sm.Sum(c)
}

// SittingDigest is the SM3 over each attempt's answers digest in order of the
// attempts' ids, as wire.Closed.Digest carries it.
func SittingDigest(handins map[string]string) sm.Digest {
	var c canon
	c.text("huyun exam sitting 1")
	for _, attempt := range slices.Sorted(maps.Keys(handins)) {
		c.text(attempt)
		c.text(handins[attempt])
	}
	return sm.Sum(c)
}

// ReceiptCode is the short code of a hand-in: eight characters that a candidate
// is shown at the terminal, and that the centre makes again from the answers that
// it holds. Forty bits tell hand-ins apart; they prove nothing, which is what the
// signature is for.
func ReceiptCode(sitting, attempt, digest string) string {
	var c canon
	c.text("huyun exam receipt code 1")
	c.text(sitting)
	c.text(attempt)
	c.text(digest)
	sum := sm.Sum(c)
	code := receiptAlphabet.EncodeToString(sum[:5])
	return code[:4] + "-" + code[4:]
}

// receiptAlphabet leaves out the letters that are read as digits: I, L, O, U.
var receiptAlphabet = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// latest keeps each item's response of the highest revision; of two with the
// same revision, which an honest store never holds, the first.
func latest(responses []Response) map[string]Response {
	m := make(map[string]Response, len(responses))
	for _, r := range responses {
		have, ok := m[r.Item]
		if !ok || r.Revision > have.Revision {
			m[r.Item] = r
		}
	}
	return m
}

// compareItems orders "2" before "10" and "85.2" before "85.10".
func compareItems(a, b string) int {
	amaj, amin := splitItem(a)
	bmaj, bmin := splitItem(b)
	switch {
	case amaj != bmaj:
		return amaj - bmaj
	case amin != bmin:
		return amin - bmin
	}
	return strings.Compare(a, b)
}

func splitItem(no string) (major, minor int) {
	a, b, _ := strings.Cut(no, ".")
	major, _ = strconv.Atoi(a)
	minor, _ = strconv.Atoi(b)
	return major, minor
}

// canon builds a canonical encoding: numbers as eight bytes big-endian, texts
// with their length before them.
type canon []byte

func (c *canon) number(n int) { *c = binary.BigEndian.AppendUint64(*c, uint64(int64(n))) }

func (c *canon) text(s string) {
	c.number(len(s))
	*c = append(*c, s...)
}

func (c *canon) flag(b bool) {
	n := 0
	if b {
		n = 1
	}
	c.number(n)
}
