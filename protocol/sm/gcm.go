package sm

import (
	"crypto/cipher"
	"crypto/rand"
	"fmt"

	"github.com/emmansun/gmsm/sm4"

	"huyun.internal/protocol/fault"
)

// Sizes of SM4-GCM: key, nonce and tag, in bytes. The tag is never shortened.
const (
	KeySize   = 16
	NonceSize = 12
	TagSize   = 16
)

// errOpen is the one answer to every failed opening: wrong key, wrong
// additional data, cut, flipped. Telling them apart would help an attacker.
var errOpen = fault.New(fault.Invalid, "sm.open", "密文无法解开：内容被改动、不完整或密钥不符")

// SealGCM encrypts and authenticates plain with SM4-GCM under a random nonce;
// aad is authenticated but not included. Result: nonce ‖ ciphertext ‖ tag.
// Random nonces are good for 2³² seals under one key; the key ring rotates long
// before that.
func SealGCM(key, aad, plain []byte) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, NonceSize, NonceSize+len(plain)+TagSize)
	if _, err := rand.Read(out); err != nil {
		return nil, fmt.Errorf("sm: nonce: %w", err)
	}
	return gcm.Seal(out, out[:NonceSize], plain, aad), nil
}

// OpenGCM undoes SealGCM.
func OpenGCM(key, aad, sealed []byte) ([]byte, error) {
	if len(sealed) < NonceSize+TagSize {
		return nil, errOpen.Withf("%d bytes are too few", len(sealed))
	}
	return OpenGCMNonce(key, sealed[:NonceSize], aad, sealed[NonceSize:])
}

// SealGCMNonce encrypts with a nonce of the caller's, who must never use it
// again under this key (chunked packages count it up). Result: ciphertext ‖
// tag, without the nonce.
func SealGCMNonce(key, nonce, aad, plain []byte) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	if len(nonce) != NonceSize {
		return nil, fmt.Errorf("sm: nonce of %d bytes", len(nonce))
	}
	return gcm.Seal(nil, nonce, plain, aad), nil
}

// OpenGCMNonce undoes SealGCMNonce.
func OpenGCMNonce(key, nonce, aad, sealed []byte) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	if len(nonce) != NonceSize || len(sealed) < TagSize {
		return nil, errOpen.Withf("nonce of %d, ciphertext of %d bytes", len(nonce), len(sealed))
	}
	plain, err := gcm.Open(nil, nonce, sealed, aad)
	if err != nil {
		return nil, errOpen.With(err)
	}
	return plain, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("sm: SM4 key of %d bytes", len(key))
	}
	block, err := sm4.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("sm: SM4: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("sm: GCM: %w", err)
	}
	return gcm, nil
}
