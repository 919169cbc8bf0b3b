package store

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
)

// segmentMagic begins every segment file; the sixth byte is the version.
const segmentMagic = "HYSEG\x01\r\n"

// maxSegmentHead bounds the JSON behind the magic.
const maxSegmentHead = 64 << 10

// segmentHead is the first thing in a segment: magic, length, JSON, SM3. It
// holds enough of the marker to rebuild one.
type segmentHead struct {
	Store   string    `json:"store"`
	Node    string    `json:"node"`
	Created time.Time `json:"created"` // the store's, not the file's
	Number  uint64    `json:"number"`
	// Before is where the store stood when this segment began: its first frame
	// is Before.Txn+1 and continues Before.Hash.
	Before tip `json:"before"`
}

// segment is the file being written.
type segment struct {
	head     segmentHead
	file     *os.File
	size     int64
	last     uint64 // number and hash of the last frame written
	lastHash digest
}

func (g *segment) mark(t tip) mark {
	return mark{Segment: g.head.Number, Offset: g.size, Txn: t.Txn, Hash: t.Hash}
}

func segmentPath(dir string, number uint64) string {
	return filepath.Join(dir, segmentDir, fmt.Sprintf("%08d.seg", number))
}

// createSegment writes the head and makes file and folder durable.
func createSegment(dir string, head segmentHead) (*segment, error) {
	js, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	b := append([]byte(segmentMagic), binary.BigEndian.AppendUint32(nil, uint32(len(js)))...)
	b = append(b, js...)
	sum := sm.Sum(b)
	b = append(b, sum[:]...)
	path := segmentPath(dir, head.Number)
	if err := writeDurably(path, b); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &segment{head: head, file: f, size: int64(len(b)), last: head.Before.Txn, lastHash: head.Before.Hash}, nil
}

// append writes one frame behind the last and does not sync it. When the write
// fails the file is cut back, so that nothing of the frame can come to life
// later; only if that fails too is the segment unusable (errTornSegment).
func (g *segment) append(b []byte) error {
	_, err := g.file.WriteAt(b, g.size)
	if err == nil {
		g.size += int64(len(b))
		return nil
	}
	if cut := g.file.Truncate(g.size); cut != nil {
		return errors.Join(errTornSegment, err, cut)
	}
	return err
}

var errTornSegment = errors.New("segment holds part of a frame")

func (g *segment) sync() error { return unix.Fdatasync(int(g.file.Fd())) }

func (g *segment) close() {
	if g != nil && g.file != nil {
		_ = g.file.Close() // everything acknowledged was synced
	}
}

// scanner reads one segment from its head or from a known offset.
type scanner struct {
	head   segmentHead
	file   *os.File
	in     *bufio.Reader
	offset int64
	size   int64
	hash   digest
	txn    uint64
}

// openSegment reads and checks a segment's head.
func openSegment(path string) (*scanner, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	sc := &scanner{file: f, in: bufio.NewReaderSize(f, 64<<10)}
	if err := sc.readHead(); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return sc, nil
}

func (sc *scanner) readHead() error {
	st, err := sc.file.Stat()
	if err != nil {
		return err
	}
	sc.size = st.Size()
	b := make([]byte, len(segmentMagic)+4)
	if _, err := io.ReadFull(sc.in, b); err != nil {
		return &frameProblem{torn: true, why: "segment head cut short"}
	}
	n := binary.BigEndian.Uint32(b[len(segmentMagic):])
	if string(b[:len(segmentMagic)]) != segmentMagic || n > maxSegmentHead {
		return &frameProblem{why: "not a segment of this version"}
	}
	b = append(b, make([]byte, int(n)+sm.DigestSize)...)
	if _, err := io.ReadFull(sc.in, b[len(segmentMagic)+4:]); err != nil {
		return &frameProblem{torn: true, why: "segment head cut short"}
	}
	end := len(b) - sm.DigestSize
	if sum := sm.Sum(b[:end]); string(sum[:]) != string(b[end:]) {
		return &frameProblem{why: "segment head does not match its hash"}
	}
	if err := json.Unmarshal(b[len(segmentMagic)+4:end], &sc.head); err != nil {
		return &frameProblem{why: "segment head cannot be read"}
	}
	if sc.head.Before.Heads == nil {
		sc.head.Before.Heads = map[string]journal.Position{}
	}
	sc.offset = int64(len(b))
	sc.txn, sc.hash = sc.head.Before.Txn, sc.head.Before.Hash
	return nil
}

// seek jumps to a frame boundary known from the marker.
func (sc *scanner) seek(m mark) error {
	if m.Offset > sc.size || m.Offset < sc.offset {
		return &frameProblem{torn: true, why: "segment is shorter than its marker says"}
	}
	if _, err := sc.file.Seek(m.Offset, io.SeekStart); err != nil {
		return err
	}
	sc.in.Reset(sc.file)
	sc.offset, sc.txn, sc.hash = m.Offset, m.Txn, m.Hash
	return nil
}

// next returns io.EOF at the clean end, a *frameProblem at anything that is not
// the next frame, or an error of the disk.
func (sc *scanner) next() (frame, error) {
	if sc.offset == sc.size {
		return frame{}, io.EOF
	}
	head := make([]byte, frameHead)
	if _, err := io.ReadFull(sc.in, head); err != nil {
		return frame{}, shortOr(err)
	}
	n, txn, err := frameLength(head)
	if err != nil {
		return frame{}, err
	}
	if txn != sc.txn+1 {
		return frame{}, &frameProblem{why: fmt.Sprintf("frame %d follows %d", txn, sc.txn)}
	}
	if sc.offset+int64(frameHead+n+frameTail) > sc.size {
		return frame{}, &frameProblem{torn: true, why: "frame cut short"}
	}
	b := make([]byte, frameHead+n+frameTail)
	copy(b, head)
	if _, err := io.ReadFull(sc.in, b[frameHead:]); err != nil {
		return frame{}, shortOr(err)
	}
	f, err := decodeFrame(b, sc.hash)
	if err != nil {
		return frame{}, err
	}
	sc.offset += f.size
	sc.txn, sc.hash = f.txn, f.hash
	return f, nil
}

func shortOr(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &frameProblem{torn: true, why: "frame cut short"}
	}
	return err
}

func (sc *scanner) close() { _ = sc.file.Close() }

// segmentNumbers lists the segments present, in order.
func segmentNumbers(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(filepath.Join(dir, segmentDir))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var out []uint64
	for _, e := range entries {
		var n uint64
		if _, err := fmt.Sscanf(e.Name(), "%08d.seg", &n); err == nil && e.Name() == fmt.Sprintf("%08d.seg", n) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, err
}
