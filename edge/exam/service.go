package exam

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// Fetcher brings a content-addressed file from the centre to dst, resuming
// where an earlier try stopped, and says by which way it came (h3 | https; ""
// when it was there already); edge/uplink does it.
type Fetcher interface {
	FetchBlob(ctx context.Context, digest sm.Digest, dst string) (via string, err error)
}

// Probe measures one line of a self-check or preflight.
type Probe func(ctx context.Context, s Sitting) wire.Check

// Needs are what the service is built from.
type Needs struct {
	Store  *store.Store
	Keeper sm.Keeper     // the device's key
	Cloud  *sm.PublicKey // who may have signed a package
	Venue  string        // ours; a package for another venue is refused
	Clock  clock.Clock   //
	Dir    string        // where packages lie
	Fetch  Fetcher       // nil = packages come by USB only
	Audit  *audit.Trail  //
	Bell   *bell.Bell    //
	Probes []Probe       // the venue's own checks; pack and key are added here
	// Portrait says in Chinese what is wrong with a reference picture, "" when
	// it can be used; an error when the face engine could not say. nil: there is
	// no engine.
	Portrait func(ctx context.Context, picture []byte) (string, error)
	Log      *slog.Logger
	Alarm    func(tx *store.Tx, key string, a wire.Alarm) error
	// AlarmBegin and AlarmEnd are for what lasts: told once, and taken back.
	AlarmBegin func(tx *store.Tx, key string, a wire.Alarm) error
	AlarmEnd   func(tx *store.Tx, key, note string) error
}

// Service carries out the use cases of a sitting's life.
type Service struct {
	Needs
	keeper sm.Keeper
	wake   chan struct{}

	mu    sync.RWMutex
	books map[string]*Book // sitting → opened package
	rolls map[string]*Roll // package digest → roster
	flows map[string]*sync.Mutex
	sebs  []string // sittings that ask for Safe Exam Browser and are not over

	portraits sync.Mutex               // one looks at pictures at a time
	tries     map[string]int           // package and candidate → failed looks at a picture
	repeated  map[string]time.Duration // sitting → when its preflight was last measured by itself
}

// New builds the service. Run must be running for packages to arrive.
func New(n Needs) *Service {
	return &Service{
		Needs: n, keeper: n.Keeper, wake: make(chan struct{}, 1),
		books: map[string]*Book{}, rolls: map[string]*Roll{}, flows: map[string]*sync.Mutex{}, tries: map[string]int{},
		repeated: map[string]time.Duration{},
	}
}

// kick asks Run to look again; it never blocks, and is called inside
// transactions, so Run also looks by itself every few seconds.
func (s *Service) kick() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
	s.Bell.Ring(bell.Board)
}
