package examtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/exam/pack"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// Hall is an honest venue holding a sitting: it opens the package with the
// released half and makes papers and scores as the edge does.
type Hall struct {
	Sitting string
	Roster  *pack.Roster
	Paper   *pack.Paper
	Index   *exam.Index
	Plan    *exam.Plan
	Closed  wire.Closed

	digests map[string]string
}

// Pack is the package that a manifest announces, and its bytes.
func (s *Story) Pack(t testing.TB, m wire.PackManifest) (*pack.Package, []byte) {
	t.Helper()
	digest, err := sm.ParseDigest(m.Pack)
	require.NoError(t, err)
	r, size, err := s.Blobs.Open(context.Background(), digest)
	require.NoError(t, err)
	raw, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	p, err := pack.Open(bytes.NewReader(raw), size, s.Keys.Cloud().Public())
	require.NoError(t, err)
	return p, raw
}

// Open opens the package of a released sitting.
func (s *Story) Open(t testing.TB, sittingID string, m wire.PackManifest) *Hall {
	t.Helper()
	p, _ := s.Pack(t, m)
	keys := Orders[wire.KeyRelease](t, s.Device, wire.OrderKeyRelease)
	require.NotEmpty(t, keys)
	h := &Hall{Sitting: sittingID, digests: map[string]string{}}
	var err error
	h.Roster, err = p.Roster(s.Device.Key)
	require.NoError(t, err)
	h.Paper, err = p.Paper(s.Device.Key, keys[len(keys)-1].Half)
	require.NoError(t, err)
	h.Index, err = exam.NewIndex(h.Paper.Range)
	require.NoError(t, err)
	h.Plan, err = exam.Prepare(h.Paper.Rule, h.Index)
	require.NoError(t, err)
	s.Report(t, wire.KindOpened, sittingID, wire.Opened{Sitting: sittingID, Pack: m.Pack, By: "release"})
	h.Closed = wire.Closed{Sitting: sittingID, By: "chief", Booked: len(h.Roster.Candidates)}
	return h
}

// PaperOf is a candidate's paper.
func (h *Hall) PaperOf(candidate string) exam.Paper {
	return h.Plan.Paper(exam.SeedFor(h.Paper.Secret, h.Sitting, candidate), h.Paper.Recent[candidate]...)
}

// Sit is one candidate's whole exam: right gives how many of the items are
// answered right, the rest are answered wrong after a change of mind.
func (s *Story) Sit(t testing.TB, h *Hall, candidate, right int) {
	t.Helper()
	c := h.Roster.Candidates[candidate]
	attempt := fmt.Sprintf("attempt-%02d", candidate)
	var recs []journal.Record
	add := func(kind string, body any) {
		s.Clock.Advance(time.Second)
		recs = append(recs, s.Device.Record(t, s.Clock.Now(), kind, h.Sitting, body))
	}
	paper := h.PaperOf(c.ID)
	add(wire.KindCheckin, wire.Checkin{Sitting: h.Sitting, Candidate: c.ID, Admitted: true})
	add(wire.KindLogin, wire.Login{Sitting: h.Sitting, Candidate: c.ID, Attempt: attempt, Seat: c.Seat, Fence: 1})
	add(wire.KindPaperIssued, wire.PaperIssued{Sitting: h.Sitting, Candidate: c.ID, Attempt: attempt, Digest: paper.Digest().String(), Questions: len(paper.Items)})
	add(wire.KindStarted, wire.Started{Sitting: h.Sitting, Attempt: attempt, Duration: time.Hour})
	var replies []exam.Response
	save := func(r exam.Response) {
		replies = append(replies, r)
		add(wire.KindAnswer, wire.Answer{Sitting: h.Sitting, Attempt: attempt, Item: r.Item, Revision: r.Revision, Choice: r.Choice})
		h.Closed.Answers++
	}
	for i, it := range paper.Items {
		q, ok := h.Index.Question(it.Question)
		require.True(t, ok)
		if it.Sub > 0 {
			q = &q.Sub[it.Sub-1]
		}
		if i < right {
			save(exam.Response{Item: it.No, Revision: 1, Choice: q.Answer})
			continue
		}
		wrong := []string{"F"}
		if q.Answer[0] == "F" || (q.Type != exam.TF && q.Answer[0] != "C") {
			wrong = []string{map[bool]string{true: "T", false: "C"}[q.Type == exam.TF]}
		} else if q.Type != exam.TF {
			wrong = []string{"D"}
		}
		save(exam.Response{Item: it.No, Revision: 1, Choice: q.Answer})
		save(exam.Response{Item: it.No, Revision: 2, Choice: wrong})
	}
	res, err := exam.Score(&paper, h.Index, replies)
	require.NoError(t, err)
	digest := exam.AnswersDigest(replies).String()
	add(wire.KindHandin, wire.Handin{Sitting: h.Sitting, Attempt: attempt, How: "candidate", Answered: res.Answered, Answers: digest, Score: int(res.Total)})
	require.NoError(t, s.Apply(recs...))
	h.digests[attempt] = digest
	h.Closed.Admitted++
	h.Closed.Issued++
	h.Closed.Started++
	h.Closed.Submitted++
}

// Close sends the closing report.
func (s *Story) Close(t testing.TB, h *Hall) {
	t.Helper()
	h.Closed.Absent = h.Closed.Booked - h.Closed.Admitted
	h.Closed.Digest = exam.SittingDigest(h.digests).String()
	s.Report(t, wire.KindClosed, h.Sitting, h.Closed)
}
