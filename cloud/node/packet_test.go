package node

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/topic"
)

// packed is a packet of recs, per records a frame, as a venue exports it.
func (f field) packed(t *testing.T, key *sm.SoftKey, recs []journal.Record, per int) []byte {
	t.Helper()
	var out bytes.Buffer
	p, err := link.NewPacket(&out, f.node.ID)
	require.NoError(t, err)
	for i := 0; i < len(recs); i += per {
		part := recs[i:min(i+per, len(recs))]
		cp := journal.Checkpoint{Node: f.node.ID, Lane: journal.LaneExam, Position: part[len(part)-1].Position()}
		require.NoError(t, cp.Sign(key, f.now))
		raw, err := link.EncodeFrame(&link.Batch{
			Lane: journal.LaneExam, Session: 1, Number: uint64(i + 1), Prev: before(recs, i), Records: part, Checkpoint: cp,
		})
		require.NoError(t, err)
		sealed, err := envelope.Seal(key, f.CA.Cloud().Public(), []byte(topic.Up(f.node.ID)), raw)
		require.NoError(t, err)
		require.NoError(t, p.Add(sealed))
	}
	require.NoError(t, p.Close())
	return out.Bytes()
}

func (f field) bring(raw []byte) (Brought, error) {
	return f.Bring(as("anna", PermPacket), bytes.NewReader(raw))
}

func TestAPacketCountsOnceHoweverOftenItIsBrought(t *testing.T) {
	t.Parallel()
	w := newField(t)
	recs := chain(25, "ok")
	_, err := w.send(t, recs[:7], journal.Position{}) // the link had come this far
	require.NoError(t, err)
	raw := w.packed(t, w.key, recs, 10)
	got, err := w.bring(raw)
	require.NoError(t, err)
	require.Equal(t, Brought{Node: w.node.ID, Name: w.node.Name, Venue: w.node.Venue, Frames: 3, Records: 25, Fresh: 18}, got)
	again, err := w.bring(raw)
	require.NoError(t, err)
	require.Equal(t, 0, again.Fresh)
	require.Empty(t, again.Problem)
	_, err = w.send(t, recs[20:], before(recs, 20)) // and the link, late
	require.NoError(t, err)
	require.Len(t, w.ledger.seen, 25)
	require.Contains(t, w.acts.seen, PermPacket)
}

func TestPacketsThatAreNotTaken(t *testing.T) {
	t.Parallel()
	w := newField(t)
	recs := chain(20, "ok")
	raw := w.packed(t, w.key, recs, 10)
	edited := bytes.Clone(raw)
	edited[len(edited)-1] ^= 1
	thief, err := sm.Generate()
	require.NoError(t, err)
	var late bytes.Buffer
	p, err := link.NewPacket(&late, w.node.ID)
	require.NoError(t, err)
	reader, err := link.OpenPacket(bytes.NewReader(raw))
	require.NoError(t, err)
	_, err = reader.Next()
	require.NoError(t, err)
	second, err := reader.Next()
	require.NoError(t, err)
	require.NoError(t, p.Add(second))
	require.NoError(t, p.Close())
	for _, c := range []struct {
		code string
		in   []byte
	}{
		{"link.packet.format", []byte("PK\x03\x04 a workbook")},
		{"link.packet.format", raw[:40]},
		{"node.packet.sender", w.packed(t, thief, recs, 10)},
		{"node.packet.gap", late.Bytes()},
	} {
		_, err := w.bring(c.in)
		require.True(t, fault.Is(err, c.code), "%s: %v", c.code, err)
		require.NotEmpty(t, fault.From(err).Text)
	}
	require.Empty(t, w.ledger.seen, "nothing was changed")

	_, err = w.Bring(as("ben"), bytes.NewReader(raw))
	require.Equal(t, fault.Forbidden, fault.KindOf(err))
	elsewhere := auth.With(context.Background(), auth.Actor{
		ID: "c", Kind: auth.KindStaff, Username: "c", Scope: auth.Scope{Venues: []string{"v-2"}}, Perms: auth.NewPerms(PermPacket),
	})
	_, err = w.Bring(elsewhere, bytes.NewReader(raw))
	require.Error(t, err)

	got, err := w.bring(edited)
	require.NoError(t, err)
	require.Equal(t, 10, got.Fresh, "what is sound is kept")
	require.NotEmpty(t, got.Problem)
	got, err = w.bring(raw)
	require.NoError(t, err)
	require.Empty(t, got.Problem, "the same made good")
	require.Len(t, w.ledger.seen, 20)
}

