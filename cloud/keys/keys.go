// Package keys holds the cloud's keys: the ring that seals stored personal data
// and questions, the blind index, row and audit MACs, the cloud's SM2 signing
// key, the authority that certifies nodes, and the TLS authority. Every domain
// that stores something secret uses it.
//
// Keys are files in one directory, readable by their owner only and encrypted
// under a passphrase. They are made at the first start and never silently made
// again: a database that was written with another ring is refused (Bind).
// Software keys are not a certified product; sm.Keeper leaves room for one.
package keys

import (
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

// Options say where the keys lie and how they are opened.
type Options struct {
	Dir        string
	Passphrase string // empty: a generated one, kept beside the keys
	Now        func() time.Time
}

// Ring is the open key ring. It is safe for concurrent use.
type Ring struct {
	dir   string
	index []byte // blind index; stable for ever, or searches would miss
	audit []byte
	keys  map[uint16]derived
	now   uint16 // id of the key that seals

	cloud  *sm.SoftKey
	ca     *sm.SoftKey
	caCert *sm.Certificate
	tls    *tlsAuthority
	mu     sync.Mutex // guards the TLS leaf
	clock  func() time.Time
}

type derived struct {
	seal []byte
	row  []byte
}

// Open reads the keys, making them at the first start. Faults: keys.dir,
// keys.passphrase, keys.damaged.
func Open(o Options) (*Ring, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fault.Newf(fault.Precondition, "keys.dir", "无法使用密钥目录 %s，请检查权限", o.Dir).With(err)
	}
	if info, err := os.Stat(o.Dir); err != nil || info.Mode().Perm()&0o077 != 0 {
		return nil, fault.Newf(fault.Precondition, "keys.dir", "密钥目录 %s 可被其他用户访问，请执行 chmod 700 后重试", o.Dir).With(err)
	}
	unlock, err := lockDir(o.Dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	pass, err := passphrase(o)
	if err != nil {
		return nil, err
	}
	r := &Ring{dir: o.Dir, clock: o.Now}
	if err := r.openRing(pass); err != nil {
		return nil, err
	}
	if err := r.openSigners(pass); err != nil {
		return nil, err
	}
	r.tls, err = openTLS(o.Dir, sm.Derive(r.index, "huyun/tls", 16), o.Now())
	return r, err
}

// lockDir keeps two copies that start together on one directory from each
// making keys.
func lockDir(dir string) (func(), error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // our directory
	if err != nil {
		return nil, fault.Newf(fault.Precondition, "keys.dir", "无法使用密钥目录 %s，请检查权限", dir).With(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		_ = f.Close()
		return nil, fault.From(err)
	}
	return func() { _ = f.Close() }, nil
}

const sealVersion = 1

// Seal encrypts for storage with SM4-GCM.
func (r *Ring) Seal(plain []byte) ([]byte, error) { return r.SealAt(nil, plain) }

// Open decrypts what Seal made, with any key the ring ever had. Fault:
// keys.sealed when it was altered or made with another ring.
func (r *Ring) Open(sealed []byte) ([]byte, error) { return r.OpenAt(nil, sealed) }

// SealAt binds the ciphertext to its place ("exam_candidate.photo", row id), so
// that it cannot be moved to another row.
func (r *Ring) SealAt(place []string, plain []byte) ([]byte, error) {
	head := append([]byte{sealVersion}, binary.BigEndian.AppendUint16(nil, r.now)...)
	sealed, err := sm.SealGCM(r.keys[r.now].seal, aad(head, place), plain)
	if err != nil {
		return nil, err
	}
	return append(head, sealed...), nil
}

// OpenAt is Open for SealAt; another place is refused like an alteration.
func (r *Ring) OpenAt(place []string, sealed []byte) ([]byte, error) {
	if len(sealed) < 3 || sealed[0] != sealVersion {
		return nil, errSealed
	}
	k, ok := r.keys[binary.BigEndian.Uint16(sealed[1:3])]
	if !ok {
		return nil, errSealed
	}
	plain, err := sm.OpenGCM(k.seal, aad(sealed[:3], place), sealed[3:])
	if err != nil {
		return nil, errSealed.With(err)
	}
	return plain, nil
}

var errSealed = fault.New(fault.Internal, "keys.sealed", "数据无法解密，可能被改动过，请联系系统管理员")

func aad(head []byte, place []string) []byte {
	out := append([]byte("huyun-seal"), head...)
	for _, p := range place {
		out = binary.BigEndian.AppendUint32(out, uint32(len(p))) //nolint:gosec // short names
		out = append(out, p...)
	}
	return out
}

// Blind is the search index of a sealed value: equal values of one kind have
// equal indexes, and nothing else can be learned without the ring. The caller
// normalises the value first.
func (r *Ring) Blind(kind, value string) []byte {
	d := sm.MAC(r.index, []byte(kind), []byte{0}, []byte(value))
	return d[:]
}

// personIndex is the kind under which people are found by their ID number, the same in
// the whole centre: an exam, a class and a qualification of one person meet there.
const personIndex = "person.id"

// Person is the search index of an ID number.
func (r *Ring) Person(id person.ID) []byte { return r.Blind(personIndex, id.Reveal()) }

// Sought is the index that a search text asks for: that of a whole ID number,
// which finds exactly that person, and nil for any other text.
func (r *Ring) Sought(q string) []byte {
	id, err := person.ParseID(q)
	if err != nil {
		return nil
	}
	return r.Person(id)
}

// RowMAC protects a row against being edited behind the program's back. Each
// part goes in with its length; include the table's name and the row's key.
func (r *Ring) RowMAC(parts ...[]byte) []byte {
	d := rowMAC(r.keys[r.now].row, parts)
	return append(binary.BigEndian.AppendUint16(nil, r.now), d[:]...)
}

// Stamp is how a time goes into a row's MAC: microseconds, as PostgreSQL keeps
// them.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// CheckRowMAC tells whether mac is the row's.
func (r *Ring) CheckRowMAC(mac []byte, parts ...[]byte) bool {
	if len(mac) != 2+sm.DigestSize {
		return false
	}
	k, ok := r.keys[binary.BigEndian.Uint16(mac)]
	if !ok {
		return false
	}
	d := rowMAC(k.row, parts)
	return hmac.Equal(d[:], mac[2:])
}

func rowMAC(key []byte, parts [][]byte) sm.Digest {
	var text []byte
	for _, p := range parts {
		text = binary.BigEndian.AppendUint32(text, uint32(len(p))) //nolint:gosec // columns
		text = append(text, p...)
	}
	return sm.MAC(key, text)
}

// AuditKey is the key of the audit chain.
func (r *Ring) AuditKey() []byte { return r.audit }

// Cloud is the cloud's own key: it signs orders, packages and anchors, and
// opens what nodes seal to the cloud.
func (r *Ring) Cloud() sm.Keeper { return r.cloud }

// NodeRoot is the certificate of the authority that certifies nodes.
func (r *Ring) NodeRoot() *sm.Certificate { return r.caCert }

// Issue certifies a node's key.
func (r *Ring) Issue(key *sm.PublicKey, s sm.Subject, from time.Time, life time.Duration) (*sm.Certificate, error) {
	return sm.Issue(r.ca, r.caCert, key, s, from, life)
}

// Fingerprint names the ring without telling anything about it.
func (r *Ring) Fingerprint() string {
	return sm.MAC(r.index, []byte("fingerprint")).String()[:32]
}

func missing(err error) bool { return errors.Is(err, os.ErrNotExist) }
