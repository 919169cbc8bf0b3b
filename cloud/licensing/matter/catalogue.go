package matter

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Catalogue is the definitions of this program and every version that was ever
// in use.
type Catalogue struct {
	db    *db.DB
	keys  *keys.Ring
	audit *audit.Log
	clock clock.Clock

	// Holders counts a matter's open cases by version; nil: there are no cases yet.
	Holders func(ctx context.Context, q db.Q, code string) (map[int]int, error)

	// fetch reads one version, with a time limit of its own: At is asked like a
	// dictionary, by callers who have no context to give. Load sets it.
	fetch func(code string, n int) (stored, bool, error)

	mu      sync.RWMutex
	current map[string]Definition
	past    map[version]held
}

type version struct {
	code string
	n    int
}

// held is a version as it was read back, or why it can't be.
type held struct {
	Definition

	seen time.Time
	err  error
}

// New makes an empty catalogue; Load fills it.
func New(d *db.DB, k *keys.Ring, a *audit.Log, c clock.Clock) *Catalogue {
	return &Catalogue{db: d, keys: k, audit: a, clock: c, current: map[string]Definition{}, past: map[version]held{}}
}

// Faults of the catalogue.
var (
	errMissing = fault.New(fault.NotFound, "licensing.matter.missing", "没有这个事项，请从事项目录中选择")
	errVersion = fault.New(fault.NotFound, "licensing.matter.version", "没有这个事项的这一版本，请刷新后重新选择")
)

// readBack is how long a version of another copy of the cloud may take to come.
const readBack = 5 * time.Second

