package exam

import (
	"github.com/google/uuid"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
)

// Buckets of this package. Keys: the sitting's id; request id.
const (
	sittingBucket = "exam_sitting"
	requestBucket = "exam_request"
	stopBucket    = "exam_stop" // present while answers may not be taken: read with every answer
)

// Get loads a sitting. It fails with exam.sitting.missing.
func Get(r store.Reader, id string) (Sitting, error) {
	s, ok, err := store.Load[Sitting](r, sittingBucket, id)
	if err != nil {
		return Sitting{}, err
	}
	if !ok {
		return Sitting{}, fault.NotFoundf("exam.sitting.missing", "本考场没有这个场次，请刷新列表")
	}
	return s, nil
}

// Put stores a sitting in the caller's transaction.
func Put(tx *store.Tx, s Sitting) error {
	if s.Live() {
		tx.Delete(stopBucket, s.Sitting)
	} else {
		tx.Put(stopBucket, s.Sitting, []byte{1})
	}
	return store.Save(tx, sittingBucket, s.Sitting, s)
}

// Unclosed fails with exam.sitting.over once a sitting is signed off: what was
// reconciled then must stay what the centre was told.
func Unclosed(r store.Reader, id string) error {
	st, err := Get(r, id)
	if err == nil && st.State == Closed {
		err = fault.Preconditionf("exam.sitting.over", "本场已收场，不再核验、判定或更改；已有记录都保留，如需补充请联系中心")
	}
	return err
}

// Stopped reports whether answers may not be taken, by one small read.
func Stopped(r store.Reader, sitting string) bool {
	return r.Get(stopBucket, sitting) != nil
}

// All loads every sitting of the venue, rehearsals included; see Real.
func All(r store.Reader) ([]Sitting, error) {
	return store.All[Sitting](r, sittingBucket, "")
}

// NewID makes an id that sorts by time (UUIDv7). Ids are names, not secrets.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }
