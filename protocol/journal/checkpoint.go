package journal

import (
	"encoding/binary"
	"time"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// Checkpoint is a node's signed word that its lane stood at a position. It
// travels with every batch: a receiver that has verified the chain up to it
// knows that the records are the node's own, whoever carried them.
type Checkpoint struct {
	Node string
	Lane string
	Position
	At  time.Time
	Sig []byte
}

// Limits of a checkpoint's fields, in bytes.
const (
	maxName = 64
	maxSig  = 256
)

// ErrSignature means that a checkpoint was not signed by the expected key.
var ErrSignature = fault.New(fault.Forbidden, "journal.checkpoint.signature", "签名校验不通过，数据来源不可信，请联系技术支持")

// checkpointLabel keeps a checkpoint's signature from being valid for anything
// else signed with the same key.
const checkpointLabel = "huyun journal checkpoint v1\x00"

func (c Checkpoint) message() []byte {
	b := append([]byte(checkpointLabel), byte(len(c.Node)))
	b = append(b, c.Node...)
	b = append(b, byte(len(c.Lane)))
	b = append(b, c.Lane...)
	b = binary.BigEndian.AppendUint64(b, c.Seq)
	b = append(b, c.Hash[:]...)
	return binary.BigEndian.AppendUint64(b, uint64(c.At.UnixMicro()))
}

// Sign fills in At (whole microseconds, UTC) and Sig. For an order journal
// Node is the edge it belongs to and the signer is the cloud.
func (c *Checkpoint) Sign(by sm.Signer, at time.Time) error {
	if len(c.Node) > maxName || len(c.Lane) > maxName {
		return ErrSize.Withf("checkpoint names")
	}
	c.At = at.UTC().Truncate(time.Microsecond)
	sig, err := by.Sign(c.message())
	if err != nil {
		return err
	}
	c.Sig = sig
	return nil
}

// Verify fails with journal.checkpoint.signature unless pub signed exactly
// this checkpoint.
func (c Checkpoint) Verify(pub *sm.PublicKey) error {
	if len(c.Node) > maxName || len(c.Lane) > maxName {
		return ErrSignature.Withf("names too long")
	}
	if err := sm.Verify(pub, c.message(), c.Sig); err != nil {
		return ErrSignature.With(err)
	}
	return nil
}

// AppendCheckpoint writes c behind dst: version, node, lane, seq, hash, time,
// signature.
func AppendCheckpoint(dst []byte, c Checkpoint) []byte {
	dst = append(dst, version, byte(len(c.Node)))
	dst = append(dst, c.Node...)
	dst = append(dst, byte(len(c.Lane)))
	dst = append(dst, c.Lane...)
	dst = binary.BigEndian.AppendUint64(dst, c.Seq)
	dst = append(dst, c.Hash[:]...)
	dst = binary.BigEndian.AppendUint64(dst, uint64(c.At.UnixMicro()))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(c.Sig)))
	return append(dst, c.Sig...)
}

// DecodeCheckpoint reads what AppendCheckpoint wrote and says how many bytes
// it took. It does not verify the signature.
func DecodeCheckpoint(b []byte) (Checkpoint, int, error) {
	d := decoder{rest: b}
	if v := d.take(1); d.bad || v[0] != version {
		return Checkpoint{}, 0, ErrFormat.Withf("not a version %d checkpoint", version)
	}
	var c Checkpoint
	c.Node = string(d.take(d.length(1, maxName)))
	c.Lane = string(d.take(d.length(1, maxName)))
	c.Seq = d.uint64()
	copy(c.Hash[:], d.take(len(c.Hash)))
	c.At = time.UnixMicro(int64(d.uint64())).UTC()
	c.Sig = append([]byte{}, d.take(d.length(2, maxSig))...)
	if d.bad {
		return Checkpoint{}, 0, ErrFormat.Withf("checkpoint cut short or outside limits")
	}
	return c, len(b) - len(d.rest), nil
}
