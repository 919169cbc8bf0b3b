package sitting_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// morning is the journal of a small sitting: two candidates, one moved, one
// irregularity, many saves in no order of revision.
func morning(t *testing.T, s *examtest.Story, id string) []journal.Record {
	t.Helper()
	list, err := s.Sittings.Candidates(s.As("boss"), id, sitting.CandidateFilter{}, db.Page{})
	require.NoError(t, err)
	var out []journal.Record
	add := func(kind string, body any) {
		s.Clock.Advance(time.Second)
		out = append(out, s.Device.Record(t, s.Clock.Now(), kind, id, body))
	}
	for i, c := range list.Items {
		attempt := fmt.Sprintf("attempt-%d", i)
		add(wire.KindVerification, wire.Verification{ID: "v" + attempt, Sitting: id, Candidate: c.ID, Stage: wire.StageEntry, Score: .91, Threshold: .8, Engine: "classic", Demo: true, Faces: 1, Decision: wire.DecisionPass, By: "machine"})
		add(wire.KindCheckin, wire.Checkin{Sitting: id, Candidate: c.ID, Admitted: true, Verification: "v" + attempt, By: "proctor"})
		add(wire.KindLogin, wire.Login{Sitting: id, Candidate: c.ID, Attempt: attempt, Seat: c.Seat, Terminal: "t1", Fence: 1})
		add(wire.KindPaperIssued, wire.PaperIssued{Sitting: id, Candidate: c.ID, Attempt: attempt, Digest: "d" + attempt, Questions: 10})
		add(wire.KindStarted, wire.Started{Sitting: id, Attempt: attempt, Duration: time.Hour})
		for _, rev := range []uint64{2, 1, 3} {
			for q := 1; q <= 4; q++ {
				add(wire.KindAnswer, wire.Answer{Sitting: id, Attempt: attempt, Item: fmt.Sprint(q), Revision: rev, Choice: []string{string("ABC"[rev-1])}, Fence: 1, Counter: rev})
			}
		}
		add(wire.KindAnswer, wire.Answer{Sitting: id, Attempt: attempt, Item: "4", Revision: 9, Choice: nil})
	}
	add(wire.KindSeatMoved, wire.SeatMoved{Sitting: id, Attempt: "attempt-0", From: "A01", To: "B07", Fence: 2, Reason: "键盘坏", By: "proctor"})
	add(wire.KindPaused, wire.Paused{Sitting: id, Attempt: "attempt-0", By: "proctor"})
	add(wire.KindResumed, wire.Paused{Sitting: id, Attempt: "attempt-0", By: "proctor"})
	add(wire.KindTimeExtended, wire.TimeExtended{ID: "x", Sitting: id, By: "chief", Extra: time.Minute})
	add(wire.KindAlarm, wire.Alarm{ID: "al", Sitting: id, Level: wire.AlarmYellow, Code: "face.low", Text: "相似度低"})
	add(wire.KindIrregularity, wire.Irregularity{ID: "ir", Sitting: id, Candidate: list.Items[1].ID, Code: "V02", Note: "手机响", By: "proctor"})
	add(wire.KindAudit, wire.Audit{Seq: 1, Actor: "proctor", Action: "seat.move"})
	add(wire.KindHandin, wire.Handin{Sitting: id, Attempt: "attempt-0", How: "candidate", Answered: 3, Answers: "x", Score: 30, Used: time.Minute})
	return out
}

// Complaint 11 (update 3 comes before 1 and 2), at the centre: two, one, three,
// and all of it again. The highest revision counts and nobody is told of a
// conflict.
func TestProjectionIsTheSameHoweverItComes(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in, _ := s.Released(t, 2)
	recs := morning(t, s, in.ID)
	require.NoError(t, s.Apply(recs...))
	whole := dbtest.Snapshot(t, s.DB)
	board, err := s.Sittings.Board(boss(s), in.ID)
	require.NoError(t, err)
	require.Equal(t, map[string]int{sitting.SeatHandedIn: 1, sitting.SeatAnswering: 1}, board.Counts)
	require.Equal(t, 26, board.Saves)
	require.Equal(t, "B07", board.Seats[0].Seat)
	require.Equal(t, 3, board.Seats[0].Answered, "the fourth was cleared by a later revision")
	require.Equal(t, sitting.Running, board.Sitting.State)
	require.Empty(t, board.Notes)
	require.NotContains(t, board.Seats[0].Name, "三", "names are masked")
	var choice []string
	err = s.DB.QueryRow(context.Background(), `SELECT choice FROM exam_answer WHERE attempt = 'attempt-0' AND item = '1' ORDER BY revision DESC LIMIT 1`).Scan(&choice)
	require.NoError(t, err)
	require.Equal(t, []string{"C"}, choice, "the highest revision, not the last to come")

	require.NoError(t, s.Apply(recs...), "all of it again")
	require.Equal(t, whole, dbtest.Snapshot(t, s.DB))
	for _, r := range recs {
		require.NoError(t, s.Apply(r), "one by one")
	}
	require.Equal(t, whole, dbtest.Snapshot(t, s.DB))
}

