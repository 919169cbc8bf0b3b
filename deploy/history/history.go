// Package history gives a demonstration a year behind it: sittings that were
// held, with papers by the rule, answers by people of different ability, and
// results that the cloud's own code has computed, confirmed and published. It is
// run by `stack run` on a folder of its own, once, so that a visitor's charts,
// statistics and question figures (M55, M61) are not empty.
//
// It drives the exam domain's services with a clock in the past and plays the
// venues' part of the link; no figure is written by hand. Devices are invented,
// so that no real one is told of what never happened there. Every sitting is
// marked (exam_sitting.demo), which pages show as 演示数据, its name says so too,
// and the audit has the time at which it was really made.
//
// It is in no binary that serves: cloud and edge do not know it.
package history

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/exam/bank"
	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/dossier"
	"huyun.internal/cloud/exam/paper"
	"huyun.internal/cloud/exam/score"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/exam/venue"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/blob"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/training/class"
	"huyun.internal/protocol/clock"
)

// Options say where the demonstration is.
type Options struct {
	Data string    // the cloud's data folder
	DSN  string    // its database server; empty: the private one in Data
	Now  time.Time // the year ends here
}

// world is the exam domain, opened beside the running cloud, and a time of its own.
type world struct {
	db     *db.DB
	keys   *keys.Ring
	blobs  blob.Store
	clock  *clock.Test
	now    time.Time // the year ends here
	device *device

	papers   *paper.Service
	venues   *venue.Service
	sittings *sitting.Service
	conduct  *conduct.Service
	scores   *score.Service
	records  *dossier.Service
}

func open(ctx context.Context, o Options) (*world, error) {
	ring, err := keys.Open(keys.Options{Dir: filepath.Join(o.Data, "keys")})
	if err != nil {
		return nil, err
	}
	files, err := blob.OpenDir(filepath.Join(o.Data, "blobs"))
	if err != nil {
		return nil, err
	}
	dsn := o.DSN
	if dsn == "" {
		if dsn, err = db.PrivateDSN(filepath.Join(o.Data, "postgres")); err != nil {
			return nil, err
		}
	}
	d, err := db.Open(ctx, dsn, db.Options{MaxConns: 4})
	if err != nil {
		return nil, err
	}
	w := &world{db: d, keys: ring, blobs: files, clock: clock.NewTest(o.Now), now: o.Now}
	return w, w.wire()
}

// wire makes the services. The audit keeps the real time: what it says was done
// was done now.
func (w *world) wire() error {
	var err error
	if w.device, err = newDevice(); err != nil {
		return err
	}
	record := audit.New(w.db, w.keys, clock.System(), "")
	questions := bank.New(w.db, w.keys, record, w.blobs, w.clock)
	w.papers = paper.New(w.db, questions, record, w.clock)
	w.venues = venue.New(w.db, w.keys, record, w.clock)
	w.venues.Nodes = w.device
	w.sittings = sitting.New(sitting.Parts{
		DB: w.db, Keys: w.keys, Audit: record, Blobs: w.blobs, Clock: w.clock, Bank: questions, Papers: w.papers, Venues: w.venues,
		Classes: class.New(w.db, w.keys, record, w.clock), Orders: w.device, Nodes: w.device,
	})
	w.conduct = conduct.New(w.db, w.keys, record, w.clock, w.sittings)
	w.scores = score.New(w.db, w.keys, record, w.clock, w.sittings, w.conduct,
		credit.New(w.db, w.keys, record, w.clock, w.sittings, w.conduct))
	w.records = dossier.New(dossier.Parts{
		DB: w.db, Keys: w.keys, Audit: record, Blobs: w.blobs, Clock: w.clock, Nodes: w.device, Sittings: w.sittings, Conduct: w.conduct, Scores: w.scores,
	})
	return nil
}

// Invented people: what one confirms the other publishes. There are no such
// accounts, so that their names say what they are.
const (
	planner   = "演示考务"
	publisher = "演示审核"
	chief     = "演示主考"
	proctor   = "演示监考"
)

// as acts for one of the two.
func as(ctx context.Context, who string) context.Context {
	return auth.With(ctx, auth.Actor{
		ID: who, Kind: auth.KindStaff, Username: who, Name: "演示数据", Scope: auth.Scope{All: true},
		Perms: auth.NewPerms(
			paper.PermList, venue.PermList, venue.PermSave, sitting.PermList, sitting.PermSave, sitting.PermConfirm, sitting.PermReview, sitting.PermDispatch, sitting.PermRelease,
			conduct.PermList, conduct.PermRule, score.PermList, score.PermRun, score.PermConfirm, score.PermPublish,
		),
	})
}

// Fill holds the sittings of the year that the database does not have yet and
// answers how many those were.
func Fill(ctx context.Context, o Options) (int, error) {
	w, err := open(ctx, o)
	if err != nil {
		return 0, fmt.Errorf("history: %w", err)
	}
	defer w.db.Close()
	return w.fill(ctx, o.Now)
}

func (w *world) fill(ctx context.Context, now time.Time) (int, error) {
	halls, err := w.halls(ctx)
	if err != nil {
		return 0, fmt.Errorf("history: venues: %w", err)
	}
	rules, err := w.rules(ctx)
	if err != nil {
		return 0, fmt.Errorf("history: rules: %w", err)
	}
	held := 0
	for _, p := range year(now, len(halls), rules) {
		there, err := db.Value[bool](ctx, w.db, thereSQL, halls[p.hall].ID, p.at)
		if err != nil {
			return held, err
		}
		if there {
			continue
		}
		if err := w.hold(ctx, halls[p.hall], p); err != nil {
			return held, fmt.Errorf("history: %s: %w", p.at.Format(time.DateOnly), err)
		}
		held++
	}
	// The photographs of most have had their time, and records are to say so.
	w.clock.SetWall(now)
	return held, w.records.ExpireDue(ctx)
}

const (
	thereSQL = `SELECT EXISTS (SELECT FROM exam_sitting WHERE venue = $1 AND starts_at = $2)`
	markSQL  = `UPDATE exam_sitting SET demo = true WHERE id = $1`
)

// tx runs do as the link does.
func (w *world) tx(ctx context.Context, do func(ctx context.Context, tx pgx.Tx) error) error {
	ctx = auth.System(ctx, "link")
	return w.db.InTx(ctx, func(tx pgx.Tx) error { return do(ctx, tx) })
}