// Load reads the definitions, once at start, before anything is served. It
// stores versions that are new and refuses a file that says something else
// under a version that was in use before. Faults: licensing.matter.definition,
// licensing.matter.changed, licensing.matter.tampered.
func (c *Catalogue) Load(ctx context.Context, files fs.FS) error {
	read, err := definitionsOf(files)
	if err != nil {
		return err
	}
	all := slices.Concat(read.earlier, read.now)
	var rows []stored
	err = c.db.InTx(auth.System(ctx, "catalogue"), func(tx pgx.Tx) error {
		if rows, err = c.store(ctx, tx, all); err != nil {
			return err
		}
		return c.unchanged(all, rows)
	})
	if err != nil {
		return err
	}
	current, past := map[string]Definition{}, map[version]held{}
	for _, f := range read.now {
		current[f.Code] = f.Definition
	}
	said := map[version]Definition{}
	for _, f := range all {
		said[version{f.Code, f.Version}] = f.Definition
	}
	for _, row := range rows {
		at := version{row.Code, row.Version}
		if d, ours := said[at]; ours { // the same, as unchanged has seen
			past[at] = held{Definition: d, seen: row.FirstSeen}
		} else {
			past[at] = c.readBack(row)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current, c.past = current, past
	c.fetch = func(code string, n int) (stored, bool, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readBack)
		defer cancel()
		return db.Maybe[stored](ctx, c.db, oneSQL, code, n)
	}
	return nil
}

// store adds what is new, in the order of codes, so that two copies that start
// at once wait for each other instead of locking each other out.
func (c *Catalogue) store(ctx context.Context, tx pgx.Tx, list []file) ([]stored, error) {
	now := c.clock.Now().UTC().Truncate(time.Microsecond)
	slices.SortFunc(list, func(a, b file) int { return cmp.Or(strings.Compare(a.Code, b.Code), cmp.Compare(a.Version, b.Version)) })
	var added []string
	for _, f := range list {
		v := stored{Code: f.Code, Version: f.Version, Digest: f.digest[:], Body: string(f.body), FirstSeen: now}
		v.MAC = c.keys.RowMAC(v.parts()...)
		is, err := insert(ctx, tx, v)
		if err != nil {
			return nil, err
		}
		if is {
			added = append(added, fmt.Sprintf("%s/%d", f.Code, f.Version))
		}
	}
	rows, err := all(ctx, tx)
	if err != nil || len(added) == 0 {
		return rows, err
	}
	return rows, c.audit.Record(auth.System(ctx, "catalogue"), tx, "licensing.matter.load", "", map[string]any{"added": added})
}

// unchanged refuses files that differ from what was stored under their version.
func (c *Catalogue) unchanged(list []file, rows []stored) error {
	known := map[version]stored{}
	for _, row := range rows {
		if !c.keys.CheckRowMAC(row.MAC, row.parts()...) {
			return tampered(row)
		}
		known[version{row.Code, row.Version}] = row
	}
	var changed []string
	for _, f := range list {
		if !bytes.Equal(known[version{f.Code, f.Version}].Digest, f.digest[:]) {
			changed = append(changed, fmt.Sprintf("%s.yaml 第 %d 版", f.Code, f.Version))
		}
	}
	if len(changed) > 0 {
		return fault.Newf(fault.Precondition, "licensing.matter.changed",
			"事项定义的内容变了，版本号没有变：%s。请把 version 加 1 后再启动，在办的办件仍按原版本办理", strings.Join(changed, "、"))
	}
	return nil
}

func tampered(row stored) error {
	return fault.Newf(fault.Internal, "licensing.matter.tampered", "数据库中事项 %s 第 %d 版的内容被改动过，请联系管理员从备份核对", row.Code, row.Version)
}

// readBack turns a stored version into a definition. What was in use once is not
// judged by today's rules; it only has to be read whole.
func (c *Catalogue) readBack(row stored) held {
	if !c.keys.CheckRowMAC(row.MAC, row.parts()...) {
		return held{err: tampered(row)}
	}
	d, err := decodeStored([]byte(row.Body))
	if err != nil {
		err = fault.Newf(fault.Precondition, "licensing.matter.unreadable",
			"事项 %s 第 %d 版是由更新的程序登记的，本机程序不能识别，请升级本机程序后再办理", row.Code, row.Version).With(err)
	}
	return held{Definition: d, seen: row.FirstSeen, err: err}
}

// Current is the version that new cases begin with. Fault: licensing.matter.missing.
func (c *Catalogue) Current(code string) (Definition, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	d, ok := c.current[code]
	if !ok {
		return Definition{}, errMissing
	}
	return d, nil
}

// At is the version that a case began with, whichever program it was begun by.
// It reads the database only for a version that another copy of the cloud has
// added since this one started. Faults: licensing.matter.version,
// licensing.matter.tampered, licensing.matter.unreadable.
func (c *Catalogue) At(code string, n int) (Definition, error) {
	at := version{code, n}
	c.mu.RLock()
	h, ok := c.past[at]
	fetch := c.fetch
	c.mu.RUnlock()
	switch {
	case ok:
		return h.Definition, h.err
	case fetch == nil:
		return Definition{}, errVersion // nothing has been loaded
	}
	row, found, err := fetch(code, n)
	switch {
	case err != nil:
		return Definition{}, err
	case !found:
		return Definition{}, errVersion
	}
	h = c.readBack(row)
	c.mu.Lock()
	c.past[at] = h
	c.mu.Unlock()
	return h.Definition, h.err
}

// All are the current definitions, by code.
func (c *Catalogue) All() []Definition {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := make([]Definition, 0, len(c.current))
	for _, d := range c.current {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b Definition) int { return strings.Compare(a.Code, b.Code) })
	return out
}

// retired are the newest versions of matters that this program no longer has.
func (c *Catalogue) retired() []Definition {
	c.mu.RLock()
	defer c.mu.RUnlock()
	newest := map[string]Definition{}
	for at, h := range c.past {
		if _, on := c.current[at.code]; !on && h.err == nil && newest[at.code].Version < at.n {
			newest[at.code] = h.Definition
		}
	}
	out := make([]Definition, 0, len(newest))
	for _, d := range newest {
		out = append(out, d)
	}
	return out
}
