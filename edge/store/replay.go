package store

import (
	"errors"
	"fmt"
	"io"
)

// SegmentReport is one segment file as fsck sees it.
type SegmentReport struct {
	Number  uint64
	First   uint64 // its first frame
	Last    uint64 // its last readable frame; First-1 when it has none
	Bytes   int64
	Problem string // "" when all of it can be read
	Torn    bool   // the problem is the unfinished end of a crash
}

// replay walks the segments in order and calls fn for every frame that follows
// from. It returns how far it came and, when that is not the end of everything,
// why: segments missing, damaged, or of another history.
func replay(dir, storeID string, from tip, fn func(frame) error) (reached tip, problem, err error) {
	numbers, err := segmentNumbers(dir)
	if err != nil {
		return from, nil, err
	}
	r := &replayer{at: from, connected: false, fn: fn}
	for _, n := range numbers {
		sc, err := openSegment(segmentPath(dir, n))
		if err != nil {
			r.note(err)
			continue
		}
		err = r.segment(sc, storeID)
		sc.close()
		if err != nil {
			return r.at, r.problem, err
		}
	}
	if !r.connected && r.problem == nil {
		r.problem = fmt.Errorf("no segment holds frame %d", from.Txn)
	}
	return r.at, r.problem, nil
}

type replayer struct {
	at        tip
	connected bool
	problem   error
	fn        func(frame) error
}

func (r *replayer) note(err error) {
	if r.problem == nil {
		r.problem = err
	}
}

func (r *replayer) segment(sc *scanner, storeID string) error {
	before := sc.head.Before
	switch {
	case sc.head.Store != storeID:
		r.note(fmt.Errorf("segment %d is of store %s", sc.head.Number, sc.head.Store))
		return nil
	case r.connected && (before.Txn != r.at.Txn || before.Hash != r.at.Hash):
		r.note(fmt.Errorf("segment %d begins behind frame %d, reached %d", sc.head.Number, before.Txn, r.at.Txn))
		return nil
	case !r.connected && before.Txn == r.at.Txn && before.Hash == r.at.Hash:
		r.connected = true
	}
	if r.connected {
		r.problem = nil // what was missing at the end of the segment before was never part of history
	}
	for {
		f, err := sc.next()
		var bad *frameProblem
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			if !bad.torn || sc.more() {
				r.note(fmt.Errorf("segment %d at byte %d: %w", sc.head.Number, sc.offset, err))
			}
			return nil
		case err != nil:
			return err
		}
		if err := r.frame(f); err != nil {
			return err
		}
	}
}

func (r *replayer) frame(f frame) error {
	if !r.connected {
		r.connected = f.txn == r.at.Txn && f.hash == r.at.Hash
		return nil
	}
	if err := r.fn(f); err != nil {
		return err
	}
	r.at = f.after(r.at)
	return nil
}

// inspectSegments reads every segment from its beginning.
func inspectSegments(dir string) ([]SegmentReport, error) {
	numbers, err := segmentNumbers(dir)
	if err != nil {
		return nil, err
	}
	var out []SegmentReport
	for _, n := range numbers {
		rep := SegmentReport{Number: n}
		sc, err := openSegment(segmentPath(dir, n))
		if err != nil {
			rep.Problem = err.Error()
			out = append(out, rep)
			continue
		}
		rep.First, rep.Bytes = sc.txn+1, sc.size
		for err == nil {
			_, err = sc.next()
		}
		var bad *frameProblem
		if errors.As(err, &bad) {
			rep.Torn = bad.torn && !sc.more()
		}
		if !errors.Is(err, io.EOF) {
			rep.Problem = fmt.Sprintf("byte %d: %v", sc.offset, err)
		}
		rep.Last = sc.txn
		sc.close()
		out = append(out, rep)
	}
	return out, nil
}
