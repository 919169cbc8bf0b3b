package pack

import (
	"crypto/rand"
	"fmt"

	"huyun.internal/protocol/exam/unlock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// Locked is the centre's half under a key that unlock codes give back: a venue
// without network has it here already and lacks only the codes.
type Locked struct {
	Unlock
	Half []byte `json:"half"` // SM4-GCM
}

var (
	errNoCodes = fault.New(fault.Precondition, "exam.unlock.none", "本考题包没有解锁码，只能由中心联网放行")
	errCodes   = fault.New(fault.Forbidden, "exam.unlock.wrong", "解锁码与本场考题包不匹配：请核对中心报出的场次和考题包版本后重新输入")
)

// lock puts the half into the manifest and returns the codes.
func (m *Manifest) lock(u Unlock, release []byte) ([]string, error) {
	if u == (Unlock{}) {
		return nil, nil
	}
	key := make([]byte, unlock.KeySize)
	defer clear(key)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("pack: unlock key: %w", err)
	}
	codes, err := unlock.Split(key, u.Need, u.Of)
	if err != nil {
		return nil, err
	}
	sealed, err := sm.SealGCM(unlockKey(key, m.Pack), []byte(m.Pack), release)
	if err != nil {
		return nil, fmt.Errorf("pack: lock half: %w", err)
	}
	m.Unlock = &Locked{Unlock: u, Half: sealed}
	return codes, nil
}

func unlockKey(key []byte, pack string) []byte { return sm.Derive(key, unlockLabel+pack, sm.KeySize) }

// Released gives the centre's half for unlock codes. Faults: exam.unlock.none,
// .few, .code, .same, .wrong.
func (p *Package) Released(codes ...string) ([]byte, error) {
	l := p.m.Unlock
	if l == nil {
		return nil, errNoCodes
	}
	if len(codes) != l.Need {
		return nil, fault.Invalidf("exam.unlock.few", "需要 %d 份解锁码，请向中心的 %d 位人员分别索取", l.Need, l.Need)
	}
	key, err := unlock.Join(codes...)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	half, err := sm.OpenGCM(unlockKey(key, p.m.Pack), []byte(p.m.Pack), l.Half)
	if err != nil || !commitment(p.m.Pack, half).Equal(p.m.Release) {
		return nil, errCodes.With(err)
	}
	return half, nil
}
