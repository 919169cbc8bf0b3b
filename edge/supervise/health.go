package supervise

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/wire"
)

// pace is how fast the disk fills: free space once a minute for an hour.
type pace struct {
	at   []time.Duration // monotonic
	free []int64
}

const (
	paceEvery = time.Minute
	paceKept  = 60
	// paceLeast is how long must have been measured before it is called a pace:
	// a package that arrives is not one.
	paceLeast = 10 * time.Minute
	// paceFar is beyond which it is of no interest.
	paceFar = 30 * 24 * time.Hour
)

// note takes a measurement. The slices are never changed in place: copies of a
// pace are read elsewhere.
func (p *pace) note(now time.Duration, free int64) {
	if n := len(p.at); free <= 0 || n > 0 && now-p.at[n-1] < paceEvery {
		return
	}
	from := max(0, len(p.at)-paceKept)
	p.at = append(append([]time.Duration{}, p.at[from:]...), now)
	p.free = append(append([]int64{}, p.free[from:]...), free)
}

// until is how long room bytes last at the measured pace; false when the disk
// does not fill, or too little is known.
func (p pace) until(room int64) (time.Duration, bool) {
	n := len(p.at)
	if n < 2 || p.at[n-1]-p.at[0] < paceLeast || p.free[0] <= p.free[n-1] || room <= 0 {
		return 0, false
	}
	left := float64(p.at[n-1]-p.at[0]) * float64(room) / float64(p.free[0]-p.free[n-1])
	return time.Duration(left), left < float64(paceFar)
}

// calm is how long something must be well before its alarm is taken back: what
// wavers about a limit is told once.
const calm = 2 * time.Minute

// health raises what a proctor must hear of although nobody looks at the strip,
// once, and takes it back when it is over.
func (w *Watcher) health(ctx context.Context) {
	c := w.s.scene()
	w.storeFailed(ctx, c)
	if c.Store != "" {
		return
	}
	for _, i := range c.items() {
		for _, level := range []string{yellow, red} {
			w.keep(ctx, c, i, level)
		}
	}
}

// keep begins or ends the alarm of one item at one level.
func (w *Watcher) keep(ctx context.Context, c scene, i Item, level string) {
	key := "health/" + i.Code + "/" + level
	if i.Level == level && i.alarm != "" {
		delete(w.well, key)
		w.change(ctx, key, false, func(tx *store.Tx) error {
			return alarm.Begin(tx, key, wire.Alarm{Level: level, Code: i.alarm, Text: i.Name + "：" + i.Text + "。" + i.Do})
		})
		return
	}
	if level == yellow && i.Level == red {
		return // worse than what was said, not over
	}
	since, ok := w.well[key]
	if !ok {
		w.well[key], since = w.s.Clock.Mono(), w.s.Clock.Mono()
	}
	if w.s.Clock.Mono()-since < calm {
		return
	}
	w.change(ctx, key, true, func(tx *store.Tx) error { return alarm.End(tx, key, i.Name+"已恢复："+i.Text) })
}

var errSame = errors.New("the alarm stands as it should")

// change writes only where the alarm does not already stand as it should.
func (w *Watcher) change(ctx context.Context, key string, lasts bool, do func(tx *store.Tx) error) {
	err := w.s.Store.View(func(r store.Reader) error {
		if alarm.Lasts(r, key) != lasts {
			return errSame
		}
		return nil
	})
	if err != nil {
		return
	}
	if err := w.s.Store.Update(ctx, do); err != nil {
		w.s.Log.ErrorContext(ctx, "alarm not changed", slog.String("key", key), slog.Any("error", err))
		return
	}
	w.s.Bell.Ring(bell.Board)
}

// storeFailed tells of a store that stopped once it serves again: while it is
// stopped nothing can be written, and the strip alone says so.
func (w *Watcher) storeFailed(ctx context.Context, c scene) {
	if c.Store != "" {
		if w.failed.IsZero() {
			w.failed, w.why = c.now, c.Store
		}
		return
	}
	if w.failed.IsZero() {
		return
	}
	text := "本机存储曾于 " + w.failed.In(clock.Shanghai()).Format("15:04:05") + " 停止服务，约 " + words(c.now.Sub(w.failed)) +
		"后自检通过并恢复（" + w.why + "）；请技术员检查磁盘，运行 edge doctor"
	err := w.s.Store.Update(ctx, func(tx *store.Tx) error {
		return alarm.Raise(tx, "health/store", wire.Alarm{Level: wire.AlarmYellow, Code: "venue.store.failed", Text: text})
	})
	if err == nil {
		w.failed = time.Time{}
		w.s.Bell.Ring(bell.Board)
	}
}
