package store

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/topic"
)

// Identity names a store for life.
type Identity struct {
	Node    string    `json:"node"`
	Store   string    `json:"store"` // random, 32 hexadecimal digits
	Created time.Time `json:"created"`
}

// mark is a place in the segments up to which bbolt is known to be durable.
// Opening reads the segments from here, not from their beginning.
type mark struct {
	Segment uint64 `json:"segment"`
	Offset  int64  `json:"offset"`
	Txn     uint64 `json:"txn"`
	Hash    digest `json:"hash"`
}

// identity is the marker file outside bbolt: whose store this is, and the
// high-water position that bbolt must have reached.
type identity struct {
	Version int `json:"version"`
	Identity
	Mark  mark                        `json:"mark"`
	High  map[string]journal.Position `json:"high"`
	Clean bool                        `json:"clean"` // the last run closed it
	Sum   digest                      `json:"sum"`   // SM3 of all of the above
}

const identityVersion = 1

var (
	errMissing  = fault.New(fault.NotFound, "store.missing", "本机尚未注册，请先用一次性注册码完成注册")
	errExists   = fault.New(fault.Conflict, "store.exists", "该目录已有存储，不能重新建立；如需更换请先备份并移走原目录")
	errIdentity = fault.New(fault.Precondition, "store.identity", "存储标识文件丢失或损坏，未启动；请运行 edge fsck 检查，并用 edge restore 恢复")
	errOpen     = fault.New(fault.Unavailable, "store.open", "无法读写存储目录，请检查磁盘空间与权限")
	errForeign  = fault.New(fault.Precondition, "store.foreign", "存储属于另一台设备，未启动；请核对数据目录是否放错")
)

func (id identity) sum() (digest, error) {
	id.Sum = digest{}
	b, err := json.Marshal(id)
	return sm.Sum(b), err
}

func (id identity) save(dir string) error {
	sum, err := id.sum()
	if err != nil {
		return err
	}
	id.Sum = sum
	b, err := json.MarshalIndent(id, "", "  ")
	if err != nil {
		return err
	}
	return writeDurably(filepath.Join(dir, markFile), append(b, '\n'))
}

// loadIdentity fails with store.missing when nothing at all is here, and with
// store.identity when there is a store but no marker that can be believed.
func loadIdentity(dir string) (identity, error) {
	b, err := os.ReadFile(filepath.Join(dir, markFile))
	if errors.Is(err, os.ErrNotExist) {
		_, unfinished := os.Lstat(filepath.Join(dir, creatingFile))
		if unfinished != nil && storeTraces(dir) {
			return identity{}, errIdentity.Withf("marker missing beside a store")
		}
		return identity{}, errMissing.Withf("%s", dir)
	}
	if err != nil {
		return identity{}, errIdentity.With(err)
	}
	var id identity
	if err := json.Unmarshal(b, &id); err != nil {
		return identity{}, errIdentity.With(err)
	}
	sum, err := id.sum()
	if err != nil || sum != id.Sum || id.Version != identityVersion {
		return identity{}, errIdentity.Withf("marker does not match its hash, or version %d", id.Version)
	}
	return id, nil
}

// storeTraces reports whether a store, or a part of one, lies in dir.
func storeTraces(dir string) bool {
	for _, name := range []string{dbFile, markFile} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	segments, err := segmentNumbers(dir)
	return err != nil || len(segments) > 0
}

// creatingFile exists while Create is at work: a folder with it holds nothing
// that anybody was ever told is safe.
const creatingFile = "creating"

// Create makes an empty store for a node at its first enrolment. It fails with
// store.exists wherever a store or a part of one lies; it never replaces one.
// A Create that was interrupted is begun again.
func Create(dir string, id Identity) error {
	err := create(dir, id)
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	return errOpen.With(err)
}

func create(dir string, id Identity) error {
	if !topic.ValidNode(id.Node) {
		return fault.Invalidf("store.node", "设备编号不正确")
	}
	if err := os.MkdirAll(filepath.Join(dir, segmentDir), 0o700); err != nil {
		return err
	}
	lock, err := acquire(dir, time.Second)
	if err != nil {
		return err
	}
	defer release(lock)
	creating := filepath.Join(dir, creatingFile)
	if _, err := os.Lstat(creating); err == nil {
		if err := wipeUnfinished(dir); err != nil {
			return err
		}
	}
	if storeTraces(dir) {
		return errExists.Withf("%s", dir)
	}
	if err := writeDurably(creating, []byte("store being created\n")); err != nil {
		return err
	}
	if id.Store == "" {
		id.Store = randomID()
	}
	if id.Created.IsZero() {
		id.Created = time.Now()
	}
	id.Created = id.Created.UTC().Truncate(time.Microsecond)
	if err := build(dir, id); err != nil {
		return err
	}
	if err := os.Remove(creating); err != nil {
		return err
	}
	return syncDir(dir)
}

// wipeUnfinished removes what an interrupted Create left. The marker is the
// last thing Create writes, so with one the store is whole and only the
// creating file itself is left over.
func wipeUnfinished(dir string) error {
	if _, err := loadIdentity(dir); err == nil {
		return os.Remove(filepath.Join(dir, creatingFile))
	}
	segments, err := segmentNumbers(dir)
	if err != nil {
		return err
	}
	for _, n := range segments {
		if err := os.Remove(segmentPath(dir, n)); err != nil {
			return err
		}
	}
	err = os.Remove(filepath.Join(dir, dbFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// build writes the three parts, the marker last.
func build(dir string, id Identity) error {
	zero := tip{Heads: map[string]journal.Position{}}
	if err := createDB(filepath.Join(dir, dbFile), id, zero); err != nil {
		return err
	}
	seg, err := createSegment(dir, segmentHead{Store: id.Store, Node: id.Node, Created: id.Created, Number: 1, Before: zero})
	if err != nil {
		return err
	}
	defer seg.close()
	marker := identity{Version: identityVersion, Identity: id, High: zero.Heads, Clean: true, Mark: mark{Segment: 1, Offset: seg.size}}
	return marker.save(dir)
}

func randomID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
