package supervise

import (
	"context"
	"sync"
	"time"
)

// Sight is what a terminal saw when it opened its camera: a list of devices says
// nothing about a cap on the lens or another program that holds it.
type Sight struct {
	OK  bool          `json:"ok"`
	Why string        `json:"why,omitempty"` // none | denied | insecure | busy | blank | dark
	Age time.Duration `json:"-"`             // since it looked, when it said so
}

// Words says what was seen.
func (s Sight) Words() string {
	if s.OK {
		return "有画面"
	}
	if w, ok := map[string]string{
		"none": "没有摄像头", "denied": "浏览器未授权", "insecure": "页面未用 HTTPS 打开", "busy": "被占用或故障", "blank": "没有画面", "dark": "画面全黑",
	}[s.Why]; ok {
		return w
	}
	return "未能打开"
}

const (
	// sightLife is how long what a camera showed is believed without asking again.
	sightLife = 30 * time.Second
	// sightWait is how long Sights waits: a beat, then the camera's own start.
	sightWait = 12 * time.Second
)

// sights remembers what terminals saw, and asks them to look.
type sights struct {
	mu      sync.Mutex
	seen    map[string]seenSight     // terminal id
	asked   map[string]time.Duration // terminal id → monotonic moment
	changed chan struct{}
	wait    time.Duration
}

type seenSight struct {
	Sight
	at time.Duration // monotonic
}

func newSights() *sights {
	return &sights{seen: map[string]seenSight{}, asked: map[string]time.Duration{}, changed: make(chan struct{}), wait: sightWait}
}

// Saw notes what a terminal's camera showed.
func (p *Pulse) Saw(terminal string, s Sight) {
	now := p.clock.Mono()
	v := p.sights
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seen[terminal] = seenSight{s, now - s.Age}
	if at, ok := v.asked[terminal]; ok && now-s.Age >= at {
		delete(v.asked, terminal)
	}
	close(v.changed)
	v.changed = make(chan struct{})
}

// Wanted reports whether a terminal is asked to look through its camera now.
func (p *Pulse) Wanted(terminal string) bool {
	p.sights.mu.Lock()
	defer p.sights.mu.Unlock()
	_, ok := p.sights.asked[terminal]
	return ok
}

// Sights has connected terminals look through their cameras and waits for what
// they saw, but not for ever: who does not answer is not in the answer.
func (p *Pulse) Sights(ctx context.Context, terminals []string) map[string]Sight {
	ctx, cancel := context.WithTimeout(ctx, p.sights.wait)
	defer cancel()
	start := p.clock.Mono()
	for {
		out, missing, changed := p.look(terminals, start)
		if !missing {
			return out
		}
		select {
		case <-ctx.Done():
			return out
		case <-changed:
		}
	}
}

// look is one round: what is fresh, and whether somebody is still awaited.
func (p *Pulse) look(terminals []string, start time.Duration) (map[string]Sight, bool, <-chan struct{}) {
	out, missing := map[string]Sight{}, false
	v := p.sights
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, id := range terminals {
		if s, ok := v.seen[id]; ok && start-s.at <= sightLife {
			out[id] = s.Sight
			continue
		}
		if _, _, up := p.Look(id); up {
			missing = true
			if _, ok := v.asked[id]; !ok {
				v.asked[id] = start
			}
		}
	}
	return out, missing, v.changed
}

// WaitForSights sets how long Sights waits.
func (p *Pulse) WaitForSights(d time.Duration) { p.sights.wait = d }
