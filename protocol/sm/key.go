package sm

import (
	"bytes"
	"crypto/rand"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/emmansun/gmsm/pkcs"
	"github.com/emmansun/gmsm/pkcs8"
	"github.com/emmansun/gmsm/sm2"

	"huyun.internal/protocol/fault"
)

// Signer can sign with a private key it does not show.
type Signer interface {
	Public() *PublicKey
	// Sign makes an SM2 signature over msg: DER, user ID 1234567812345678.
	Sign(msg []byte) ([]byte, error)
}

// Keeper can also decrypt what was encrypted to its public key.
type Keeper interface {
	Signer
	// Decrypt undoes Encrypt; every failure looks the same.
	Decrypt(ciphertext []byte) ([]byte, error)
}

// SoftKey is a Keeper whose private key lies in this process's memory. Go
// cannot reliably wipe it; production sites put a machine behind Keeper.
type SoftKey struct {
	key *sm2.PrivateKey
	pub *PublicKey
}

// Generate makes a new key from the operating system's randomness.
func Generate() (*SoftKey, error) {
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("sm: generate: %w", err)
	}
	return newSoftKey(key), nil
}

func newSoftKey(key *sm2.PrivateKey) *SoftKey {
	return &SoftKey{key, &PublicKey{&key.PublicKey}}
}

// Public is the public half.
func (k *SoftKey) Public() *PublicKey { return k.pub }

// Sign signs msg, which may be empty.
func (k *SoftKey) Sign(msg []byte) ([]byte, error) {
	hash, err := sm2.CalculateSM2Hash(k.pub.key, msg, nil)
	if err != nil {
		return nil, fmt.Errorf("sm: sign: %w", err)
	}
	sig, err := sm2.SignASN1(rand.Reader, k.key, hash, nil)
	if err != nil {
		return nil, fmt.Errorf("sm: sign: %w", err)
	}
	return sig, nil
}

// Decrypt takes the one form that Encrypt writes. The library would also guess
// at ASN.1 and compressed points; what need not be parsed is refused first.
func (k *SoftKey) Decrypt(ct []byte) ([]byte, error) {
	if len(ct) < cipherOverhead+MinSM2Plain || len(ct) > cipherOverhead+MaxSM2Plain || ct[0] != 4 {
		return nil, errOpen.Withf("SM2 ciphertext of %d bytes", len(ct))
	}
	plain, err := sm2.Decrypt(k.key, ct)
	if err != nil {
		return nil, errOpen.With(err)
	}
	return plain, nil
}

// String shows the public key only, so that a logged key gives nothing away.
func (k *SoftKey) String() string { return "sm2:" + k.pub.ID().String()[:16] }

// GoString is String: %#v would otherwise print the secret.
func (k *SoftKey) GoString() string { return k.String() }

const (
	privatePEM = "ENCRYPTED PRIVATE KEY"
	// Iterations of PBKDF2-HMAC-SM3 for a key file, about 50 ms.
	iterations = 100_000
	// maxIterations is what a file may ask for: one that is damaged, or made to
	// hang us, must not keep a device from saying so.
	maxIterations = 10 * iterations
	saltSize      = 16
	// maxKeyFile bounds what LoadKey will read.
	maxKeyFile = 16 << 10
)

// Save writes the key as an encrypted PKCS#8 PEM (PBES2: PBKDF2-HMAC-SM3 and
// SM4-GCM), readable by its owner only, so that a crash leaves either the old
// file or the new one. A key is never written without a passphrase.
func (k *SoftKey) Save(path, passphrase string) error {
	if passphrase == "" {
		return fault.New(fault.Precondition, "sm.key.passphrase", "未配置密钥口令，不能保存私钥；请先设置口令文件")
	}
	enc := pkcs.NewPBESEncrypter(pkcs.SM4GCM, pkcs.NewPBKDF2Opts(pkcs.SM3, saltSize, iterations))
	der, err := pkcs8.MarshalPrivateKey(k.key, []byte(passphrase), enc)
	if err != nil {
		return fmt.Errorf("sm: save key: %w", err)
	}
	return writeDurably(path, pem.EncodeToMemory(&pem.Block{Type: privatePEM, Bytes: der}))
}

// LoadKey reads what Save wrote. A wrong passphrase and a damaged file cannot
// be told apart.
func LoadKey(path, passphrase string) (*SoftKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("sm: load key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fault.Preconditionf("sm.key.mode", "私钥文件权限过宽，请执行 chmod 600 后重试").
			Withf("mode %v", info.Mode().Perm())
	}
	if info.Size() > maxKeyFile {
		return nil, errKeyFile.Withf("%d bytes", info.Size())
	}
	in, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("sm: load key: %w", err)
	}
	return parseKeyFile(in, passphrase)
}

var errKeyFile = fault.New(fault.Precondition, "sm.key.file", "私钥文件无法打开：口令不符或文件损坏")

func parseKeyFile(in []byte, passphrase string) (*SoftKey, error) {
	block, rest := pem.Decode(in)
	if block == nil || block.Type != privatePEM || len(bytes.TrimSpace(rest)) != 0 || passphrase == "" {
		return nil, errKeyFile.Withf("not an encrypted PEM, or no passphrase")
	}
	if n, err := iterationsOf(block.Bytes); err != nil || n > maxIterations {
		return nil, errKeyFile.Withf("%d iterations, %v", n, err)
	}
	key, err := pkcs8.ParsePKCS8PrivateKeySM2(block.Bytes, []byte(passphrase))
	if err != nil {
		return nil, errKeyFile.With(err)
	}
	return newSoftKey(key), nil
}

// iterationsOf reads how often a key file has its passphrase hashed (RFC 8018).
func iterationsOf(der []byte) (int, error) {
	var file struct {
		Algorithm struct {
			PBES2  asn1.ObjectIdentifier
			Params struct {
				KDF struct {
					PBKDF2 asn1.ObjectIdentifier
					Params struct {
						Salt       []byte
						Iterations int
						KeyLength  int `asn1:"optional"`
						PRF        asn1.RawValue
					}
				}
				Cipher asn1.RawValue
			}
		}
		Data []byte
	}
	_, err := asn1.Unmarshal(der, &file)
	return file.Algorithm.Params.KDF.Params.Iterations, err
}

// writeDurably replaces path by way of a temporary file in the same directory:
// write, fsync, rename, fsync the directory.
func writeDurably(path string, content []byte) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".key-*") // made with mode 0600
	if err != nil {
		return fmt.Errorf("sm: save key: %w", err)
	}
	_, err = tmp.Write(content)
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("sm: save key: %w", errors.Join(err, os.Remove(tmp.Name())))
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sm: save key: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sm: save key: %w", err)
	}
	return nil
}
