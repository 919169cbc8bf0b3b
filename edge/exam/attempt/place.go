package attempt

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
)

// placeBucket holds attempt id → Place. It is this venue's memory and not a
// record: nothing about the result hangs on where somebody was looking.
const placeBucket = "attempt_place"

// Place is where a candidate stands in the paper: the question on the screen
// and the ones flagged for a second look. It lets another machine go on at the
// same question after a change of seats.
type Place struct {
	Item    string   `json:"item" doc:"最后停留的题号"`
	Flagged []string `json:"flagged" doc:"已标记的题号"`
	Seat    string   `json:"seat" doc:"记录时的座位；本机据此判断自己所记是否更新"`
}

// check fails with exam.answer.item unless every number is of this paper,
// which also bounds what is stored.
func (p Place) check(sheet *Sheet) error {
	if len(p.Flagged) > len(sheet.Slots) {
		return errItem
	}
	for _, no := range append([]string{p.Item}, p.Flagged...) {
		if _, ok := sheet.Slot(no); !ok {
			return errItem
		}
	}
	return nil
}

var errItem = fault.Invalidf("exam.answer.item", "试卷中没有这道题，请刷新页面")

// KeepPlace makes durable where the holder of the attempt stands. It writes
// only what differs from what is stored, and nothing for a session that may no
// longer write or an attempt that does not run: a late heartbeat of the old
// seat must not move the candidate at the new one. It fails with
// exam.answer.item.
func (s *Service) KeepPlace(ctx context.Context, ss Session, item string, flagged []string) error {
	sheet, err := s.sheet(ss.Attempt)
	if err != nil {
		return err
	}
	p := Place{Item: item, Flagged: slices.Clone(flagged), Seat: ss.Seat}
	if err := p.check(sheet); err != nil {
		return err
	}
	slices.Sort(p.Flagged)
	p.Flagged = slices.Compact(p.Flagged)
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	// Most heartbeats find what they bring already there: a look costs no sync.
	wanted := false
	err = s.store.View(func(r store.Reader) (err error) {
		wanted, err = places(r, ss, raw)
		return err
	})
	if err != nil || !wanted {
		return err
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		wanted, err := places(tx, ss, raw)
		if err == nil && wanted {
			tx.Put(placeBucket, ss.Attempt, raw)
		}
		return err
	})
}

// places reports whether this session may say where the candidate is, and says
// something new.
func places(r store.Reader, ss Session, raw []byte) (bool, error) {
	g, err := loadGate(r, ss.Attempt)
	if err != nil {
		return false, err
	}
	holds := g.session == ss.ID && g.fence == ss.Fence && g.state == Running
	return holds && !bytes.Equal(r.Get(placeBucket, ss.Attempt), raw), nil
}

// Place is where the candidate was last; false when nobody has said yet.
func (s *Service) Place(id string) (p Place, ok bool, err error) {
	err = s.store.View(func(r store.Reader) (err error) {
		p, ok, err = PlaceOf(r, id)
		return err
	})
	return p, ok, err
}

// PlaceOf is Place inside of a transaction.
func PlaceOf(r store.Reader, id string) (p Place, ok bool, err error) {
	p, ok, err = store.Load[Place](r, placeBucket, id)
	if p.Flagged == nil {
		p.Flagged = []string{}
	}
	return p, ok, err
}
