package attempt

import (
	"strconv"
	"strings"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
)

// Buckets of this package.
const (
	attemptBucket  = "attempt"          // attempt id → Attempt
	sittingBucket  = "attempt_sitting"  // sitting/attempt → empty marker
	holderBucket   = "attempt_holder"   // sitting/candidate → attempt id
	gateBucket     = "attempt_gate"     // attempt id → what a save must know, kept by Put
	progressBucket = "attempt_progress" // attempt id → Progress
	answerBucket   = "attempt_answer"   // attempt id/item → Answer
	sheetBucket    = "attempt_sheet"    // attempt id → Sheet
	sessionBucket  = "attempt_session"  // session id → Session
	extendBucket   = "attempt_extend"   // extension id → Extension
)

// Get loads an attempt. It fails with exam.attempt.missing.
func Get(r store.Reader, id string) (Attempt, error) {
	a, ok, err := store.Load[Attempt](r, attemptBucket, id)
	if err != nil {
		return Attempt{}, err
	}
	if !ok {
		return Attempt{}, fault.NotFoundf("exam.attempt.missing", "没有这份答卷，请刷新页面")
	}
	return a, nil
}

// Put stores an attempt in the caller's transaction, and its gate with it.
func Put(tx *store.Tx, a Attempt) error {
	tx.Put(gateBucket, a.ID, gateOf(a).encode())
	return store.Save(tx, attemptBucket, a.ID, a)
}

// gate is the part of an attempt that every save reads. It is kept beside the
// attempt in a form that costs next to nothing to read, because decoding the
// whole attempt was the most expensive step of a save.
type gate struct {
	sitting string
	session string
	state   State
	fence   uint64
	paused  bool
	allowed time.Duration
}

func gateOf(a Attempt) gate {
	return gate{sitting: a.Sitting, session: a.Session, state: a.State, fence: a.Fence, paused: a.Paused, allowed: a.Allowed}
}

func (g gate) encode() []byte {
	b := make([]byte, 0, 128)
	b = append(append(b, g.sitting...), '\n')
	b = append(append(b, g.session...), '\n')
	b = append(append(b, g.state...), '\n')
	b = append(strconv.AppendUint(b, g.fence, 10), '\n')
	b = append(strconv.AppendBool(b, g.paused), '\n')
	return strconv.AppendInt(b, int64(g.allowed), 10)
}

func loadGate(r store.Reader, id string) (gate, error) {
	parts := strings.Split(string(r.Get(gateBucket, id)), "\n")
	if len(parts) != 6 {
		return gate{}, fault.NotFoundf("exam.attempt.missing", "没有这份答卷，请刷新页面")
	}
	fence, err := strconv.ParseUint(parts[3], 10, 64)
	if err != nil {
		return gate{}, err
	}
	allowed, err := strconv.ParseInt(parts[5], 10, 64)
	return gate{
		sitting: parts[0], session: parts[1], state: State(parts[2]), fence: fence,
		paused: parts[4] == "true", allowed: time.Duration(allowed),
	}, err
}

// Of finds a candidate's attempt at a sitting; false when there is none.
func Of(r store.Reader, sitting, candidate string) (Attempt, bool, error) {
	id := r.Get(holderBucket, sitting+"/"+candidate)
	if id == nil {
		return Attempt{}, false, nil
	}
	a, err := Get(r, string(id))
	return a, err == nil, err
}

// InSitting loads the attempts of a sitting, in the order of their ids.
func InSitting(r store.Reader, sitting string) ([]Attempt, error) {
	var ids []string
	err := r.Scan(sittingBucket, sitting+"/", func(key string, _ []byte) error {
		ids = append(ids, strings.TrimPrefix(key, sitting+"/"))
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]Attempt, 0, len(ids))
	for _, id := range ids {
		a, err := Get(r, id)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// Create stores a new attempt with its sheet in the caller's transaction.
func Create(tx *store.Tx, a Attempt, sheet Sheet) error {
	tx.Put(sittingBucket, a.Sitting+"/"+a.ID, []byte("1"))
	tx.Put(holderBucket, a.Sitting+"/"+a.Candidate, []byte(a.ID))
	if err := store.Save(tx, sheetBucket, a.ID, sheet); err != nil {
		return err
	}
	if err := store.Save(tx, progressBucket, a.ID, Progress{}); err != nil {
		return err
	}
	return Put(tx, a)
}

func progress(r store.Reader, id string) (Progress, error) {
	p, _, err := store.Load[Progress](r, progressBucket, id)
	return p, err
}

// Answers loads the stored answers of an attempt by item.
func Answers(r store.Reader, id string) (map[string]Answer, error) {
	list, err := store.All[Answer](r, answerBucket, id+"/")
	if err != nil {
		return nil, err
	}
	out := make(map[string]Answer, len(list))
	for _, a := range list {
		out[a.Item] = a
	}
	return out, nil
}
