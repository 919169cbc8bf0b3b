package dossier_test

import (
	"bytes"
	"net/http"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/dossier"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/score"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/node"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// world is a sitting of two that has run: the first was looked at three times,
// raised an alarm, moved and was noted.
type world struct {
	*examtest.Story
	in       sitting.Sitting
	hall     *examtest.Hall
	records  *dossier.Service
	scores   *score.Service
	path     string
	snapshot []byte
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Story: examtest.NewStory(t)}
	rules := conduct.New(w.DB, w.Keys, w.Audit, w.Clock, w.Sittings)
	w.scores = score.New(w.DB, w.Keys, w.Audit, w.Clock, w.Sittings, rules, credit.New(w.DB, w.Keys, w.Audit, w.Clock, w.Sittings, rules))
	w.records = dossier.New(dossier.Parts{
		DB: w.DB, Keys: w.Keys, Audit: w.Audit, Blobs: w.Blobs, Clock: w.Clock, Nodes: w.Device, Sittings: w.Sittings, Conduct: rules, Scores: w.scores,
	})
	dossier.Register(w.Web, w.records)
	conduct.Register(w.Web, rules)
	w.Staff("reviewer", dossier.PermRead, dossier.PermFetch, dossier.PermFaces, conduct.PermRule, score.PermPublish, score.PermInspect, sitting.PermList)
	w.Staff("scorer", score.PermRun, score.PermConfirm, score.PermReview, dossier.PermRead)
	w.Staff("lister", score.PermList)
	w.Scoped("elsewhere", auth.Scope{Venues: []string{"another"}}, dossier.PermRead, dossier.PermFetch)
	in, m := w.Released(t, 2)
	w.in, w.hall = in, w.Open(t, in.ID, m)
	w.snapshot = examtest.Portrait(t, 99)
	who := w.hall.Roster.Candidates[0].ID
	w.path = "/api/v1/exam/sittings/" + in.ID + "/candidates/" + who
	digest := sm.Sum(w.snapshot).String()
	check := wire.Verification{
		ID: "v1", Sitting: in.ID, Candidate: who, Stage: wire.StageEntry, Score: .62, Threshold: .8, Engine: "classic", Model: "lbp@1", Demo: true,
		Faces: 1, Snapshot: digest, Decision: wire.DecisionManual, By: "machine", Reason: "face.unsure",
	}
	w.Report(t, wire.KindVerification, in.ID, check)
	check.ID, check.Decision, check.By, check.Reason = "v2", wire.DecisionPass, "chen.kaochang", "身份证与本人一致"
	w.Report(t, wire.KindVerification, in.ID, check)
	w.Sit(t, w.hall, 0, 9)
	w.Sit(t, w.hall, 1, 3)
	w.Report(t, wire.KindVerification, in.ID, wire.Verification{
		ID: "v3", Sitting: in.ID, Candidate: who, Stage: wire.StageRandom, Engine: "none", Decision: wire.DecisionPass, By: "liu.jiankao", Reason: "当面核对",
	})
	w.Report(t, wire.KindSeatMoved, in.ID, wire.SeatMoved{Sitting: in.ID, Attempt: "attempt-00", From: "A01", To: "A19", Fence: 2, Reason: "键盘失灵", By: "liu.jiankao"})
	w.Report(t, wire.KindTimeExtended, in.ID, wire.TimeExtended{ID: "e", Sitting: in.ID, By: "chief", Extra: 5 * time.Minute, Reason: "停电"})
	w.Report(t, wire.KindAlarm, in.ID, wire.Alarm{ID: "al", Sitting: in.ID, Candidate: who, Seat: "A19", Level: wire.AlarmRed, Code: "presence.left", Text: "座位 A19 上没有人", Snapshot: digest})
	w.Report(t, wire.KindAlarmCleared, in.ID, wire.AlarmAcknowledged{ID: "al", Sitting: in.ID, By: "liu.jiankao", Note: "已回座"})
	w.Report(t, wire.KindIrregularity, in.ID, wire.Irregularity{ID: "ir", Sitting: in.ID, Candidate: who, Code: "V03", Note: "旁窥", By: "liu.jiankao"})
	return w
}

