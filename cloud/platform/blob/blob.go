// Package blob keeps files under the SM3 digest of their bytes: question
// packages, photographs, evidence, finished documents. A digest read back is
// checked, so a damaged file is an error and never a wrong picture. The store
// is a directory; it does not know what is in a file, who may read it, or when
// it may be deleted.
package blob

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// Store is a place for files.
type Store interface {
	// Put stores everything r yields and returns its digest and size. Storing
	// the same bytes twice is one file.
	Put(ctx context.Context, r io.Reader) (sm.Digest, int64, error)
	// Open reads a file from any position. Fault: blob.missing.
	Open(ctx context.Context, d sm.Digest) (io.ReadSeekCloser, int64, error)
	Has(ctx context.Context, d sm.Digest) (bool, error)
	// Remove deletes a file; one that is not there is no fault.
	Remove(ctx context.Context, d sm.Digest) error
}

// Dir is a Store in a directory, two levels deep.
type Dir struct{ root string }

// OpenDir uses (and makes) a directory, and clears what an interrupted Put left.
func OpenDir(root string) (*Dir, error) {
	incoming := filepath.Join(root, "incoming")
	if err := os.MkdirAll(incoming, 0o700); err != nil {
		return nil, fault.Newf(fault.Precondition, "blob.dir", "无法使用文件目录 %s，请检查权限", root).With(err)
	}
	entries, err := os.ReadDir(incoming)
	if err != nil {
		return nil, fmt.Errorf("read incoming: %w", err)
	}
	for _, e := range entries {
		// Another copy of the cloud may be writing: only what is old is left over.
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			_ = os.Remove(filepath.Join(incoming, e.Name()))
		}
	}
	return &Dir{root: root}, nil
}

func (d *Dir) path(digest sm.Digest) string {
	name := digest.String()
	return filepath.Join(d.root, name[:2], name[2:])
}

// Put implements Store: written aside, synchronised, then renamed.
func (d *Dir) Put(ctx context.Context, r io.Reader) (sm.Digest, int64, error) {
	var raw [12]byte
	_, _ = rand.Read(raw[:]) // never fails
	tmp := filepath.Join(d.root, "incoming", hex.EncodeToString(raw[:]))
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // random name in our directory
	if err != nil {
		return sm.Digest{}, 0, fmt.Errorf("create blob: %w", err)
	}
	defer func() { _ = os.Remove(tmp) }()
	h := sm.NewHash()
	n, err := io.Copy(io.MultiWriter(f, h), contextReader{ctx, r})
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return sm.Digest{}, 0, fmt.Errorf("write blob: %w", err)
	}
	var digest sm.Digest
	h.Sum(digest[:0])
	final := d.path(digest)
	if err := os.MkdirAll(filepath.Dir(final), 0o700); err != nil {
		return sm.Digest{}, 0, fmt.Errorf("blob directory: %w", err)
	}
	if err := os.Rename(tmp, final); err != nil {
		return sm.Digest{}, 0, fmt.Errorf("keep blob: %w", err)
	}
	return digest, n, syncDir(filepath.Dir(final))
}

// Open implements Store. It reads the whole file once to check its digest.
func (d *Dir) Open(ctx context.Context, digest sm.Digest) (io.ReadSeekCloser, int64, error) {
	f, err := os.Open(d.path(digest)) //nolint:gosec // hex of a digest
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, fault.New(fault.NotFound, "blob.missing", "文件不存在或已按规定清理")
	}
	if err != nil {
		return nil, 0, fmt.Errorf("open blob: %w", err)
	}
	h := sm.NewHash()
	n, err := io.Copy(h, contextReader{ctx, f})
	var have sm.Digest
	h.Sum(have[:0])
	if err == nil && have != digest {
		err = fault.New(fault.Internal, "blob.damaged", "文件已损坏，请联系系统管理员从备份恢复")
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = f.Close()
		return nil, 0, fmt.Errorf("read blob %s: %w", digest, err)
	}
	return f, n, nil
}

// Has implements Store.
func (d *Dir) Has(_ context.Context, digest sm.Digest) (bool, error) {
	_, err := os.Stat(d.path(digest))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Remove implements Store.
func (d *Dir) Remove(_ context.Context, digest sm.Digest) error {
	path := d.path(digest)
	if err := os.Remove(path); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return fmt.Errorf("remove blob: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	f, err := os.Open(path) //nolint:gosec // a directory of the store
	if err != nil {
		return fmt.Errorf("open directory: %w", err)
	}
	defer func() { _ = f.Close() }()
	if err := f.Sync(); err != nil {
		return fmt.Errorf("synchronise directory: %w", err)
	}
	return nil
}

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// Read is a whole file of at most limit bytes. Faults: blob.missing, blob.damaged.
func Read(ctx context.Context, s Store, digest sm.Digest, limit int64) ([]byte, error) {
	r, size, err := s.Open(ctx, digest)
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, errors.Join(fmt.Errorf("blob of %d bytes, at most %d", size, limit), r.Close())
	}
	data, err := io.ReadAll(io.LimitReader(r, limit))
	return data, errors.Join(err, r.Close())
}
