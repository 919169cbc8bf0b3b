// Package app puts the cloud together: configuration, the tables of roles and
// rights, the wiring of domains, and what each process role runs. It is the
// only package that knows everyone; nobody imports it but cmd/cloud.
package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/external/citydata"
	"huyun.internal/cloud/identity"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/blob"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// System is the opened cloud: parts that every domain shares, and the domains.
type System struct {
	Config  Config
	Log     *slog.Logger
	Clock   clock.Clock
	DB      *db.DB
	Keys    *keys.Ring
	Blobs   blob.Store
	Metrics *prometheus.Registry

	Audit    *audit.Log
	Identity *identity.Service
	domains

	brokerRoot []byte // PEM; of a broker that is not ours
	partners   partners
	registers  *citydata.Client // nil: not configured
	cluster    *db.Cluster
	unwired    error       // why a domain is not in order
	started    atomic.Bool // every role of this process serves
}

// Open opens everything that the configuration names. With attach it may join
// the private cluster of a cloud that is already running, for commands beside
// it. Close it afterwards.
func Open(ctx context.Context, cfg Config, attach bool) (*System, error) {
	return OpenAt(ctx, cfg, attach, clock.System())
}

// OpenAt is Open at another time than the machine's: for rehearsing a year.
func OpenAt(ctx context.Context, cfg Config, attach bool, at clock.Clock) (*System, error) {
	if err := sm.SelfTest(); err != nil {
		return nil, fault.New(fault.Internal, "app.selftest", "密码算法自检未通过，拒绝启动，请重新安装程序").With(err)
	}
	s := &System{Config: cfg, Log: newLogger(cfg.Log), Clock: at, Metrics: prometheus.NewRegistry()}
	s.Metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if err := s.open(ctx, attach); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *System) open(ctx context.Context, attach bool) error {
	// The data directory is passed through by the database's user; what is
	// secret in it has directories of its own.
	if err := os.MkdirAll(s.Config.Data, 0o755); err != nil { //nolint:gosec // see above
		return fault.Newf(fault.Precondition, "app.data", "无法建立数据目录 %s，请检查权限或修改配置 data", s.Config.Data).With(err)
	}
	var err error
	if s.Keys, err = keys.Open(keys.Options{Dir: s.Config.Keys.Dir, Passphrase: s.Config.Keys.Passphrase}); err != nil {
		return err
	}
	if s.Blobs, err = blob.OpenDir(filepath.Join(s.Config.Data, "blobs")); err != nil {
		return err
	}
	if err := s.openDatabase(ctx, attach); err != nil {
		return err
	}
	if err := s.Keys.Bind(ctx, s.DB); err != nil {
		return err
	}
	if err := s.loadBrokerRoot(); err != nil {
		return err
	}
	if err := s.loadPartners(); err != nil {
		return err
	}
	if err := s.loadCityData(); err != nil {
		return err
	}
	s.wire()
	if s.unwired != nil {
		return s.unwired
	}
	for _, seal := range []func(context.Context) error{s.Practitioner.SealRegistrations, s.Practitioner.SealFacts} {
		if err := seal(ctx); err != nil {
			return err
		}
	}
	return s.Matter.Load(ctx, matter.Files())
}

func (s *System) openDatabase(ctx context.Context, attach bool) error {
	dsn := s.Config.Database.DSN
	if dsn == "" {
		dir := filepath.Join(s.Config.Data, "postgres")
		cluster, err := db.StartPrivate(ctx, dir, s.Log)
		switch {
		case err == nil:
			s.cluster, dsn = cluster, cluster.DSN()
		case attach && fault.Is(err, "db.busy"):
			if dsn, err = db.PrivateDSN(dir); err != nil {
				return err
			}
		default:
			return err
		}
	}
	var err error
	if s.DB, err = db.Open(ctx, dsn, db.Options{MaxConns: s.Config.Database.MaxConns}); err != nil {
		return err
	}
	if s.Config.Database.Migrate {
		return db.Migrate(ctx, s.DB)
	}
	n, err := db.Pending(ctx, s.DB)
	if err == nil && n > 0 {
		err = fault.Newf(fault.Precondition, "db.pending", "数据库还有 %d 个结构升级没有执行，请先运行 cloud migrate", n)
	}
	return err
}

// Close closes what Open opened, the database last.
func (s *System) Close() {
	if s.DB != nil {
		s.DB.Close()
	}
	if s.cluster != nil {
		if err := s.cluster.Stop(); err != nil {
			s.Log.Error("stop database", "error", err)
		}
	}
}

// RotateKeys adds a key that seals from the next start on, and records it.
func RotateKeys(ctx context.Context, cfg Config) error {
	s, err := Open(ctx, cfg, true)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := keys.Rotate(keys.Options{Dir: cfg.Keys.Dir, Passphrase: cfg.Keys.Passphrase}); err != nil {
		return err
	}
	return s.Audit.RecordNow(auth.System(ctx, "admin"), "keys.ring.rotate", s.Keys.Fingerprint(), nil)
}

// Blank is a system with no database behind it, for writing contracts.
func Blank() *System {
	s := &System{Config: Defaults(), Log: slog.New(slog.DiscardHandler), Clock: clock.System(), DB: &db.DB{}, Keys: &keys.Ring{}}
	s.wire()
	return s
}

func newLogger(c Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: utc}
	if c.Format == "text" {
		return slog.New(slog.NewTextHandler(os.Stderr, opts))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, opts))
}

// utc writes times in UTC, so that logs of several machines line up, and errors
// as their text.
func utc(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindTime {
		return slog.Time(a.Key, a.Value.Time().UTC())
	}
	if err, ok := a.Value.Any().(error); ok {
		return slog.String(a.Key, errors.Join(err).Error())
	}
	return a
}