func (w *world) post(t *testing.T, who, path string, body any, want int, code string) []byte {
	t.Helper()
	status, answer := w.Do(who, http.MethodPost, path, body)
	require.Equal(t, want, status, string(answer))
	if code != "" {
		require.Equal(t, code, examtest.Code(t, answer))
	}
	return answer
}

func (w *world) open(t *testing.T) dossier.Dossier {
	t.Helper()
	return examtest.Decode[dossier.Dossier](t, w.post(t, "reviewer", w.path+"/record", nil, 200, ""))
}

// device is the venue's device, as the gateway knows it.
func (w *world) bring(p wire.Picture) error {
	ctx := auth.With(w.As("boss"), auth.Actor{ID: w.Device.Node, Kind: auth.KindNode, Perms: auth.NewPerms(node.PermPicture)})
	return w.records.Bring(ctx, p)
}

func TestTheWholeRecordOfACandidate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.open(t)
	require.Contains(t, d.Candidate.IDNo, "*")
	require.True(t, d.Candidate.Consent)
	require.True(t, d.Candidate.HasPhoto)
	require.Equal(t, w.in.Number, d.Sitting.Number)
	require.Len(t, d.Checks, 3)
	require.Equal(t, "chen.kaochang", d.Checks[1].Who)
	require.InDelta(t, .62, d.Checks[0].Score, 1e-9)
	require.Len(t, d.Door, 1)
	require.Len(t, d.Alarms, 1)
	require.Equal(t, "已回座", d.Alarms[0].SeenNote)
	require.Len(t, d.Attempts, 1)
	require.Equal(t, d.Attempts[0].Questions, d.Attempts[0].Answered)
	require.Greater(t, d.Attempts[0].Saves, d.Attempts[0].Answered, "a change of mind is a save too")
	require.Equal(t, "candidate", d.Attempts[0].How)
	kinds := map[string]int{}
	for _, e := range d.Events {
		kinds[e.Kind]++
	}
	require.Equal(t, map[string]int{wire.KindLogin: 1, wire.KindSeatMoved: 1, wire.KindTimeExtended: 1}, kinds, "theirs and the room's, nobody else's")
	require.Len(t, d.Irregularities, 1)
	require.Nil(t, d.Result, "before the sitting is scored")
	require.Equal(t, 1, w.Audited(dossier.PermRead), "who opened it is on record")

	before := dbtest.Snapshot(t, w.DB)
	w.post(t, "elsewhere", w.path+"/record", nil, 404, "record.missing")
	w.post(t, "boss", w.path+"/record", nil, 403, "")
	w.post(t, "reviewer", "/api/v1/exam/sittings/"+w.in.ID+"/candidates/nobody/record", nil, 404, "record.missing")
	require.Equal(t, before, dbtest.Snapshot(t, w.DB))
}

