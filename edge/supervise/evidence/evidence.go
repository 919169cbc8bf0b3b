// Package evidence keeps the pictures taken at a venue — door, terminal,
// irregularities — named by the SM3 of the picture and sealed with SM4-GCM on
// disk. Pictures stay at the venue (人脸识别技术应用安全管理办法, 2025-06-01)
// unless the centre asks for one with a reason, and are removed when it says
// that nothing is open; records carry only the digest. It
// does not judge a picture.
package evidence

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"huyun.internal/edge/exam/vault"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// MaxSize is the largest picture taken, in bytes.
const MaxSize = 2 << 20

const purpose = "evidence"

// Store is a folder of sealed pictures.
type Store struct {
	dir   string
	vault *vault.Vault
	admit func(size int64) error
	kept  atomic.Int64 // counted at New and after Expire: the status page asks too often to walk the folder
}

// New keeps pictures under dir, which is made when missing. Admit refuses what
// would touch the disk space kept for answers.
func New(dir string, v *vault.Vault, admit func(size int64) error) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s := &Store{dir: dir, vault: v, admit: admit}
	s.kept.Store(int64(s.Count()))
	return s, nil
}

// Put stores a picture and returns its digest. The same picture is stored
// once. It is durable when Put returns. It fails with supervise.evidence.size,
// supervise.evidence.format and store.disk.low.
func (s *Store) Put(picture []byte) (string, error) {
	if len(picture) > MaxSize {
		return "", fault.TooLargef("supervise.evidence.size", "照片超过 2MB，请降低分辨率后重试")
	}
	if !IsPicture(picture) {
		return "", fault.Invalidf("supervise.evidence.format", "照片格式不正确，请使用 JPEG 或 PNG")
	}
	digest := sm.Sum(picture).String()
	path := s.path(digest)
	if _, err := os.Stat(path); err == nil {
		return digest, nil
	}
	if err := s.admit(int64(len(picture))); err != nil {
		return "", err
	}
	sealed, err := s.vault.Seal(purpose, digest, picture)
	if err != nil {
		return "", err
	}
	if err := writeFile(path, sealed); err != nil {
		return digest, err
	}
	s.kept.Add(1)
	return digest, nil
}

// Get returns a picture. It fails with supervise.evidence.missing.
func (s *Store) Get(digest string) ([]byte, error) {
	missing := fault.NotFoundf("supervise.evidence.missing", "照片不存在或已按期删除")
	if _, err := sm.ParseDigest(digest); err != nil {
		return nil, missing
	}
	sealed, err := os.ReadFile(s.path(digest))
	if err != nil {
		return nil, missing.With(err)
	}
	return s.vault.Open(purpose, digest, sealed)
}

// Remove deletes these pictures but for those in keep, and returns how many there
// were.
func (s *Store) Remove(digests, keep map[string]bool) (int, error) {
	n := 0
	for digest := range digests {
		if _, err := sm.ParseDigest(digest); err != nil || keep[digest] {
			continue
		}
		err := os.Remove(s.path(digest))
		if err == nil {
			n++
		} else if !errors.Is(err, fs.ErrNotExist) {
			return n, err
		}
	}
	s.kept.Store(int64(s.Count()))
	return n, nil
}

// Expire removes pictures older than keep that are not held, and returns how many. Wall time is
// good enough here: a wrong clock must only ever keep a picture longer, so
// files from the future stay.
func (s *Store) Expire(now time.Time, keep time.Duration, held map[string]bool) (int, error) {
	n := 0
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || held[d.Name()] {
			return err
		}
		info, err := d.Info()
		if err != nil || now.Sub(info.ModTime()) < keep {
			return nil //nolint:nilerr // a file that vanished needs no removal
		}
		if err := os.Remove(path); err != nil { //nolint:gosec // the folder is this program's own, 0700
			return err
		}
		n++
		return nil
	})
	s.kept.Store(int64(s.Count()))
	return n, err
}

// Kept is the number of pictures as last counted, without looking at the disk.
func (s *Store) Kept() int { return int(s.kept.Load()) }

// Count says how many pictures are kept.
func (s *Store) Count() int {
	n := 0
	_ = filepath.WalkDir(s.dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return nil
	})
	return n
}

func (s *Store) path(digest string) string {
	return filepath.Join(s.dir, digest[:2], digest)
}

// IsPicture looks at the first bytes only: what cannot be a JPEG or PNG never
// reaches the vision process.
func IsPicture(b []byte) bool {
	jpeg := len(b) > 3 && b[0] == 0xFF && b[1] == 0xD8 && b[2] == 0xFF
	png := len(b) > 8 && string(b[:8]) == "\x89PNG\r\n\x1a\n"
	return jpeg || png
}

// writeFile makes a file appear whole or not at all, and last.
func writeFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".tmp-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already when all went well
	_, err = tmp.Write(data)
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
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
