package sitting_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/paper"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/exam/pack"
	"huyun.internal/protocol/wire"
)

func TestFromPlanToKey(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Assigned(t, 5)
	require.Equal(t, sitting.Assigned, in.State)
	require.Equal(t, "26112310101", in.Number)
	require.Equal(t, 5, in.Seated)
	require.Zero(t, in.WithoutPhoto)
	assigned := examtest.Orders[wire.SittingAssigned](t, s.Device, wire.OrderSittingAssigned)
	require.Len(t, assigned, 1)
	require.Equal(t, 5, assigned[0].Candidates)
	require.Len(t, assigned[0].Seats, 20)
	require.Equal(t, 1, assigned[0].Version)

	request := s.Ask(t, in.ID)
	_, body := s.Do("boss", http.MethodGet, "/api/v1/exam/openings?state=PENDING", nil)
	require.Contains(t, string(body), request)
	status, body := s.Do("boss", http.MethodPost, "/api/v1/exam/openings/"+request+"/decide", map[string]any{"approve": false})
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, "exam.sitting.return.reason", examtest.Code(t, body))
	status, _ = s.Do("boss", http.MethodPost, "/api/v1/exam/openings/"+request+"/decide", map[string]any{"approve": false, "reason": "监考不足"})
	require.Equal(t, http.StatusOK, status)
	status, body = s.Do("boss", http.MethodPost, "/api/v1/exam/openings/"+request+"/decide", map[string]any{"approve": true})
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.Equal(t, "exam.sitting.review.decided", examtest.Code(t, body))
	require.Contains(t, string(body), "已由 姓名boss 退回", "who comes second learns what the first one decided")

	again := s.Ask(t, in.ID)
	status, body = s.Do("boss", http.MethodPost, "/api/v1/exam/openings/"+again+"/decide", map[string]any{"approve": true, "condition": "补一名监考"})
	require.Equal(t, http.StatusOK, status, string(body))
	require.Equal(t, sitting.Dispatched, examtest.Decode[sitting.Decided](t, body).State)
	decided := examtest.Orders[wire.OpeningDecided](t, s.Device, wire.OrderOpeningDecided)
	require.Len(t, decided, 2)
	require.False(t, decided[0].Approved)
	require.True(t, decided[1].Approved)
	manifest := examtest.Orders[wire.PackManifest](t, s.Device, wire.OrderPackManifest)[0]
	paper := openPack(t, s, in.ID, manifest)
	arrived := func() (bool, string) {
		_, one := s.Do("boss", http.MethodGet, "/api/v1/exam/sittings/"+in.ID, nil)
		_, board := s.Do("boss", http.MethodGet, "/api/v1/exam/venue-board", nil)
		return examtest.Decode[sitting.Sitting](t, one).PackReceived, string(board)
	}
	there, board := arrived()
	require.False(t, there)
	require.Contains(t, board, `"activity":"DISPATCHED"`)
	require.Len(t, paper.Range.Questions, 42)
	require.Empty(t, examtest.Orders[wire.KeyRelease](t, s.Device, wire.OrderKeyRelease))

	s.Report(t, wire.KindAlarm, in.ID, wire.Alarm{ID: "a1", Sitting: in.ID, Level: wire.AlarmRed, Code: "camera", Text: "摄像头离线"})
	s.Report(t, wire.KindPackReceived, in.ID, wire.PackReceived{Sitting: in.ID, Pack: manifest.Pack, Size: manifest.Size, Via: "h3", OK: true})
	there, board = arrived()
	require.True(t, there, "a package that has arrived is not on its way")
	require.Contains(t, board, `"activity":"RECEIVED"`)
	s.Report(t, wire.KindPreflight, in.ID, wire.Preflight{Sitting: in.ID, Green: true, Checks: []wire.Check{{Code: "disk", OK: true}}})
	status, body = s.Do("boss", http.MethodPost, "/api/v1/exam/sittings/"+in.ID+"/release", nil)
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.Contains(t, string(body), "红色告警")
	s.Report(t, wire.KindAlarmCleared, in.ID, wire.AlarmAcknowledged{ID: "a1", Sitting: in.ID, By: "chief"})
	require.Len(t, examtest.Orders[wire.KeyRelease](t, s.Device, wire.OrderKeyRelease), 1, "released by itself once nothing is in the way")
	s.Report(t, wire.KindOpened, in.ID, wire.Opened{Sitting: in.ID, Pack: manifest.Pack, By: "release"})

	_, body = s.Do("boss", http.MethodGet, "/api/v1/exam/sittings/"+in.ID+"/receipts", nil)
	var kinds []string
	for _, r := range examtest.Decode[struct{ Items []sitting.Receipt }](t, body).Items {
		kinds = append(kinds, r.Kind)
	}
	require.ElementsMatch(t, []string{"assigned", "requested", "decided", "requested", "decided", "manifest", "received", "preflight", "released", "opened"}, kinds)
	require.Equal(t, 1, s.Audited("exam.sitting.approve"))
	require.Equal(t, 1, s.Audited("exam.sitting.return"))
	require.Equal(t, 1, s.Audited("exam.sitting.release"))
}

