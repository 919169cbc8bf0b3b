package uplink_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/topic"
	"huyun.internal/protocol/wire"
)

// back is a return packet: the centre's answer to the exam lane, and orders.
func back(t *testing.T, to string, from *sm.SoftKey, key *sm.PublicKey, through journal.Position, prev journal.Position, orders ...journal.Record) []byte {
	t.Helper()
	var out bytes.Buffer
	p, err := link.NewReturn(&out, to)
	require.NoError(t, err)
	frames := []link.Frame{&link.Ack{Lane: journal.LaneExam, Status: link.StatusOK, Through: through.Seq, Hash: through.Hash}}
	if len(orders) > 0 {
		cp := journal.Checkpoint{Node: to, Lane: journal.LaneExam, Position: orders[len(orders)-1].Position()}
		require.NoError(t, cp.Sign(from, time.Now()))
		frames = append(frames, &link.Batch{Lane: journal.LaneExam, Number: 1, Prev: prev, Records: orders, Checkpoint: cp})
	}
	for _, f := range frames {
		raw, err := link.EncodeFrame(f)
		require.NoError(t, err)
		sealed, err := envelope.Seal(from, key, []byte(topic.Down(to)), raw)
		require.NoError(t, err)
		require.NoError(t, p.Add(sealed))
	}
	require.NoError(t, p.Close())
	return out.Bytes()
}

// TestWhatComesBackOnAStick: the centre's answers and orders count once, an old
// packet takes nothing back, and nobody else's counts at all.
func TestWhatComesBackOnAStick(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	u := s.client(t)
	var got []string
	u.OnOrder(func(_ context.Context, _ *store.Tx, o wire.Order) error { got = append(got, o.Subject); return nil })
	s.append(t, journal.LaneExam, 5)
	at := func(seq uint64) journal.Position {
		hash, err := s.store.Journal(journal.LaneExam).HashAt(seq)
		require.NoError(t, err)
		return journal.Position{Seq: seq, Hash: hash}
	}
	one := journal.Next(sm.Digest{}, 1, time.Now(), wire.OrderReceipt, "a", []byte("{}"))
	two := journal.Next(one.Hash, 2, time.Now(), wire.OrderReceipt, "b", []byte("{}"))
	take := func(raw []byte) (int, uint64, error) {
		out, err := u.TakeReturn(t.Context(), bytes.NewReader(raw))
		return out.Orders, out.Confirmed, err
	}
	old := back(t, node, s.cloud.key, s.key.Public(), at(2), journal.Position{}, one)
	for i, want := range []int{1, 0} {
		orders, confirmed, err := take(old)
		require.NoError(t, err)
		require.Equal(t, []uint64{uint64(want), uint64(2 * want)}, []uint64{uint64(orders), confirmed}, "time %d", i)
	}
	_, confirmed, err := take(back(t, node, s.cloud.key, s.key.Public(), at(5), journal.Position{}, one, two))
	require.NoError(t, err)
	require.EqualValues(t, 3, confirmed)
	_, _, err = take(old)
	require.NoError(t, err)
	require.EqualValues(t, 5, s.store.Acked(journal.LaneExam).Seq, "an old packet takes nothing back")
	require.Equal(t, []string{"a", "b"}, got)
	require.Zero(t, u.Status().Unacked)

	thief, err := sm.Generate()
	require.NoError(t, err)
	three := journal.Next(two.Hash, 3, time.Now(), wire.OrderReceipt, "c", []byte("{}"))
	four := journal.Next(three.Hash, 4, time.Now(), wire.OrderReceipt, "d", []byte("{}"))
	s.append(t, journal.LaneExam, 1)
	six := at(6)
	six.Hash[0] ^= 1
	damagedHead(t, back(t, node, s.cloud.key, s.key.Public(), at(5), journal.Position{}), take)
	for code, raw := range map[string][]byte{
		"link.return.format":   []byte("HUYUNUP1 that is one of ours"),
		"uplink.return.node":   back(t, "another", s.cloud.key, s.key.Public(), at(5), journal.Position{}),
		"uplink.return.sender": back(t, node, thief, s.key.Public(), at(5), journal.Position{}),
		"uplink.return.gap":    back(t, node, s.cloud.key, s.key.Public(), at(5), three.Position(), four),
		"store.ack.fork":       back(t, node, s.cloud.key, s.key.Public(), six, journal.Position{}),
	} {
		_, _, err := take(raw)
		require.True(t, fault.Is(err, code), "%s: %v", code, err)
	}
	require.EqualValues(t, 5, s.store.Acked(journal.LaneExam).Seq)
	require.Len(t, got, 2)
}

// damagedHead turns every bit of a packet's head: the answer is about the file and
// says what to do, and nothing is taken in.
func damagedHead(t *testing.T, raw []byte, take func([]byte) (int, uint64, error)) {
	t.Helper()
	first, name := len("HUYUNDN1"), len("HUYUNDN1")+1
	named := 0
	for i := range name + len(node) {
		for bit := range 8 {
			bad := bytes.Clone(raw)
			bad[i] ^= 1 << bit
			orders, confirmed, err := take(bad)
			require.Zero(t, uint64(orders)+confirmed)
			f := fault.From(err)
			want := []string{"link.return.format", "uplink.return.head"}
			if i == first { // the name's length: what follows is out of step
				want = append(want, "uplink.return.node")
			}
			require.Contains(t, want, f.Code, "byte %d, bit %d: %v", i, bit, err)
			require.Contains(t, f.Text, "重新导出")
			if f.Code == "uplink.return.head" {
				named++
			}
		}
	}
	require.Positive(t, named, "a letter of the name has become another")
}
