package onestop

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/external"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// doorbell rings at the partner interface as the platform does.
func doorbell(o *office) func(callback string, body map[string]any) (int, map[string]any) {
	key, err := sm.Generate()
	require.NoError(o.t, err)
	log := slog.New(slog.DiscardHandler)
	w := web.New(web.Options{Title: "t", Version: "1", Log: log, Auth: external.Door{
		Peers: []external.Peer{{Sender: Sender, Name: "一网通办", Path: Path, Setting: "partner.onestop_key_file", Perm: Perm, Key: key.Public()}}, Clock: o.Clock, Log: log,
	}})
	(&Inbound{DB: o.DB, Clock: o.Clock, Log: log, Cases: o.cases}).Register(w)
	return func(callback string, body map[string]any) (int, map[string]any) {
		if body["at"] == nil {
			body["at"] = o.Clock.Now().Format(time.RFC3339)
		}
		raw, err := json.Marshal(body)
		require.NoError(o.t, err)
		at := o.Clock.Now().Format(time.RFC3339)
		sig, err := key.Sign(external.Text(http.MethodPost, Path+callback, Sender, at, raw))
		require.NoError(o.t, err)
		r := httptest.NewRequest(http.MethodPost, Path+callback, bytes.NewReader(raw))
		r.Header.Set(external.HeaderSender, Sender)
		r.Header.Set(external.HeaderTime, at)
		r.Header.Set(external.HeaderSignature, base64.StdEncoding.EncodeToString(sig))
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		var out map[string]any
		require.NoError(o.t, json.Unmarshal(rec.Body.Bytes(), &out), rec.Body.String())
		return rec.Code, out
	}
}

// TestTheSameCallbackHasOneEffect however often and at how many doors it arrives.
func TestTheSameCallbackHasOneEffect(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ring := doorbell(o)
	_, p := o.online(1)
	body := map[string]any{"callbackNo": "HD1", "applyNo": p.ApplyNo, "reason": "不办了"}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			code, out := ring("withdraw", map[string]any{"callbackNo": "HD1", "applyNo": p.ApplyNo, "reason": "不办了", "at": "2026-11-23T09:00:00+08:00"})
			if code != http.StatusOK || out["allowed"] != true {
				t.Error(code, out)
			}
		})
	}
	wg.Wait()
	got := o.show(p.ID)
	require.Equal(t, licensing.Withdrawn, got.State)
	n := 0
	for _, h := range got.Course {
		if h.Event == licensing.Withdraw {
			require.Equal(t, "一网通办", h.By)
			n++
		}
	}
	require.Equal(t, 1, n)
	body["reason"] = "另一个理由"
	code, out := ring("withdraw", body)
	require.Equal(t, http.StatusConflict, code)
	require.Equal(t, "external.onestop.reused", out["code"])
}

// TestACallbackIsTakenOnlyWhenTheCaseAllowsIt; what it refuses leaves nothing
// behind but the answer, which stays the answer.
func TestACallbackIsTakenOnlyWhenTheCaseAllowsIt(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ring := doorbell(o)
	c, p := o.online(1)
	p = o.do("clerk", p, licensing.Receive, "")
	p, err := o.cases.Do(o.As("clerk"), p.ID, licensing.RequireCorrection, application.Order{ID: o.id(), Version: p.Revision, Defects: []application.Defect{
		{Part: "MATERIAL", Key: "M05", Name: "照片", Reason: "不是白底", HowTo: "请重新拍摄白底照片"},
	}})
	require.NoError(t, err)
	before := dbtest.Snapshot(t, o.DB, "onestop_callback")
	code, out := ring("supplement", map[string]any{"callbackNo": "HD1", "applyNo": p.ApplyNo, "note": ""})
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, false, out["accepted"])
	require.Contains(t, out["reason"], "照片", "what is still missing")
	require.Equal(t, before, dbtest.Snapshot(t, o.DB, "onestop_callback"))
	o.Clock.Advance(time.Minute)
	_, err = o.cases.OwnAttach(applicant(c), p.ID, "M05", "白底.jpg", jpeg)
	require.NoError(t, err)
	_, out = ring("supplement", map[string]any{"callbackNo": "HD2", "applyNo": p.ApplyNo, "note": "已重新上传"})
	require.Equal(t, true, out["accepted"])
	p = o.show(p.ID)
	require.Equal(t, licensing.Received, p.State)

	p = o.granted(o.do("clerk", p, licensing.Accept, ""))
	_, out = ring("withdraw", map[string]any{"callbackNo": "HD3", "applyNo": p.ApplyNo, "reason": "不办了"})
	require.Equal(t, false, out["allowed"])
	require.Contains(t, out["reason"], "准予许可")
	require.Contains(t, out["reason"], "行政复议或者提起行政诉讼", "what remains")
	_, out = ring("withdraw", map[string]any{"callbackNo": "HD4", "applyNo": "071234260000001", "reason": "不办了"})
	require.Equal(t, false, out["allowed"], "nobody's number")
	w := o.window(2)
	_, out = ring("withdraw", map[string]any{"callbackNo": "HD5", "applyNo": w.ApplyNo, "reason": "不办了"})
	require.Equal(t, false, out["allowed"])
	require.Contains(t, out["reason"], "窗口")
	code, out = ring("withdraw", map[string]any{"callbackNo": "HD6", "applyNo": w.ApplyNo, "reason": "我是" + examtest.IDNumber(3)})
	require.Equal(t, http.StatusBadRequest, code)
	require.Equal(t, "external.onestop.fields", out["code"])
	require.NotContains(t, out, examtest.IDNumber(3))
	_, out = ring("withdraw", map[string]any{"callbackNo": "HD7", "applyNo": w.ApplyNo, "reason": "不办\u0007了"})
	require.Contains(t, out["title"], "控制字符")
	require.NotContains(t, out["title"], "500")
}

func TestWhoArrivesIsAskedOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.platform.users["once-only"] = map[string]any{
		"userId": "U9", "userType": "个人", "name": "张建国", "idNo": examtest.IDNumber(9), "mobile": "13900001234", "authLevel": 3, "photo": base64.StdEncoding.EncodeToString(jpeg),
	}
	u, err := o.one.SignOn(t.Context(), "once-only")
	require.NoError(t, err)
	require.Equal(t, "U9", u.ID)
	require.Equal(t, jpeg, u.Picture())
	require.False(t, u.Company())
	require.NotContains(t, u.String(), examtest.IDNumber(9))
	_, err = o.one.SignOn(t.Context(), "once-only")
	require.True(t, fault.Is(err, "onestop.token"), err)
	require.Contains(t, fault.From(err).Text, "请回到一网通办重新进入")
	o.platform.set(func() { o.platform.down = true })
	_, err = o.one.SignOn(t.Context(), "once-only")
	require.True(t, fault.Is(err, "onestop.down"), err)
}

func TestOnlyAnAddressThatKeepsSecretsIsTaken(t *testing.T) {
	t.Parallel()
	for url, ok := range map[string]bool{
		"https://ywtb.sh.gov.cn/gate": true, "http://127.0.0.1:8090": true, "http://ywtb.sh.gov.cn": false, "ywtb": false, "ftp://x": false, "https://x/?a=1": false,
	} {
		_, err := Dial(url, nil, nil, nil)
		require.Equal(t, ok, err == nil, url)
	}
	_, err := Dial("https://x", []byte("no certificate"), nil, nil)
	require.True(t, fault.Is(err, "onestop.config"), err)
}