// openPack opens the package as the venue will: not before it has the half.
func openPack(t *testing.T, s *examtest.Story, id string, m wire.PackManifest) *pack.Paper {
	t.Helper()
	p, raw := s.Pack(t, m)
	require.Len(t, raw, int(m.Size))
	require.NotContains(t, string(raw), "判断题第", "the package is sealed")
	manifest := p.Manifest()
	require.NoError(t, manifest.Expect(id, s.Venue.ID, m.Version))
	roster, err := p.Roster(s.Device.Key)
	require.NoError(t, err)
	require.NotEmpty(t, roster.Candidates[0].Seat)
	photo, ok := roster.Picture(roster.Candidates[0].Photo)
	require.True(t, ok)
	require.NotEmpty(t, photo.Bytes)
	_, err = p.Paper(s.Device.Key, make([]byte, pack.ReleaseSize))
	require.Error(t, err, "no question without the centre's half")
	var half []byte
	require.NoError(t, s.DB.QueryRow(context.Background(), `SELECT half FROM exam_package WHERE sitting = $1 AND version = $2`, id, m.Version).Scan(&half))
	half, err = s.Keys.OpenAt([]string{"exam_package.half", id + "." + fmt.Sprint(m.Version)}, half)
	require.NoError(t, err)
	paper, err := p.Paper(s.Device.Key, half)
	require.NoError(t, err)
	return paper
}

func TestImportRefusesInWholeAndSaysWhy(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Planned(t, 3)
	ctx := s.As("boss")
	bad := func(rows ...[]any) []byte {
		data, err := sheet.Write("考生", sitting.CandidateColumns(), rows)
		require.NoError(t, err)
		return data
	}
	tail := []any{"", "", "是", ""}
	row := func(name, id string) []any { return append([]any{name, id}, tail...) }
	for name, c := range map[string]struct {
		row  []any
		text string
	}{
		"checksum":   {row("李四", "310101199001011237"), "身份证"},
		"15 digits":  {row("李四", "310101900101123"), "身份证"},
		"rounded":    {row("李四", "3.10101199001011E+17"), "文本格式"},
		"present":    {row("李四", examtest.IDNumber(1)), "已在本场次"},
		"no name":    {row("", examtest.IDNumber(50)), "姓名"},
		"emoji":      {row("李四😀", examtest.IDNumber(50)), "姓名"},
		"child":      {row("李四", examtest.IDBorn("20200101", 1)), "年龄"},
		"category":   {[]any{"李四", examtest.IDNumber(50), "", "01001", "是", ""}, "类别"},
		"mobile":     {[]any{"李四", examtest.IDNumber(50), "12345", "", "是", ""}, "手机"},
		"no consent": {[]any{"李四", examtest.IDNumber(50), "", "", "", ""}, "是 或 否"},
		"photo gone": {[]any{"李四", examtest.IDNumber(50), "", "", "是", "x.png"}, "照片"},
	} {
		before := dbtest.Snapshot(t, s.DB, "exam_import_error", "audit_entry", "audit_head", "audit_anchor")
		out, err := s.Sittings.Import(ctx, in.ID, sitting.Upload{Workbook: bad(row("王五", examtest.IDNumber(60)), c.row)})
		require.NoError(t, err, name)
		require.False(t, out.OK, name)
		require.Equal(t, 3, out.Problems[0].Row, "%s: %+v", name, out.Problems)
		require.Contains(t, out.Problems[0].Text, c.text, "%s: %+v", name, out.Problems)
		require.Equal(t, before, dbtest.Snapshot(t, s.DB, "exam_import_error", "audit_entry", "audit_head", "audit_anchor"), name)
		for _, p := range out.Problems {
			require.NotContains(t, p.Text, examtest.IDNumber(1), "no ID number comes back")
		}
	}
	twice, err := s.Sittings.Import(ctx, in.ID, sitting.Upload{Workbook: bad(row("甲", examtest.IDNumber(70)), row("乙", examtest.IDNumber(70)))})
	require.NoError(t, err)
	require.Contains(t, twice.Problems[0].Text, "与第 2 行")
	status, book := s.Do("boss", http.MethodGet, "/api/v1/exam/candidate-reports/"+twice.Report, nil)
	require.Equal(t, http.StatusOK, status)
	require.Greater(t, len(book), 1000)

	good := append(append([]any{"王五"}, examtest.IDNumber(60)), tail...)
	status, body := s.Upload("boss", "/api/v1/exam/sittings/"+in.ID+"/candidates", map[string][]byte{"workbook": bad(good)})
	require.Equal(t, http.StatusOK, status, string(body))
	require.Equal(t, 1, examtest.Decode[sitting.Imported](t, body).WithoutPhoto)
}

