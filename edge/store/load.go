package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"go.etcd.io/bbolt"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/journal/boltjournal"
)

var (
	errRolledBack = fault.New(fault.Precondition, "store.rolledback", "存储文件比备份段旧（可能被旧备份覆盖），未启动；请运行 edge restore 恢复")
	errSegment    = fault.New(fault.Precondition, "store.segment", "备份段缺失或损坏，未启动；请运行 edge fsck 检查，再用 edge restore 重建备份段")
)

// load opens and verifies everything and leaves the store ready to write. It is
// what Open does, and what a stopped store does before it serves again.
func (s *Store) load() (err error) {
	id, err := loadIdentity(s.dir)
	if err != nil {
		return err
	}
	if s.opts.Node != "" && s.opts.Node != id.Node {
		return errForeign.Withf("belongs to node %s", id.Node)
	}
	if s.state == stopped {
		s.dropCaches(id.Mark.Segment)
	}
	db, err := openDB(s.path(dbFile))
	if err != nil {
		return err
	}
	l := &loader{store: s, id: id, db: db}
	defer func() {
		if err != nil {
			l.seg.close()
			_ = db.Close()
		}
	}()
	if err := guarded(l.run); err != nil {
		return err
	}
	id = l.id
	s.wasClean, id.Clean = id.Clean, false
	id.High = l.tip.Heads
	s.db, s.id, s.seg, s.tip, s.sums = db, id, l.seg, l.tip, l.sums
	s.recent.Store(&recent{base: l.tip, mark: l.seg.mark(l.tip)}) // saving it is the writer's first act
	return nil
}

// dropCaches makes verification after a failed sync read the disk.
func (s *Store) dropCaches(firstSegment uint64) {
	paths := []string{s.path(dbFile)}
	numbers, _ := segmentNumbers(s.dir) // the scan will complain if it has reason to
	for _, n := range numbers {
		if n >= firstSegment {
			paths = append(paths, segmentPath(s.dir, n))
		}
	}
	for _, p := range paths {
		if f, err := os.Open(p); err == nil {
			dropCache(f)
			_ = f.Close()
		}
	}
}

// loader is one attempt to open a store.
type loader struct {
	store *Store
	id    identity
	db    *bbolt.DB
	tip   tip
	sums  sums
	seg   *segment
	redo  []frame // what bbolt misses
	look  bool    // change nothing: for fsck
}

func (l *loader) run() error {
	if err := l.db.View(l.identify); err != nil {
		return err
	}
	if err := l.scan(); err != nil {
		return err
	}
	if l.look && len(l.redo) > 0 {
		return nil // opening will redo it; what can be verified of the rest, fsck has
	}
	if len(l.redo) > 0 {
		if err := l.apply(); err != nil {
			return err
		}
		l.store.opts.Log.Info("store: redid groups from the segments", "groups", len(l.redo), "txn", l.tip.Txn)
		l.redo = nil
	}
	if err := l.db.View(l.heads); err != nil {
		return err
	}
	st, err := os.Stat(l.store.path(dbFile))
	if err != nil {
		return errCorrupt.With(err)
	}
	if st.Size() > l.store.opts.VerifyLimit && l.store.state != stopped {
		l.store.stats.verifyLater.Store(true)
		return nil
	}
	return l.db.View(func(btx *bbolt.Tx) error { return verify(btx, true).err() })
}

// belongs checks whose file this is.
func belongs(btx *bbolt.Tx, id identity) error {
	in, err := identityIn(btx)
	if err != nil {
		return err
	}
	if in.Store != id.Store || in.Node != id.Node {
		return errForeign.Withf("file of node %s, store %s; marker of node %s, store %s", in.Node, in.Store, id.Node, id.Store)
	}
	return nil
}

func identityIn(btx *bbolt.Tx) (Identity, error) {
	var in Identity
	raw, err := getMeta(btx, metaIdentity)
	if err != nil {
		return in, err
	}
	if raw == nil {
		return in, errEmpty.Withf("no identity in the file")
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return in, errCorrupt.With(err)
	}
	return in, nil
}

// identify also reads where the file stands.
func (l *loader) identify(btx *bbolt.Tx) error {
	err := belongs(btx, l.id)
	if err != nil {
		return err
	}
	l.tip, l.sums, err = readState(btx)
	if err == nil && l.tip.Txn < l.id.Mark.Txn {
		err = errRolledBack.Withf("file at %d, marker at %d", l.tip.Txn, l.id.Mark.Txn)
	}
	return err
}

func readState(btx *bbolt.Tx) (tip, sums, error) {
	raw, err := getMeta(btx, metaTip)
	if err != nil || raw == nil {
		return tip{}, nil, errors.Join(err, errCorrupt.Withf("no tip"))
	}
	t, err := decodeTip(raw)
	if err != nil {
		return tip{}, nil, err
	}
	all := sums{}
	c := btx.Bucket([]byte(metaBucket)).Cursor()
	for k, _ := c.Seek([]byte(metaSum)); len(k) > len(metaSum) && string(k[:len(metaSum)]) == metaSum; k, _ = c.Next() {
		v, err := getMeta(btx, string(k))
		if err != nil || len(v) != 8+tagSize {
			return tip{}, nil, errors.Join(err, errCorrupt.Withf("checksum of bucket %q", k))
		}
		s := sum{Count: binary.BigEndian.Uint64(v)}
		copy(s.Xor[:], v[8:])
		all[string(k[len(metaSum):])] = s
	}
	return t, all, nil
}