// TestAPacketWithADamagedHeadIsNamed: whatever bit of the head has turned, the
// answer is about the file and says what to do, never that a record is missing.
func TestAPacketWithADamagedHeadIsNamed(t *testing.T) {
	t.Parallel()
	w := newField(t)
	raw := w.packed(t, w.key, chain(3, "ok"), 10)
	head := len("HUYUNUP1") + 1 + len(w.node.ID)
	codes := map[string]int{}
	for i := range head {
		for bit := range 8 {
			bad := bytes.Clone(raw)
			bad[i] ^= 1 << bit
			_, err := w.bring(bad)
			require.Error(t, err, "byte %d, bit %d", i, bit)
			f := fault.From(err)
			require.Contains(t, []string{"link.packet.format", "node.packet.unknown"}, f.Code, "byte %d, bit %d", i, bit)
			require.Contains(t, f.Text, "重新导出")
			codes[f.Code]++
		}
	}
	require.Positive(t, codes["node.packet.unknown"], "a letter of the name has become another")
	require.Empty(t, w.ledger.seen)
	elsewhere := auth.With(context.Background(), auth.Actor{
		ID: "c", Kind: auth.KindStaff, Username: "c", Scope: auth.Scope{Venues: []string{"v-2"}}, Perms: auth.NewPerms(PermPacket),
	})
	_, err := w.Bring(elsewhere, bytes.NewReader(raw))
	require.True(t, fault.Is(err, "node.packet.unknown"), "a device out of sight is answered like one that is not there: %v", err)
	got, err := w.bring(raw)
	require.NoError(t, err)
	require.Equal(t, 3, got.Fresh)
}

// TestTheReturnPacket holds our answers and what the node has not confirmed, for
// the node alone.
func TestTheReturnPacket(t *testing.T) {
	t.Parallel()
	w := newField(t)
	recs := chain(5, "ok")
	_, err := w.send(t, recs, journal.Position{})
	require.NoError(t, err)
	for _, subject := range []string{"a", "b", "c"} {
		require.NoError(t, w.DB.InTx(t.Context(), func(tx pgx.Tx) error {
			return w.Orders.Append(t.Context(), tx, w.node.ID, journal.LaneExam, "k", subject, map[string]string{})
		}))
	}
	require.NoError(t, w.Orders.Confirm(t.Context(), w.DB, w.node.ID, journal.LaneExam, 1))
	var out bytes.Buffer
	require.NoError(t, w.Return(as("anna", PermPacket), &out, w.node.ID))
	p, err := link.OpenReturn(&out)
	require.NoError(t, err)
	require.Equal(t, w.node.ID, p.Node())
	var subjects []string
	through := map[string]uint64{}
	for {
		sealed, err := p.Next()
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			break
		}
		plain, err := envelope.Open(w.key, w.CA.Cloud().Public(), []byte(topic.Down(w.node.ID)), sealed)
		require.NoError(t, err)
		frame, err := link.DecodeFrame(plain)
		require.NoError(t, err)
		switch f := frame.(type) {
		case *link.Ack:
			through[f.Lane] = f.Through
		case *link.Batch:
			require.EqualValues(t, 1, f.Prev.Seq)
			for _, r := range f.Records {
				subjects = append(subjects, r.Subject)
			}
		}
	}
	require.Equal(t, []string{"b", "c"}, subjects)
	require.Equal(t, map[string]uint64{journal.LaneExam: 5, journal.LaneRest: 0}, through)
	require.Contains(t, w.acts.seen, "node.packet.return")
	require.Equal(t, fault.Forbidden, fault.KindOf(w.Return(as("ben"), &out, w.node.ID)))
}
