package link

import (
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
)

// Receiver judges batches of one sender. It keeps no state: the cursor lives
// where the records do and moves in the same transaction, so Judge is called
// inside it, with the cursor row locked.
type Receiver struct {
	Node string        // whose journal it is: the edge, in both directions
	Key  *sm.PublicKey // who signs its checkpoints: the node upward, the cloud downward
}

// Verdict is what to do with a batch: apply Fresh (possibly none), move the
// cursor to Ack.Position(), commit, and only then send Ack.
type Verdict struct {
	Fresh []journal.Record
	Ack   *Ack
}

// Judge compares a batch with the cursor. known tells the hash of a record
// received earlier, so that a late repetition with other content is noticed; it
// may be nil for a receiver that keeps none. A batch whose checkpoint is not
// rightly signed is refused and changes nothing.
func (r Receiver) Judge(cursor journal.Position, b *Batch, known func(seq uint64) (sm.Digest, bool)) Verdict {
	ack := &Ack{Lane: b.Lane, Session: b.Session, Number: b.Number, Through: cursor.Seq, Hash: cursor.Hash}
	if err := r.trust(b); err != nil {
		ack.Status, ack.Reason = StatusRefused, fault.From(err).Code
		return Verdict{Ack: ack}
	}
	if b.Prev.Seq > cursor.Seq {
		ack.Status, ack.Want = StatusGap, cursor.Seq+1
		return Verdict{Ack: ack}
	}
	if contradicts(cursor, b, known) {
		ack.Status, ack.Reason = StatusFork, ErrFork.Code
		return Verdict{Ack: ack}
	}
	ack.Status = StatusOK
	last := b.Last()
	if last.Seq <= cursor.Seq {
		return Verdict{Ack: ack}
	}
	ack.Through, ack.Hash = last.Seq, last.Hash
	return Verdict{Fresh: b.Records[cursor.Seq-b.Prev.Seq:], Ack: ack}
}

// trust checks that the batch is the node's own. That its records lead from
// Prev to the checkpoint, DecodeFrame has seen to.
func (r Receiver) trust(b *Batch) error {
	c := b.Checkpoint
	if c.Node != r.Node || c.Lane != b.Lane || c.Position != b.Last() || len(b.Records) == 0 {
		return ErrChain.Withf("checkpoint of %s/%s at %d", c.Node, c.Lane, c.Seq)
	}
	return c.Verify(r.Key)
}

// contradicts finds any place where the batch and what is here differ.
func contradicts(cursor journal.Position, b *Batch, known func(uint64) (sm.Digest, bool)) bool {
	differs := func(p journal.Position) bool {
		if p.Seq == cursor.Seq {
			return p.Hash != cursor.Hash
		}
		if p.Seq > cursor.Seq || known == nil {
			return false
		}
		h, ok := known(p.Seq)
		return ok && h != p.Hash
	}
	if differs(b.Prev) {
		return true
	}
	for _, r := range b.Records {
		if r.Seq == cursor.Seq {
			return differs(r.Position())
		}
	}
	return differs(b.Last())
}