// scan reads the segments from the marker on and collects what bbolt misses.
func (l *loader) scan() error {
	numbers, err := segmentNumbers(l.store.dir)
	if err != nil {
		return errSegment.With(err)
	}
	m := l.id.Mark
	if m.Txn == l.tip.Txn && m.Hash != l.tip.Hash {
		return errSegment.Withf("file and marker differ at %d", m.Txn)
	}
	want := m.Segment
	for _, n := range numbers {
		if n < m.Segment {
			continue
		}
		if n != want {
			return errSegment.Withf("segment %d is missing", want)
		}
		want++
		if err := l.scanOne(n, n == numbers[len(numbers)-1]); err != nil {
			return err
		}
	}
	if l.seg == nil {
		return errSegment.Withf("segment %d is missing", want)
	}
	if l.seg.last != l.tip.Txn+uint64(len(l.redo)) {
		return errSegment.Withf("segments end at %d, file at %d", l.seg.last, l.tip.Txn)
	}
	return nil
}

func (l *loader) scanOne(n uint64, last bool) error {
	sc, err := openSegment(segmentPath(l.store.dir, n))
	if err != nil {
		return errSegment.With(err)
	}
	defer sc.close()
	if sc.head.Store != l.id.Store || sc.head.Number != n {
		return errForeign.Withf("segment %d is of store %s", n, sc.head.Store)
	}
	if n == l.id.Mark.Segment {
		err = sc.seek(l.id.Mark)
	} else if sc.txn != l.seg.last || sc.hash != l.seg.lastHash {
		err = fmt.Errorf("segment %d does not continue the one before", n)
	}
	if err != nil {
		return errSegment.With(err)
	}
	if err := l.frames(sc, last); err != nil {
		return err
	}
	l.seg.close()
	f, err := os.OpenFile(segmentPath(l.store.dir, n), os.O_RDWR, 0)
	if err != nil {
		return errSegment.With(err)
	}
	l.seg = &segment{head: sc.head, file: f, size: sc.offset, last: sc.txn, lastHash: sc.hash}
	if !last || sc.offset == sc.size || l.look {
		return nil
	}
	// The unfinished end of a crash: nothing in it was ever acknowledged.
	return errors.Join(f.Truncate(sc.offset), f.Sync())
}

func (l *loader) frames(sc *scanner, last bool) error {
	for {
		f, err := sc.next()
		var bad *frameProblem
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			if !last || !bad.torn || sc.more() {
				return errSegment.Withf("segment %d at %d: %v", sc.head.Number, sc.offset, bad)
			}
			return nil
		case err != nil:
			return errSegment.With(err)
		}
		switch {
		case f.txn == l.tip.Txn && f.hash != l.tip.Hash:
			return errSegment.Withf("file and segments differ at %d", f.txn)
		case f.txn > l.tip.Txn:
			l.redo = append(l.redo, f)
		}
	}
}

// more looks behind a frame that cannot be read: a torn write is the last thing
// in a file, so a later frame's head means damage.
func (sc *scanner) more() bool {
	rest := make([]byte, sc.size-sc.offset)
	if _, err := sc.file.ReadAt(rest, sc.offset); err != nil {
		return true
	}
	if n, _, err := frameLength(rest[:min(frameHead, len(rest))]); err == nil {
		return len(rest) > frameHead+n+frameTail
	}
	for i := 1; i+frameHead <= len(rest); i++ {
		txn := binary.BigEndian.Uint64(rest[i+4:])
		if txn > sc.txn && txn < sc.txn+1<<20 &&
			crc32.Checksum(rest[i:i+12], castagnoli) == binary.BigEndian.Uint32(rest[i+12:]) {
			return true
		}
	}
	return false
}

// apply brings bbolt's file up to date in one commit.
func (l *loader) apply() error {
	btx, err := l.db.Begin(true)
	if err != nil {
		return errCorrupt.With(err)
	}
	defer func() { _ = btx.Rollback() }() // after a commit it does nothing
	at := l.tip
	for _, f := range l.redo {
		after := f.after(at)
		if err := f.body.apply(btx, at, after, l.sums); err != nil {
			return errStopped.With(err)
		}
		at = after
	}
	if err := btx.Commit(); err != nil {
		return errStopped.With(err)
	}
	l.tip = at
	return nil
}

func mergeHeads(a, b map[string]journal.Position) map[string]journal.Position {
	out := make(map[string]journal.Position, len(a)+len(b))
	for k, v := range a {
		out[k] = v
	}
	for k, v := range b {
		out[k] = v
	}
	return out
}

// heads compares the journals' ends with the tip and the marker: an edge must
// never continue a chain from anywhere but its end.
func (l *loader) heads(btx *bbolt.Tx) error {
	for lane, want := range l.tip.Heads {
		got, err := boltjournal.Open(btx, lane).Head()
		if err != nil {
			return errCorrupt.With(err)
		}
		if got != want {
			return errCorrupt.Withf("lane %s ends at %d, should at %d", lane, got.Seq, want.Seq)
		}
	}
	for lane, high := range l.id.High {
		if l.tip.Heads[lane].Seq < high.Seq {
			return errRolledBack.Withf("lane %s at %d, was at %d", lane, l.tip.Heads[lane].Seq, high.Seq)
		}
	}
	return nil
}
