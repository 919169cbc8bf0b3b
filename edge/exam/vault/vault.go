// Package vault seals what the venue's disk must not show in the clear:
// session and terminal keys, snapshots, the key of the audit chain. One random
// key of 32 bytes lives in the store, encrypted with SM2 to the device's key,
// and others are derived from it; so a store without its device key is
// unreadable, and a cold start with no network needs nothing else (reliability
// B.5, key storage). It does not keep the device key itself.
package vault

import (
	"context"
	"crypto/rand"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

const (
	bucket = "vault"
	name   = "key"
)

// Vault seals and opens under keys derived from the venue's own secret.
type Vault struct{ secret []byte }

// Open reads the venue's secret with the device key, making it at the first
// start. It fails with exam.vault.key when the store belongs to another device
// key.
func Open(ctx context.Context, s *store.Store, keeper sm.Keeper) (*Vault, error) {
	var secret []byte
	err := s.Update(ctx, func(tx *store.Tx) error {
		v, err := Existing(tx, keeper)
		if err != nil {
			return err
		}
		if v != nil {
			secret = v.secret
			return nil
		}
		secret = make([]byte, 32)
		if _, err := rand.Read(secret); err != nil {
			return err
		}
		sealed, err := sm.Encrypt(keeper.Public(), secret)
		if err != nil {
			return err
		}
		tx.Put(bucket, name, sealed)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &Vault{secret: secret}, nil
}

// Existing reads the venue's secret and makes none: nil when there is none yet.
// Faults: exam.vault.key.
func Existing(r store.Reader, keeper sm.Keeper) (*Vault, error) {
	sealed := r.Get(bucket, name)
	if sealed == nil {
		return nil, nil //nolint:nilnil // no start yet, no secret
	}
	secret, err := keeper.Decrypt(sealed)
	if err != nil {
		return nil, fault.Internalf("exam.vault.key", "本机密钥与数据不匹配：请检查密钥文件是否被替换，不要重新注册").With(err)
	}
	return &Vault{secret: secret}, nil
}

// Key derives a key of n bytes for one purpose.
func (v *Vault) Key(purpose string, n int) []byte {
	return sm.Derive(v.secret, "huyun edge vault "+purpose, n)
}

// Seal encrypts under the key of a purpose, bound to what it belongs to.
func (v *Vault) Seal(purpose, owner string, plain []byte) ([]byte, error) {
	return sm.SealGCM(v.Key(purpose, 16), []byte(purpose+"\x00"+owner), plain)
}

// Open decrypts what Seal made for the same purpose and owner.
func (v *Vault) Open(purpose, owner string, sealed []byte) ([]byte, error) {
	return sm.OpenGCM(v.Key(purpose, 16), []byte(purpose+"\x00"+owner), sealed)
}