// TestPicturesComeFromTheVenueOnRequest: with a reason, on record, once, only
// what was asked for and only what its digest says.
func TestPicturesComeFromTheVenueOnRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	digest := sm.Sum(w.snapshot).String()
	picture := w.path + "/pictures/" + digest
	status, _ := w.Do("reviewer", http.MethodGet, picture, nil)
	require.Equal(t, http.StatusNotFound, status)
	examtest.RequireFault(t, w.bring(wire.Picture{Digest: digest, Data: w.snapshot}), "exam.dossier.picture.unasked")

	w.post(t, "reviewer", w.path+"/pictures", map[string]any{"reason": " "}, 400, "exam.dossier.fetch.reason")
	w.post(t, "scorer", w.path+"/pictures", map[string]any{"reason": "申诉"}, 403, "")
	w.Device.None = true
	w.post(t, "reviewer", w.path+"/pictures", map[string]any{"reason": "申诉"}, 412, "exam.node.none")
	w.Device.None = false
	w.post(t, "reviewer", w.path+"/pictures", map[string]any{"reason": "考生申诉"}, 200, "")
	asked := examtest.Orders[wire.PicturesWanted](t, w.Device, wire.OrderPicturesWanted)
	require.Len(t, asked, 1)
	require.Equal(t, wire.PicturesWanted{Sitting: w.in.ID, Digests: []string{digest}, Reason: "考生申诉", By: "姓名reviewer"}, asked[0])
	require.Equal(t, 1, w.Audited(dossier.PermFetch))
	require.Equal(t, dossier.Asked, w.open(t).Pictures[0].State)

	examtest.RequireFault(t, w.bring(wire.Picture{Digest: digest, Data: examtest.Portrait(t, 5)}), "exam.dossier.picture.digest")
	examtest.RequireFault(t, w.bring(wire.Picture{Digest: digest, Data: []byte("<svg/>")}), "exam.dossier.picture.format")
	require.NoError(t, w.bring(wire.Picture{Digest: digest})) // the venue has it no more
	require.Equal(t, dossier.Gone, w.open(t).Pictures[0].State)
	w.post(t, "reviewer", w.path+"/pictures", map[string]any{"reason": "再次核对"}, 200, "")
	for range 2 { // an answer that got lost comes again
		require.NoError(t, w.bring(wire.Picture{Digest: digest, Data: w.snapshot}))
	}
	require.Equal(t, dossier.Held, w.open(t).Pictures[0].State)
	status, body := w.Do("reviewer", http.MethodGet, picture, nil)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, w.snapshot, body)
	status, _ = w.Do("elsewhere", http.MethodGet, picture, nil)
	require.Equal(t, http.StatusNotFound, status)
	w.post(t, "reviewer", w.path+"/pictures", map[string]any{"reason": "x"}, 412, "exam.dossier.fetch.none")
	var stored []byte
	require.NoError(t, w.DB.QueryRow(t.Context(), `SELECT picture FROM exam_evidence`).Scan(&stored))
	require.NotContains(t, string(stored), string(w.snapshot[:64]), "sealed where it lies")
}

var pageMark = regexp.MustCompile(`/Type\s*/Page\b[^s]`)

func TestTheRecordOnPaper(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.post(t, "reviewer", w.path+"/pictures", map[string]any{"reason": "申诉"}, 200, "")
	require.NoError(t, w.bring(wire.Picture{Digest: sm.Sum(w.snapshot).String(), Data: w.snapshot}))
	w.settle(t)
	status, body := w.Do("reviewer", http.MethodGet, w.path+"/record/sheet", nil)
	if status == http.StatusServiceUnavailable && testing.Short() {
		t.Skip("the quick checks build no pages and have no font; make test has it")
	}
	require.Equal(t, http.StatusOK, status, string(body[:min(len(body), 300)]))
	require.True(t, bytes.HasPrefix(body, []byte("%PDF-")))
	require.GreaterOrEqual(t, len(pageMark.FindAll(body, -1)), 2)
	require.Equal(t, 1, w.Audited(dossier.PermRead))
	if dir := os.Getenv("HUYUN_SHEETS"); dir != "" { // to be looked at
		require.NoError(t, os.WriteFile(dir+"/record.pdf", body, 0o600))
	}
	status, _ = w.Do("elsewhere", http.MethodGet, w.path+"/record/sheet", nil)
	require.Equal(t, http.StatusNotFound, status)

	_, err := w.scores.Correct(w.As("scorer"), w.in.ID, "评分有误")
	require.NoError(t, err)
	d := w.open(t)
	require.Nil(t, d.Result)
	require.Len(t, d.Withdrawn, 1, "what was published stays on the record")
	require.Equal(t, "评分有误", d.Withdrawn[0].Reason)
	require.NotEmpty(t, d.Withdrawn[0].Outcome)
}

// settle closes the sitting, rules on what was noted and publishes.
func (w *world) settle(t *testing.T) {
	t.Helper()
	w.Close(t, w.hall)
	ruling := "/api/v1/exam/sittings/" + w.in.ID + "/irregularities/ir/ruling"
	w.post(t, "reviewer", ruling, map[string]any{"consequence": "WARN", "reason": "当场制止，没有得利"}, 204, "")
	_, err := w.scores.Run(w.As("scorer"), w.in.ID)
	require.NoError(t, err)
	_, err = w.scores.Confirm(w.As("scorer"), w.in.ID, "")
	require.NoError(t, err)
	_, err = w.scores.Publish(w.As("reviewer"), w.in.ID)
	require.NoError(t, err)
}
