package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"huyun.internal/edge/store"
	"huyun.internal/edge/uplink"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

const (
	backlog      = 20_000 // answers: 200 candidates' worth of a hundred questions
	backlogLarge = 2 * backlog
	backlogSmall = backlogLarge / 10
	drainLimit   = 2 * time.Minute
)

// drains measures how fast a backlog gets from an edge's journal to rows in
// PostgreSQL: the real store, uplink, broker, courier, ledger and projection.
type drains struct {
	dir    string
	centre *centre
	pipe   *rawPipe
	key    *sm.SoftKey
	turn   int
}

func drain(s setup, r *report) (err error) {
	d := &drains{dir: s.dir}
	d.centre, err = openCentre(s.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.centre.close()) }()
	d.pipe, err = openPipe(context.Background(), d.centre.db.Config().ConnString())
	if err != nil {
		return err
	}
	d.key, err = sm.Generate()
	if err != nil {
		return err
	}
	perSecond := func(seconds sample) sample {
		return func() (float64, error) {
			t, err := seconds()
			return backlog / t, err
		}
	}
	err = compare(s, r, "j2.copy", perSecond(d.ours(backlog)), perSecond(d.raw(backlog)), "records/s", target{least: 0.5})
	if err != nil {
		return err
	}
	// What PostgreSQL's disk does with ten times the rows is in both.
	return compare(s, r, "j2.growth-40000/4000", growth(d.ours), growth(d.raw), "times as long for ten times as much", target{most: 1.1})
}

// growth is how many times as long the large backlog takes as the small one.
func growth(side func(records int) sample) sample {
	large, small := side(backlogLarge), side(backlogSmall)
	return func() (float64, error) {
		a, err := large()
		if err != nil {
			return 0, err
		}
		b, err := settled(small)
		return a / b, err
	}
}

// filled is a store of a new node whose journal holds so many answers.
func (d *drains) filled(records int) (st *store.Store, name string, err error) {
	d.turn++
	name = fmt.Sprintf("bench-%03d", d.turn)
	dir := filepath.Join(d.dir, name)
	err = store.Create(dir, store.Identity{Node: name})
	if err != nil {
		return nil, "", err
	}
	st, err = store.Open(dir, store.Options{Node: name, Reserve: 1 << 20})
	if err != nil {
		return nil, "", err
	}
	err = st.Update(context.Background(), func(tx *store.Tx) error {
		for n := range records {
			_, err := tx.Append(journal.LaneExam, wire.KindAnswer, hallSitting, wire.Answer{
				Sitting: hallSitting, Attempt: fmt.Sprintf("0193f0a0-0000-7000-%04d-%012d", d.turn, n%200), Item: fmt.Sprint(1 + n/200),
				Revision: 1, Choice: []string{"A", "C"}, Fence: 1, Counter: uint64(n), Elapsed: int64(n),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, "", errors.Join(err, st.Close())
	}
	return st, name, nil
}

// ours is the time from the uplink's start to the moment the edge knows, and
// has stored, that the cloud has committed the last record.
func (d *drains) ours(records int) sample {
	return func() (seconds float64, err error) {
		st, name, err := d.filled(records)
		if err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, st.Close()) }()
		ctx, cancel := context.WithTimeout(context.Background(), drainLimit)
		defer cancel()
		err = d.centre.enrol(ctx, name, d.key.Public())
		if err != nil {
			return 0, err
		}
		u, err := uplink.New(uplink.Config{
			Node: name, Broker: wire.Broker{TCP: d.centre.broker.Addr("tcp")}, Transport: uplink.TCP, Cloud: d.centre.ring.Cloud().Public(),
		}, st, d.key)
		if err != nil {
			return 0, err
		}
		from := time.Now()
		running, stop := context.WithCancel(ctx)
		sending := inBackground(running, u.Run)
		defer func() { stop(); err = errors.Join(err, sending()) }()
		for st.Acked(journal.LaneExam).Seq < uint64(records) {
			select {
			case <-ctx.Done():
				return 0, fmt.Errorf("%d of %d records after %s: %+v", st.Acked(journal.LaneExam).Seq, records, drainLimit, u.Status())
			case <-time.After(2 * time.Millisecond):
			}
		}
		seconds = time.Since(from).Seconds()
		return seconds, d.centre.holds(ctx, name, records)
	}
}

// raw is the same for the yardstick, whose clients are connected already.
func (d *drains) raw(records int) sample {
	return func() (float64, error) {
		st, name, err := d.filled(records)
		if err != nil {
			return 0, err
		}
		seconds, err := d.pump(st, name, records)
		return seconds, errors.Join(err, st.Close())
	}
}

func (d *drains) pump(st *store.Store, name string, records int) (float64, error) {
	lane, next := st.Journal(journal.LaneExam), uint64(1)
	from := time.Now()
	err := d.pipe.drain(name, func() ([]journal.Record, error) {
		if next > uint64(records) {
			return nil, nil
		}
		recs, err := lane.Read(next, link.MaxRecords, link.MaxFrame/4)
		next += uint64(len(recs))
		return recs, err
	})
	seconds := time.Since(from).Seconds()
	var rows int
	err = errors.Join(err, d.centre.db.QueryRow(context.Background(), `SELECT count(*) FROM raw_record WHERE node = $1`, name).Scan(&rows))
	if err == nil && rows != records {
		err = fmt.Errorf("the yardstick stored %d of %d records", rows, records)
	}
	return seconds, err
}

// done waits for what MQTT was asked to do.
func done(t paho.Token) error {
	t.Wait()
	return t.Error()
}

// connected is a client of a broker that lets everybody in.
func connected(addr, id string) (paho.Client, error) {
	c := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + addr).SetClientID(id))
	return c, done(c.Connect())
}
