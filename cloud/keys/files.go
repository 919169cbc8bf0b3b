package keys

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// ringFile is ring.json: the secrets, encrypted under the passphrase.
type ringFile struct {
	Version int    `json:"version"`
	KDF     string `json:"kdf"`    // argon2id
	Memory  uint32 `json:"memory"` // KiB
	Passes  uint32 `json:"passes"`
	Salt    []byte `json:"salt"`
	Sealed  []byte `json:"sealed"`
}

// What a person thinks of has to be stretched; 32 random bytes do not.
const (
	stretchMemory, stretchPasses = 64 << 10, 3
	plainMemory, plainPasses     = 8 << 10, 1
)

func (f ringFile) valid() bool {
	return f.Version == 1 && f.KDF == "argon2id" && f.Memory >= plainMemory && f.Memory <= 1<<20 &&
		f.Passes >= plainPasses && f.Passes <= 10 && len(f.Salt) >= 8
}

func (f ringFile) key(pass secret) []byte {
	return argon2.IDKey([]byte(pass.text), f.Salt, f.Passes, f.Memory, 2, 16)
}

// secret is the passphrase and whether we made it up ourselves.
type secret struct {
	text      string
	generated bool
}

type ringSecrets struct {
	Index []byte       `json:"index"`
	Audit []byte       `json:"audit"`
	Keys  []ringSecret `json:"keys"`
}

type ringSecret struct {
	ID      uint16    `json:"id"`
	Secret  []byte    `json:"secret"`
	Created time.Time `json:"created"`
}

const secretSize = 32

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// passphrase returns the configured one, or the generated one, which protects
// against a copied key file but not against a copied directory: `cloud check`
// says so.
func passphrase(o Options) (secret, error) {
	if o.Passphrase != "" {
		return secret{text: o.Passphrase}, nil
	}
	path := filepath.Join(o.Dir, "passphrase")
	raw, err := os.ReadFile(path) //nolint:gosec // our directory
	if err == nil {
		return secret{strings.TrimSpace(string(raw)), true}, nil
	}
	if !missing(err) {
		return secret{}, fmt.Errorf("read passphrase: %w", err)
	}
	if _, err := os.Stat(filepath.Join(o.Dir, "ring.json")); err == nil {
		return secret{}, fault.New(fault.Precondition, "keys.passphrase",
			"密钥已加密，但没有提供口令：请设置环境变量 HUYUN_KEYS_PASSPHRASE 或配置 keys.passphrase_file")
	}
	pass := base64.RawURLEncoding.EncodeToString(random(secretSize))
	return secret{pass, true}, writeFile(path, []byte(pass+"\n"))
}

func (r *Ring) openRing(pass secret) error {
	path := filepath.Join(r.dir, "ring.json")
	s, err := readRing(path, pass)
	if missing(err) {
		return r.makeRing(path, pass)
	}
	if err != nil {
		return err
	}
	return r.use(s)
}

func readRing(path string, pass secret) (ringSecrets, error) {
	var s ringSecrets
	raw, err := os.ReadFile(path) //nolint:gosec // our directory
	if err != nil {
		return s, fmt.Errorf("read key ring: %w", err)
	}
	var f ringFile
	if err := json.Unmarshal(raw, &f); err != nil || !f.valid() {
		return s, damaged(path, err)
	}
	plain, err := sm.OpenGCM(f.key(pass), []byte("huyun-ring-1"), f.Sealed)
	if err != nil {
		return s, fault.New(fault.Precondition, "keys.passphrase", "密钥口令不正确或密钥文件已损坏，请核对口令，或从备份恢复密钥目录").With(err)
	}
	if err := json.Unmarshal(plain, &s); err != nil {
		return s, damaged(path, err)
	}
	return s, nil
}

func damaged(path string, err error) error {
	return fault.Newf(fault.Precondition, "keys.damaged", "密钥文件 %s 已损坏，请从备份恢复", path).With(err)
}