func TestCandidatesAreMaskedSealedAndRevealedWithReason(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Planned(t, 3)
	status, body := s.Do("boss", http.MethodGet, "/api/v1/exam/sittings/"+in.ID+"/candidates?q="+examtest.IDNumber(1), nil)
	require.Equal(t, http.StatusOK, status)
	list := examtest.Decode[db.List[sitting.Candidate]](t, body)
	require.Equal(t, 1, list.Total)
	require.NotContains(t, string(body), examtest.IDNumber(1))
	require.NotContains(t, string(body), "13900000000")
	require.Equal(t, "261123101010021"[:14], list.Items[0].Admission[:14])
	path := "/api/v1/exam/sittings/" + in.ID + "/candidates/" + list.Items[0].ID
	status, _ = s.Do("boss", http.MethodPost, path+"/reveal", map[string]any{"reason": "  "})
	require.Equal(t, http.StatusBadRequest, status)
	_, body = s.Do("boss", http.MethodPost, path+"/reveal", map[string]any{"reason": "核对报名材料"})
	require.Contains(t, string(body), examtest.IDNumber(1))
	require.Equal(t, 1, s.Audited(sitting.PermReveal))
	status, _ = s.Do("boss", http.MethodGet, path+"/photo", nil)
	require.Equal(t, http.StatusOK, status)
	var found bool
	err := s.DB.QueryRow(context.Background(), `SELECT bool_or(position($1::bytea in idno) > 0) FROM exam_candidate`, []byte(examtest.IDNumber(1))).Scan(&found)
	require.NoError(t, err)
	require.False(t, found)

	status, _ = s.Do("boss", http.MethodDelete, path, nil)
	require.Equal(t, http.StatusNoContent, status)
	status, body = s.Upload("boss", "/api/v1/exam/sittings/"+in.ID+"/photos", map[string][]byte{"photos": examtest.Zip(t, map[string][]byte{
		examtest.IDNumber(0) + ".png": examtest.Portrait(t, 9), "stranger.png": examtest.Portrait(t, 8),
	})})
	require.Equal(t, http.StatusOK, status)
	require.False(t, examtest.Decode[sitting.Imported](t, body).OK)
	_, body = s.Upload("boss", "/api/v1/exam/sittings/"+in.ID+"/photos", map[string][]byte{"photos": examtest.Zip(t, map[string][]byte{
		examtest.IDNumber(0) + ".png": examtest.Portrait(t, 9),
	})})
	require.True(t, examtest.Decode[sitting.Imported](t, body).OK, string(body))
}

func TestSamePersonManyTimesAtOnce(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Planned(t, 1)
	book, _ := examtest.Roster(t, 5, 1)
	var ok, refused int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			out, err := s.Sittings.Import(s.As("boss"), in.ID, sitting.Upload{Workbook: book})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && out.OK:
				ok++
			case err == nil:
				refused++
			}
		})
	}
	all.Wait()
	require.Equal(t, 1, ok)
	require.Equal(t, 19, refused)
}

