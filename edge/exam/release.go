package exam

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// halfSize is the length of the centre's half of a content key, in bytes.
const halfSize = 32

// isOpen reports whether a sitting's questions are in memory.
func (s *Service) isOpen(sitting string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.books[sitting] != nil
}

// open decrypts a released package into memory and, the first time, tells the
// centre. After a cold start it does the same from what lies here, with no
// network.
func (s *Service) open(ctx context.Context, st Sitting) error {
	if st.State != Approved && !st.Readable() {
		return nil // released before the approval came down; wait for it
	}
	half, err := s.keeper.Decrypt(st.Half)
	if err != nil {
		return s.notOpened(ctx, st, fault.Internalf("exam.key.unwrap", "放行密钥无法用本机密钥打开，请联系中心重新放行").With(err))
	}
	book, err := s.openBook(st, half)
	if err != nil {
		return s.notOpened(ctx, st, err)
	}
	if st.State == Approved {
		err = s.Store.Update(ctx, func(tx *store.Tx) error {
			now, err := Get(tx, st.Sitting)
			if err != nil {
				return err
			}
			if now.Readable() {
				return nil
			}
			if err := now.Do(Release); err != nil {
				return err
			}
			now.OpenedAt = tx.Now()
			if err := Put(tx, now); err != nil {
				return err
			}
			_, err = tx.Append(journal.LaneExam, wire.KindOpened, st.Sitting,
				wire.Opened{Sitting: st.Sitting, Pack: st.Pack.Digest, By: cmp.Or(st.HalfBy, byRelease)})
			if err != nil {
				return err
			}
			return s.Audit.Record(ctx, tx, "exam.key.release", st.Sitting, st.Pack.Digest)
		})
		if err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.books[st.Sitting] = book
	s.mu.Unlock()
	s.Log.InfoContext(ctx, "questions opened", slog.String("sitting", st.Sitting))
	s.Bell.RingAll()
	return nil
}

// notOpened raises a red alarm: candidates wait for this.
func (s *Service) notOpened(ctx context.Context, st Sitting, cause error) error {
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		return s.Alarm(tx, "open/"+st.Sitting+"/"+st.Pack.Digest, wire.Alarm{
			Sitting: st.Sitting, Level: wire.AlarmRed, Code: fault.From(cause).Code,
			Text: "考题包不能打开：" + fault.From(cause).Text,
		})
	})
	if err != nil {
		s.Log.ErrorContext(ctx, "alarm not raised", slog.Any("error", err))
	}
	return cause
}

// Forget drops a sitting's questions and roster from memory and its package
// from the disk's key: without the half nobody can open it here again.
func (s *Service) Forget(sitting string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.books, sitting)
}

// proveKey seals and opens a few random bytes, and signs.
func proveKey(k sm.Keeper) error {
	probe := make([]byte, 16)
	if _, err := rand.Read(probe); err != nil {
		return err
	}
	sealed, err := sm.Encrypt(k.Public(), probe)
	if err != nil {
		return err
	}
	plain, err := k.Decrypt(sealed)
	if err != nil || !bytes.Equal(plain, probe) {
		return fault.Internalf("exam.key.probe", "本机密钥不可用").With(err)
	}
	sig, err := k.Sign(probe)
	if err != nil {
		return err
	}
	return sm.Verify(k.Public(), probe, sig)
}
