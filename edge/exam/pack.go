package exam

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// How often Run looks by itself, and how long it leaves a package alone after
// a try that failed.
const (
	lookEvery = 2 * time.Second
	retryWait = 10 * time.Second
	settle    = 200 * time.Millisecond
)

// Run brings announced packages here and opens released ones, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	t := s.Clock.NewTicker(lookEvery)
	defer t.Stop()
	notBefore := map[string]time.Duration{}
	for {
		s.look(ctx, notBefore)
		select {
		case <-ctx.Done():
			return nil
		case <-t.C():
		case <-s.wake:
			s.committed(ctx)
		}
	}
}

// committed waits for what woke us to be durable: the ring came from inside a
// transaction. Then everybody looks again.
func (s *Service) committed(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-s.Store.Changed():
	case <-s.Clock.After(settle):
	}
	s.Bell.RingAll()
}

// Look does one round of Run without waiting between tries.
func (s *Service) Look(ctx context.Context) { s.look(ctx, map[string]time.Duration{}) }

func (s *Service) look(ctx context.Context, notBefore map[string]time.Duration) {
	list, err := s.Everything()
	if err != nil {
		return // the store says so itself, everywhere
	}
	s.noteSEB(list)
	for _, st := range list {
		now := s.Clock.Mono()
		if ctx.Err() != nil || now < notBefore[st.Sitting] {
			continue
		}
		if err := s.advance(ctx, st); err != nil {
			notBefore[st.Sitting] = now + retryWait
			s.Log.WarnContext(ctx, "sitting not advanced", slog.String("sitting", st.Sitting), slog.Any("error", err))
		}
	}
}

// advance does what a sitting waits for: its package, then its opening.
func (s *Service) advance(ctx context.Context, st Sitting) error {
	if s.isOpen(st.Sitting) && !st.Readable() {
		s.Forget(st.Sitting) // taken back
	}
	switch {
	case st.Rehearsal() && st.Readable() && !s.isOpen(st.Sitting):
		return s.openRehearsal(st)
	case st.State == Closed || st.State == Cancelled || st.Pack.Digest == "":
		return nil
	case !st.Pack.Received:
		return s.fetch(ctx, st)
	case st.Half != nil && st.HalfFor == st.Pack.Digest && !s.isOpen(st.Sitting):
		return s.open(ctx, st)
	}
	return s.repeat(ctx, st)
}

func (s *Service) packPath(digest string) string { return filepath.Join(s.Dir, digest+".pack") }

// DropPack deletes the package of a sitting that is over, with the photographs in
// it, and says of how many candidates; again changes nothing.
func (s *Service) DropPack(tx *store.Tx, sitting string) (int, error) {
	st, err := Get(tx, sitting)
	if err != nil || st.Pack.Digest == "" {
		return 0, err
	}
	if err := os.Remove(s.packPath(st.Pack.Digest)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	s.mu.Lock()
	delete(s.rolls, st.Pack.Digest)
	s.mu.Unlock()
	st.Pack.Deleted = true
	return st.Candidates, Put(tx, st)
}

// fetch downloads a package and takes it in.
func (s *Service) fetch(ctx context.Context, st Sitting) error {
	if _, err := os.Stat(s.packPath(st.Pack.Digest)); err == nil {
		return s.take(ctx, st, "") // a restart came between: nobody remembers the way
	}
	if s.Fetch == nil {
		return nil
	}
	digest, err := sm.ParseDigest(st.Pack.Digest)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	via, err := s.Fetch.FetchBlob(ctx, digest, s.packPath(st.Pack.Digest))
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return s.noteFailure(ctx, st, fault.Unavailablef("exam.pack.fetch", "考题包下载中断，正在自动续传").With(err))
	}
	return s.take(ctx, st, via)
}

// ImportPack takes a package from a file, for a venue without a network. The
// file must be the announced one, byte for byte.
func (s *Service) ImportPack(ctx context.Context, sitting string, in io.Reader) error {
	st, err := s.Sitting(sitting)
	if err != nil {
		return err
	}
	if st.Pack.Digest == "" {
		return fault.Preconditionf("exam.pack.unknown", "尚未收到中心的考题包清单，不能导入")
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(s.Dir, ".import-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already when all went well
	_, err = io.Copy(tmp, io.LimitReader(in, st.Pack.Size+1))
	if err == nil {
		err = tmp.Sync()
	}
	err = errors.Join(err, tmp.Close())
	if err != nil {
		return err
	}
	if err := checkDigest(tmp.Name(), st.Pack); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), s.packPath(st.Pack.Digest)); err != nil {
		return err
	}
	return s.take(ctx, st, "usb")
}

// take verifies a package that lies here and says so to the centre. A file
// that is not what was announced is removed, so that the next try starts
// clean.
func (s *Service) take(ctx context.Context, st Sitting, via string) error {
	path := s.packPath(st.Pack.Digest)
	codes := 0
	err := checkDigest(path, st.Pack)
	if err == nil {
		_, err = s.readRoll(st)
	}
	if err == nil {
		codes, err = s.codes(st)
	}
	if err != nil {
		_ = os.Remove(path) // the next try replaces it anyway
		return s.noteFailure(ctx, st, err)
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		now, err := Get(tx, st.Sitting)
		if err != nil {
			return err
		}
		if now.Pack.Digest != st.Pack.Digest || now.Pack.Received {
			return nil
		}
		now.Pack.Received, now.Pack.At, now.Pack.Failure, now.Pack.Codes = true, tx.Now(), "", codes
		if err := Put(tx, now); err != nil {
			return err
		}
		_, err = tx.Append(journal.LaneExam, wire.KindPackReceived, st.Sitting, wire.PackReceived{
			Sitting: st.Sitting, Pack: st.Pack.Digest, Size: st.Pack.Size, Via: via, OK: true,
		})
		return err
	})
	s.Bell.Ring(bell.Board)
	return err
}

// noteFailure keeps what went wrong where the proctor and the centre see it.
// An interruption on the way is told to the proctor only.
func (s *Service) noteFailure(ctx context.Context, st Sitting, cause error) error {
	f := fault.From(cause)
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		now, err := Get(tx, st.Sitting)
		if err != nil || now.Pack.Digest != st.Pack.Digest || now.Pack.Failure == f.Text {
			return err
		}
		now.Pack.Failure = f.Text
		if err := Put(tx, now); err != nil || f.Code == "exam.pack.fetch" {
			return err
		}
		_, err = tx.Append(journal.LaneExam, wire.KindPackReceived, st.Sitting, wire.PackReceived{
			Sitting: st.Sitting, Pack: st.Pack.Digest, Size: st.Pack.Size, OK: false, Reason: f.Code,
		})
		return err
	})
	return errors.Join(cause, err)
}

// checkDigest fails with exam.pack.digest when a file is not the announced one.
func checkDigest(path string, p Pack) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sm.NewHash()
	n, err := io.Copy(h, f)
	if err != nil {
		return err
	}
	var d sm.Digest
	copy(d[:], h.Sum(nil))
	if n != p.Size || d.String() != p.Digest {
		return fault.Invalidf("exam.pack.digest", "考题包内容与中心清单不一致，已删除，正在重新接收")
	}
	return nil
}