func TestPlanRefusals(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Planned(t, 2)
	plan := map[string]any{
		"title": "重复", "venue": s.Venue.ID, "room": "一号机房", "rule": s.Rule.ID, "rule_version": 1, "starts_at": in.StartsAt.Add(30 * time.Minute),
	}
	with := func(k string, v any) map[string]any {
		out := map[string]any{}
		for key, val := range plan {
			out[key] = val
		}
		out[k] = v
		return out
	}
	free := with("starts_at", in.StartsAt.Add(3*time.Hour))
	for _, c := range []struct {
		body   any
		status int
		code   string
	}{
		{plan, 409, "exam.sitting.save.overlap"},
		{with("starts_at", s.Clock.Now().Add(-time.Hour)), 400, "exam.sitting.save.past"},
		{with("starts_at", "9999-12-31T00:00:00Z"), 400, "exam.sitting.save.far"},
		{with("title", "甲\u202e乙"), 400, "request.text"},
		{with("title", "a\x00b"), 400, ""},
		{with("room", "没有"), 400, "exam.venue.room"},
		{with("venue", "none"), 404, "record.missing"},
		{with("rule", "none"), 404, "record.missing"},
		{with("rule_version", 9), 404, "record.missing"},
		{with("rule_version", -1), 400, ""},
		{with("state", "PUBLISHED"), 400, ""},
		{with("minutes", 999), 400, ""},
	} {
		status, body := s.Do("boss", http.MethodPost, "/api/v1/exam/sittings", c.body)
		require.Equal(t, c.status, status, "%v: %s", c.body, body)
		if c.code != "" {
			require.Equal(t, c.code, examtest.Code(t, body))
		}
	}
	short := examtest.Rule()
	short.Sections[0].Count = 25
	poor, err := s.Papers.Create(s.As("boss"), short, paper.Exposure{})
	require.NoError(t, err, "a rule may be saved before its questions are written")
	require.False(t, poor.Feasibility.OK)
	before := dbtest.Snapshot(t, s.DB)
	hungry := with("rule", poor.Rule.ID)
	hungry["starts_at"] = free["starts_at"]
	status, body := s.Do("boss", http.MethodPost, "/api/v1/exam/sittings", hungry)
	require.Equal(t, http.StatusPreconditionFailed, status, string(body))
	require.Equal(t, "exam.paper.shortage", examtest.Code(t, body))
	require.Contains(t, string(body), "需要 25 道判断题，题库只有 20 道，还缺 5 道")
	require.Equal(t, before, dbtest.Snapshot(t, s.DB))

	status, body = s.Do("boss", http.MethodPost, "/api/v1/exam/sittings", free)
	require.Equal(t, http.StatusCreated, status, string(body))
	require.Equal(t, "26112310102", examtest.Decode[sitting.Sitting](t, body).Number)

	got, err := s.Papers.Change(s.As("boss"), s.Rule.Body, paper.Exposure{}, time.Time{})
	examtest.RequireFault(t, err, "exam.paper.used")
	require.Zero(t, got)
	_, err = s.Papers.Succeed(s.As("boss"), s.Rule.Body, paper.Exposure{})
	require.NoError(t, err)
}

func TestScopeHidesOtherVenues(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in, _ := s.Dispatched(t, 2)
	s.Scoped("elsewhere", auth.Scope{Venues: []string{"another"}}, sitting.PermList, sitting.PermSave, sitting.PermReveal,
		sitting.PermReview, sitting.PermDispatch, sitting.PermRelease, sitting.PermUnlock, sitting.PermSuspend, sitting.PermWatch)
	_, body := s.Do("elsewhere", http.MethodGet, "/api/v1/exam/sittings", nil)
	require.Zero(t, examtest.Decode[db.List[sitting.Sitting]](t, body).Total)
	_, body = s.Do("elsewhere", http.MethodGet, "/api/v1/exam/openings", nil)
	require.Zero(t, examtest.Decode[db.List[sitting.Opening]](t, body).Total)
	opening, err := s.Sittings.Openings(s.As("boss"), "", in.ID, db.Page{})
	require.NoError(t, err)
	before := dbtest.Snapshot(t, s.DB)
	one := "/api/v1/exam/sittings/" + in.ID
	reason := map[string]any{"reason": "x"}
	for _, c := range [][2]any{
		{"GET " + one, nil}, {"GET " + one + "/candidates", nil}, {"GET " + one + "/receipts", nil}, {"GET " + one + "/board", nil},
		{"POST " + one + "/assign", nil}, {"POST " + one + "/suspend", reason}, {"POST " + one + "/cancel", reason},
		{"POST " + one + "/dispatch", nil}, {"POST " + one + "/release", nil},
		{"POST /api/v1/exam/openings/" + opening.Items[0].ID + "/decide", map[string]any{"approve": true}},
	} {
		var method, path string
		_, err := fmt.Sscan(c[0].(string), &method, &path)
		require.NoError(t, err)
		status, body := s.Do("elsewhere", method, path, c[1])
		require.Equal(t, http.StatusNotFound, status, "%s %s", path, body)
		// the code too: a path that nobody serves is also a 404
		require.Equal(t, "record.missing", examtest.Code(t, body), "%s: like one that does not exist", path)
	}
	require.Equal(t, before, dbtest.Snapshot(t, s.DB))
}
