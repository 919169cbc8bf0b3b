package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"go.etcd.io/bbolt"
)

// Layout of bbolt's file, version 2, little endian: a page is a header (id,
// flags, count, overflow), the elements, then what they point to.
const (
	pageHead      = 16
	branchElement = 16 // position, key size, page
	leafElement   = 16 // flags, position, key size, value size
	branchPage    = 1
	leafPage      = 2
	bucketFlag    = 1
	bucketHead    = 16 // root page (0: the page follows), sequence
	metaRoot      = pageHead + 16
	metaPages     = pageHead + 40
	metaSize      = pageHead + 64
)

// pageWalk looks at every page of a tree as bytes, before bbolt does: bbolt's
// Check believes sizes and page numbers, in a goroutine of its own, where a
// fault beyond the file or endless recursion ends the process.
type pageWalk struct {
	file  io.ReaderAt
	size  int      // of a page
	pages uint64   // how many the file has
	seen  []uint64 // one bit a page
}

var errPages = errors.New("page")

// soundPages reports the first page below btx whose elements do not lie in it,
// or that is reached twice. It is only right while nobody writes.
func soundPages(btx *bbolt.Tx) (err error) {
	f, err := os.Open(btx.DB().Path())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := &pageWalk{file: f, size: btx.DB().Info().PageSize}
	meta := make([]byte, metaSize)
	if _, err := f.ReadAt(meta, int64(btx.ID()%2*w.size)); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	w.pages = binary.LittleEndian.Uint64(meta[metaPages:])
	if w.pages > uint64(info.Size())/uint64(w.size) {
		return fmt.Errorf("%w: %d expected, the file is shorter", errPages, w.pages)
	}
	w.seen = make([]uint64, w.pages/64+1)
	return w.page(binary.LittleEndian.Uint64(meta[metaRoot:]))
}

// page looks at one page with its overflow, and at all below it.
func (w *pageWalk) page(id uint64) error {
	if id < 2 || id >= w.pages || w.seen[id/64]&(1<<(id%64)) != 0 {
		return fmt.Errorf("%w %d: out of place", errPages, id)
	}
	w.seen[id/64] |= 1 << (id % 64)
	head := make([]byte, pageHead)
	if _, err := w.file.ReadAt(head, int64(id)*int64(w.size)); err != nil {
		return err
	}
	more := uint64(binary.LittleEndian.Uint32(head[12:]))
	if binary.LittleEndian.Uint64(head) != id || more >= w.pages-id {
		return fmt.Errorf("%w %d: says that it is another one", errPages, id)
	}
	whole := make([]byte, (1+more)*uint64(w.size))
	if _, err := w.file.ReadAt(whole, int64(id)*int64(w.size)); err != nil {
		return err
	}
	return w.elements(id, whole)
}

// elements looks at what a page lists, of a bucket inside a value too.
func (w *pageWalk) elements(id uint64, page []byte) error {
	if len(page) < pageHead {
		return fmt.Errorf("%w %d: a bucket is cut off", errPages, id)
	}
	kind, count := binary.LittleEndian.Uint16(page[8:]), int(binary.LittleEndian.Uint16(page[10:]))
	if kind != branchPage && kind != leafPage || pageHead+count*leafElement > len(page) {
		return fmt.Errorf("%w %d: neither branch nor leaf, or too full", errPages, id)
	}
	for i := range count {
		at := pageHead + i*leafElement
		err := w.element(id, page[at:], kind == leafPage)
		if err != nil {
			return err
		}
	}
	return nil
}

// element looks at one entry; rest begins with it and ends with the page.
func (w *pageWalk) element(id uint64, rest []byte, leaf bool) error {
	u32 := func(at int) uint64 { return uint64(binary.LittleEndian.Uint32(rest[at:])) }
	if !leaf {
		if u32(0) < branchElement || u32(0)+u32(4) > uint64(len(rest)) {
			return fmt.Errorf("%w %d: a key lies outside", errPages, id)
		}
		return w.page(binary.LittleEndian.Uint64(rest[8:]))
	}
	from := u32(4) + u32(8)
	end := from + u32(12)
	if u32(4) < leafElement || end > uint64(len(rest)) {
		return fmt.Errorf("%w %d: a value lies outside", errPages, id)
	}
	if u32(0)&bucketFlag == 0 {
		return nil
	}
	bucket := rest[from:end]
	if len(bucket) < bucketHead {
		return fmt.Errorf("%w %d: a bucket is cut off", errPages, id)
	}
	if root := binary.LittleEndian.Uint64(bucket); root != 0 {
		return w.page(root)
	}
	return w.elements(id, bucket[bucketHead:])
}