func (r *Ring) makeRing(path string, pass secret) error {
	s := ringSecrets{
		Index: random(secretSize), Audit: random(secretSize),
		Keys: []ringSecret{{ID: 1, Secret: random(secretSize), Created: r.clock().UTC()}},
	}
	if err := saveRing(path, pass, s); err != nil {
		return err
	}
	return r.use(s)
}

func saveRing(path string, pass secret, s ringSecrets) error {
	plain, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode ring: %w", err)
	}
	f := ringFile{Version: 1, KDF: "argon2id", Memory: stretchMemory, Passes: stretchPasses, Salt: random(16)}
	if pass.generated {
		f.Memory, f.Passes = plainMemory, plainPasses
	}
	if f.Sealed, err = sm.SealGCM(f.key(pass), []byte("huyun-ring-1"), plain); err != nil {
		return fmt.Errorf("seal ring: %w", err)
	}
	raw, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("encode ring: %w", err)
	}
	return writeFile(path, raw)
}

func (r *Ring) use(s ringSecrets) error {
	if len(s.Index) != secretSize || len(s.Audit) != secretSize || len(s.Keys) == 0 {
		return damaged("ring.json", nil)
	}
	r.index, r.audit = s.Index, s.Audit
	r.keys = make(map[uint16]derived, len(s.Keys))
	for _, k := range s.Keys {
		if len(k.Secret) != secretSize {
			return damaged("ring.json", nil)
		}
		r.keys[k.ID] = derived{seal: sm.Derive(k.Secret, "huyun/seal", 16), row: sm.Derive(k.Secret, "huyun/row", 32)}
		r.now = max(r.now, k.ID)
	}
	return nil
}

// Rotate adds a key that seals from now on; older ones keep opening. Each copy
// of the cloud takes it up at its next start.
func Rotate(o Options) error {
	unlock, err := lockDir(o.Dir)
	if err != nil {
		return err
	}
	defer unlock()
	pass, err := passphrase(o)
	if err != nil {
		return err
	}
	path := filepath.Join(o.Dir, "ring.json")
	s, err := readRing(path, pass)
	if err != nil {
		return err
	}
	last := uint16(0)
	for _, k := range s.Keys {
		last = max(last, k.ID)
	}
	s.Keys = append(s.Keys, ringSecret{ID: last + 1, Secret: random(secretSize), Created: time.Now().UTC()})
	return saveRing(path, pass, s)
}

// The node authority outlives its nodes' certificates many times over.
const caLife = 20 * 365 * 24 * time.Hour

func (r *Ring) openSigners(pass secret) (err error) {
	if r.cloud, err = openSigner(filepath.Join(r.dir, "cloud.sm2"), pass.text); err != nil {
		return err
	}
	if r.ca, err = openSigner(filepath.Join(r.dir, "node-ca.sm2"), pass.text); err != nil {
		return err
	}
	path := filepath.Join(r.dir, "node-ca.pem")
	raw, err := os.ReadFile(path) //nolint:gosec // our directory
	if err == nil {
		if r.caCert, err = sm.ParseCertificate(raw); err != nil {
			return damaged(path, err)
		}
		return nil
	}
	if !missing(err) {
		return fmt.Errorf("read node authority: %w", err)
	}
	if r.caCert, err = sm.NewAuthority(r.ca, "huyun-node-authority", r.clock(), caLife); err != nil {
		return fmt.Errorf("make node authority: %w", err)
	}
	return writeFile(path, r.caCert.PEM())
}

func openSigner(path, pass string) (*sm.SoftKey, error) {
	_, err := os.Stat(path)
	if err == nil {
		return sm.LoadKey(path, pass)
	}
	if !missing(err) {
		return nil, fmt.Errorf("look for key: %w", err)
	}
	k, err := sm.Generate()
	if err != nil {
		return nil, fmt.Errorf("generate key: %w", err)
	}
	return k, k.Save(path, pass)
}

// writeFile replaces a file so that a crash leaves the old or the new one.
func writeFile(path string, content []byte) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // our directory
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // our directory
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}
