package supervise

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

// Buckets of what the centre orders about pictures.
const (
	wantedBucket  = "supervise_picture_wanted"  // sitting/digest → nothing
	expiredBucket = "supervise_picture_expired" // sitting → nothing, while files are still to go
)

// picturesEvery is how often orders about pictures are looked at; a picture that
// could not be sent is tried again then.
const picturesEvery = 5 * time.Second

// ApplyPictures notes what the centre orders about pictures; RunPictures does it,
// because files and the network have no place in a transaction. It fails with
// exam.sitting.missing and supervise.picture.state.
func (s *Service) ApplyPictures(ctx context.Context, tx *store.Tx, o wire.Order) error {
	if o.Kind == wire.OrderPicturesExpired {
		b, err := wire.Decode[wire.PicturesExpired](o.Body)
		if err != nil {
			return err
		}
		st, err := exam.Get(tx, b.Sitting)
		if err != nil {
			return err
		}
		if st.State != exam.Closed && st.State != exam.Cancelled {
			return fault.Preconditionf("supervise.picture.state", "场次“%s”%s，照片和名单还要使用，不能删除", st.Title, st.State.Name())
		}
		tx.Put(expiredBucket, b.Sitting, []byte{1})
		return nil
	}
	b, err := wire.Decode[wire.PicturesWanted](o.Body)
	if err != nil {
		return err
	}
	for _, digest := range b.Digests {
		tx.Put(wantedBucket, b.Sitting+"/"+digest, []byte{1})
	}
	ctx = audit.As(ctx, "centre")
	return s.Audit.Record(ctx, tx, "supervise.picture.wanted", b.Sitting, fmt.Sprintf("%s 调取 %d 张照片：%s", b.By, len(b.Digests), b.Reason))
}

// RunPictures brings the centre what it asked for and deletes what it says is
// over, until ctx ends.
func (s *Service) RunPictures(ctx context.Context) error {
	tick := s.Clock.NewTicker(picturesEvery)
	defer tick.Stop()
	for {
		if err := s.LookAfterPictures(ctx); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "pictures not looked after", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C():
		}
	}
}

// LookAfterPictures is one round of RunPictures.
func (s *Service) LookAfterPictures(ctx context.Context) error {
	var wanted, expired []string
	err := s.Store.View(func(r store.Reader) error {
		keys := func(into *[]string) func(string, []byte) error {
			return func(key string, _ []byte) error { *into = append(*into, key); return nil }
		}
		return errors.Join(r.Scan(wantedBucket, "", keys(&wanted)), r.Scan(expiredBucket, "", keys(&expired)))
	})
	for _, sitting := range expired {
		err = errors.Join(err, s.expire(ctx, sitting))
	}
	if len(wanted) > 0 && s.Bring != nil {
		err = errors.Join(err, s.bring(ctx, wanted))
	}
	return err
}

// bring sends the pictures; one that the sitting's records do not name, or that
// is gone, is answered without its bytes.
func (s *Service) bring(ctx context.Context, wanted []string) error {
	named := map[string]map[string]bool{}
	for _, key := range wanted {
		sitting, digest, _ := strings.Cut(key, "/")
		if named[sitting] == nil {
			list, err := s.pictures(sitting)
			if err != nil {
				return err
			}
			named[sitting] = list
		}
		p := wire.Picture{Digest: digest}
		if named[sitting][digest] {
			data, err := s.Evidence.Get(digest)
			if err != nil && !fault.Is(err, "supervise.evidence.missing") {
				s.Log.WarnContext(ctx, "picture cannot be read", slog.String("digest", digest), slog.Any("error", err))
			}
			p.Data = data
		}
		err := s.Bring(ctx, p)
		if err != nil && fault.KindOf(err).Temporary() {
			return err // the others would fare no better
		}
		if err != nil {
			s.Log.WarnContext(ctx, "picture refused by the centre", slog.String("digest", digest), slog.Any("error", err))
		}
		err = s.Store.Update(ctx, func(tx *store.Tx) error {
			tx.Delete(wantedBucket, key)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// expire deletes a sitting's pictures and package, and leaves the count.
func (s *Service) expire(ctx context.Context, sitting string) error {
	mine, err := s.pictures(sitting)
	if err != nil {
		return err
	}
	others, err := s.Held(sitting)
	if err != nil {
		return err
	}
	n, err := s.Evidence.Remove(mine, others)
	if err != nil {
		return err
	}
	err = s.Store.Update(audit.As(ctx, "system"), func(tx *store.Tx) error {
		portraits, err := s.Exam.DropPack(tx, sitting)
		if err != nil {
			return err
		}
		tx.Delete(expiredBucket, sitting)
		detail := fmt.Sprintf("现场照片 %d 张，考题包中的预留照片 %d 张", n, portraits)
		return s.Audit.Record(audit.As(ctx, "system"), tx, "supervise.evidence.expire", sitting, detail)
	})
	if err == nil {
		s.Log.InfoContext(ctx, "pictures of a sitting deleted", slog.String("sitting", sitting), slog.Int("pictures", n))
	}
	return err
}

// Held are the pictures that sittings name whose time is not over; but is left
// out. They stay however old they are: only the centre knows whether a matter is
// open.
func (s *Service) Held(but string) (map[string]bool, error) {
	sittings, err := s.Exam.Sittings()
	out := map[string]bool{}
	for _, st := range sittings {
		if st.Sitting == but || st.Pack.Deleted {
			continue
		}
		list, err := s.pictures(st.Sitting)
		if err != nil {
			return nil, err
		}
		for digest := range list {
			out[digest] = true
		}
	}
	return out, err
}

// pictures are the digests that a sitting's records name.
func (s *Service) pictures(sitting string) (map[string]bool, error) {
	out := map[string]bool{}
	err := s.Store.View(func(r store.Reader) error {
		checks, err := store.All[seating.Verification](r, seating.VerificationBucket, sitting+"/")
		for _, v := range checks {
			out[v.Snapshot] = true
		}
		if err != nil {
			return err
		}
		alarms, err := alarm.List(r, sitting)
		for _, a := range alarms {
			out[a.Snapshot] = true
		}
		if err != nil {
			return err
		}
		noted, err := Irregularities(r, sitting)
		for _, i := range noted {
			out[i.Evidence] = true
		}
		return err
	})
	delete(out, "")
	return out, err
}

// portraits are the reference photographs in the packages that lie here, at
// most: one for each candidate.
func portraits(sittings []exam.Sitting) int {
	n := 0
	for _, st := range slices.DeleteFunc(slices.Clone(sittings), func(st exam.Sitting) bool { return !st.Pack.Received || st.Pack.Deleted }) {
		n += st.Candidates
	}
	return n
}