// Records of a node come in order; what must not matter is how they are cut
// into batches and how often a batch is repeated.
func TestProjectionInRandomBatches(t *testing.T) {
	t.Parallel()
	one, other := examtest.NewStory(t), examtest.NewStory(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	tables := []string{"exam_answer", "exam_attempt", "exam_handin", "exam_event", "exam_alarm"}
	var counts [2][]int
	for i, s := range []*examtest.Story{one, other} {
		in, _ := s.Released(t, 2)
		recs := morning(t, s, in.ID)
		if i == 0 {
			require.NoError(t, s.Apply(recs...))
		}
		for from := 0; i == 1 && from < len(recs); {
			to := min(len(recs), from+1+rng.IntN(7))
			for range 1 + rng.IntN(3) {
				require.NoError(t, s.Apply(recs[from:to]...))
			}
			from = max(from+1, to-rng.IntN(3))
		}
		for _, table := range tables {
			var n int
			require.NoError(t, s.DB.QueryRow(context.Background(), "SELECT count(*) FROM "+table).Scan(&n))
			counts[i] = append(counts[i], n)
		}
		var extra int64
		require.NoError(t, s.DB.QueryRow(context.Background(), `SELECT max(extra_ms) FROM exam_attempt`).Scan(&extra))
		require.Equal(t, int64(60000), extra, "granted once")
	}
	require.Equal(t, counts[0], counts[1])
}

func boss(s *examtest.Story) context.Context { return s.As("boss") }

func TestRecordsThatCanNeverBeApplied(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in, _ := s.Released(t, 1)
	before := dbtest.Snapshot(t, s.DB)
	rec := func(kind, subject string, body any) journal.Record {
		return s.Device.Record(t, s.Clock.Now(), kind, subject, body)
	}
	for name, c := range map[string]struct {
		rec  journal.Record
		code string
	}{
		"unknown sitting":    {rec(wire.KindStarted, "none", wire.Started{Sitting: "none"}), "exam.record.venue"},
		"other subject":      {rec(wire.KindAnswer, "none", wire.Answer{Sitting: in.ID}), "exam.record.subject"},
		"not json":           {journal.Record{Seq: 1, Kind: wire.KindHandin, Subject: in.ID, Body: []byte("{")}, "wire.body.format"},
		"revision too big":   {rec(wire.KindAnswer, in.ID, wire.Answer{Sitting: in.ID, Revision: math.MaxUint64}), "exam.record.range"},
		"fence too big":      {rec(wire.KindLogin, in.ID, wire.Login{Sitting: in.ID, Fence: math.MaxUint64}), "exam.record.range"},
		"choice of two":      {rec(wire.KindAnswer, in.ID, wire.Answer{Sitting: in.ID, Choice: []string{"A,B"}}), "exam.record.choice"},
		"no decision":        {rec(wire.KindVerification, in.ID, wire.Verification{Sitting: in.ID, Decision: "maybe"}), "exam.record.decision"},
		"request without id": {rec(wire.KindOpeningRequested, in.ID, wire.OpeningRequested{Sitting: in.ID}), "exam.record.request"},
	} {
		err := s.Apply(c.rec)
		examtest.RequireFault(t, err, c.code)
		require.Equal(t, before, dbtest.Snapshot(t, s.DB), name)
	}
	require.NoError(t, s.Apply(rec("hall.ticket.called", "x", map[string]any{})), "other domains' kinds are passed over")

	stranger := s.Device.Node
	s.Device.Node = "node-2" // the sitting is not at the venue of node-1 any more
	s.Device.VenueID = "elsewhere"
	err := s.Apply(rec(wire.KindAnswer, in.ID, wire.Answer{Sitting: in.ID, Attempt: "a", Item: "1", Revision: 1}))
	examtest.RequireFault(t, err, "exam.record.venue")
	s.Device.Node = stranger
}

func TestContradictionsAreKeptAndShown(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in, _ := s.Released(t, 1)
	id := in.ID
	save := func(choice string) {
		s.Report(t, wire.KindAnswer, id, wire.Answer{Sitting: id, Attempt: "a", Item: "1", Revision: 5, Choice: []string{choice}})
	}
	save("A")
	save("A") // the same answer in another record contradicts nothing
	board, err := s.Sittings.Board(boss(s), id)
	require.NoError(t, err)
	require.Empty(t, board.Notes)
	save("B")
	s.Report(t, wire.KindPaperIssued, id, wire.PaperIssued{Sitting: id, Attempt: "a", Digest: "one"})
	s.Report(t, wire.KindPaperIssued, id, wire.PaperIssued{Sitting: id, Attempt: "a", Digest: "two"})
	s.Report(t, wire.KindHandin, id, wire.Handin{Sitting: id, Attempt: "a", Score: 10})
	s.Report(t, wire.KindHandin, id, wire.Handin{Sitting: id, Attempt: "a", Score: 20})
	s.Report(t, wire.KindClosed, id, wire.Closed{Sitting: id, Booked: 1})
	s.Report(t, wire.KindClosed, id, wire.Closed{Sitting: id, Booked: 2})
	s.Report(t, wire.KindPackReceived, id, wire.PackReceived{Sitting: id, Pack: "never sent", OK: true})
	board, err = s.Sittings.Board(boss(s), id)
	require.NoError(t, err)
	var codes []string
	for _, n := range board.Notes {
		codes = append(codes, n.Code)
	}
	require.ElementsMatch(t, []string{"answer.revision", "paper.reissued", "handin.twice", "closed.twice", "pack.unknown"}, codes)
	require.Equal(t, sitting.Closed, board.Sitting.State)
	var choice []string
	require.NoError(t, s.DB.QueryRow(context.Background(), `SELECT choice FROM exam_answer WHERE attempt = 'a'`).Scan(&choice))
	require.Equal(t, []string{"A"}, choice, "the first stays")
}

func TestUnlockedOfflineIsReported(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in, m := s.Dispatched(t, 1)
	s.Report(t, wire.KindOpened, in.ID, wire.Opened{Sitting: in.ID, Pack: m.Pack, By: "unlock-code"})
	s.Report(t, wire.KindStarted, in.ID, wire.Started{Sitting: in.ID, Attempt: "a", Duration: time.Hour})
	got, err := s.Sittings.Get(boss(s), in.ID)
	require.NoError(t, err)
	require.Equal(t, sitting.Running, got.State)
	receipts, err := s.Sittings.Receipts(boss(s), in.ID)
	require.NoError(t, err)
	for _, r := range receipts {
		require.Equal(t, r.Kind != sitting.ReceiptOpened, r.OK, r.Kind)
	}
	status, body := s.Do("boss", http.MethodGet, "/api/v1/exam/venue-board", nil)
	require.Equal(t, http.StatusOK, status, string(body))
}

// Complaint 7 (a moved candidate's old seat wakes), at the centre: a login of the
// old seat that comes late does not move the candidate back.
func TestStaleFenceDoesNotTakeTheSeatBack(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in, _ := s.Released(t, 1)
	list, err := s.Sittings.Candidates(boss(s), in.ID, sitting.CandidateFilter{}, db.Page{})
	require.NoError(t, err)
	login := func(seat string, fence uint64) {
		s.Report(t, wire.KindLogin, in.ID, wire.Login{Sitting: in.ID, Candidate: list.Items[0].ID, Attempt: "a", Seat: seat, Fence: fence})
	}
	login("A01", 1)
	login("B01", 3)
	login("A01", 2)
	board, err := s.Sittings.Board(boss(s), in.ID)
	require.NoError(t, err)
	require.Equal(t, "B01", board.Seats[0].Seat)
}

func TestAReceiptSaysWhatWasWaivedAndHowThePackageCame(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in, m := s.Dispatched(t, 1)
	for _, via := range []string{"h3", "https", "usb", ""} {
		s.Report(t, wire.KindPackReceived, in.ID, wire.PackReceived{Sitting: in.ID, Pack: m.Pack, Size: m.Size, Via: via, OK: true})
	}
	good := wire.Check{Code: "disk", Name: "磁盘空间", OK: true}
	waived := wire.Check{Code: "terminal", Name: "考试机", OK: true, Waived: "只来了两台"}
	for _, p := range []wire.Preflight{
		{Green: true, Checks: []wire.Check{good}},
		{Green: true, Checks: []wire.Check{good, waived}},
		{Green: true, Checks: []wire.Check{good, {Code: "portrait", Name: "参考照", OK: true, Warn: true, Detail: "1 人的参考照无法使用，入场时请人工核对：2601"}}},
		{Checks: []wire.Check{{Code: "key", Name: "本机密钥"}, waived}},
	} {
		p.Sitting = in.ID
		s.Report(t, wire.KindPreflight, in.ID, p)
	}
	receipts, err := s.Sittings.Receipts(s.As("boss"), in.ID)
	require.NoError(t, err)
	var texts []string
	for _, r := range receipts {
		if r.Kind == sitting.ReceiptReceived || r.Kind == sitting.ReceiptPreflight {
			texts = append(texts, r.Text)
		}
	}
	require.ElementsMatch(t, []string{
		"考题包已收齐并通过验证，经 HTTP/3 下载", "考题包已收齐并通过验证，经 HTTPS 下载", "考题包已收齐并通过验证，经 U 盘导入", "考题包已收齐并通过验证",
		"考前检查 1 项全部通过", "考前检查 2 项全部通过；请注意参考照：1 人的参考照无法使用，入场时请人工核对：2601",
		"考前检查 2 项通过，其中豁免 1 项：考试机（只来了两台）", "考前检查 2 项中 1 项未通过，其中豁免 1 项：考试机（只来了两台）",
	}, texts)
}
