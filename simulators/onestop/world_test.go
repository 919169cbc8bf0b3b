package onestop_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/sm"
	"huyun.internal/simulators/control"
	"huyun.internal/simulators/onestop"
)

const (
	item = "310190001001"
	idNo = "310101198501010014"
)

// world is the platform, and as much of the centre as the agreement says.
type world struct {
	t      *testing.T
	dir    string
	sys    *onestop.System
	web    *httptest.Server
	key    *sm.SoftKey // the centre's
	peer   *sm.SoftKey // the platform's
	centre *httptest.Server
	line   *control.Line

	mu   sync.Mutex
	now  time.Time
	down bool
	no   bool // the centre says no
	got  []map[string]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)}
	var err error
	w.key, err = sm.Generate()
	require.NoError(t, err)
	w.peer, err = sm.Generate()
	require.NoError(t, err)
	w.centre = httptest.NewServer(http.HandlerFunc(w.answer))
	t.Cleanup(w.centre.Close)
	list := onestop.List{
		Accounts: []onestop.Listed{
			{Account: onestop.Account{UserID: "P1", UserType: "个人", Name: "张三", IDNo: idNo, Mobile: "19900000001", AuthLevel: 3}},
			{Account: onestop.Account{UserID: "P2", UserType: "个人", Name: "李四", IDNo: "310101198501010030", Mobile: "19900000002", AuthLevel: 1}},
		},
		Matters: []onestop.Matter{{ItemCode: item, Name: "从业资格证申领", Trade: "道路客货运", Days: 5, Online: true, Visit: true}},
		Places:  []string{"大厅"}, Periods: []string{"09:00-11:30"},
	}
	raw, err := json.Marshal(list)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(w.dir, onestop.ListName), raw, 0o600))
	w.start()
	return w
}

// start opens the platform, again if need be.
func (w *world) start() {
	w.t.Helper()
	if w.sys != nil {
		w.web.Close()
		require.NoError(w.t, w.sys.Close())
	}
	w.line = &control.Line{Base: w.centre.URL, Sender: onestop.Sender, Key: w.peer, Client: w.centre.Client(), File: filepath.Join(w.dir, "line.json"), Now: w.clock}
	require.NoError(w.t, w.line.Load())
	var err error
	w.sys, err = onestop.Open(onestop.Options{Line: w.line, Online: "http://online.test", Dir: w.dir, Now: w.clock})
	require.NoError(w.t, err)
	mux := http.NewServeMux()
	w.sys.Register(mux)
	w.web = httptest.NewServer(mux)
	w.t.Cleanup(w.web.Close)
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) answer(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.down:
		out.WriteHeader(http.StatusServiceUnavailable)
		return
	case r.URL.Path == "/partner/v1/key":
		_, _ = out.Write(w.key.Public().PEM())
		return
	}
	body, _ := io.ReadAll(r.Body)
	sig, _ := base64.StdEncoding.DecodeString(r.Header.Get("X-Huyun-Signature"))
	text := strings.Join([]string{r.Method, r.URL.Path, onestop.Sender, r.Header.Get("X-Huyun-Time"), sm.SumOf(body).String()}, "\n")
	if sm.Verify(w.peer.Public(), []byte(text), sig) != nil {
		out.WriteHeader(http.StatusUnauthorized)
		return
	}
	var in map[string]string
	if json.Unmarshal(body, &in) != nil {
		out.WriteHeader(http.StatusBadRequest)
		return
	}
	in["_path"] = r.URL.Path
	w.got = append(w.got, in)
	say := map[string]any{"callbackNo": in["callbackNo"], "accepted": !w.no, "allowed": !w.no}
	if w.no {
		say["reason"] = "已作出决定"
	} else {
		say["number"] = "YY0001"
	}
	_ = json.NewEncoder(out).Encode(say)
}

// reply is an answer of the platform.
type reply struct {
	Status   int
	Success  bool
	Code     string
	Expected int
	Data     map[string]any
}

// send sends what the centre sends; change spoils it first.
func (w *world) send(endpoint string, in any, change ...func(r *http.Request)) (out reply, err error) {
	w.t.Helper()
	body, err := json.Marshal(in)
	require.NoError(w.t, err)
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.web.URL+"/aci/"+endpoint, bytes.NewReader(body))
	require.NoError(w.t, err)
	at := w.clock().Format(time.RFC3339)
	sig, err := w.key.Sign([]byte(strings.Join([]string{"POST", "/aci/" + endpoint, "huyun", at, sm.SumOf(body).String()}, "\n")))
	require.NoError(w.t, err)
	r.Header.Set("X-Huyun-Sender", "huyun")
	r.Header.Set("X-Huyun-Time", at)
	r.Header.Set("X-Huyun-Signature", base64.StdEncoding.EncodeToString(sig))
	for _, c := range change {
		c(r)
	}
	resp, err := w.web.Client().Do(r)
	if err != nil {
		return out, err
	}
	defer resp.Body.Close()
	out.Status = resp.StatusCode
	if resp.StatusCode == http.StatusOK {
		require.NoError(w.t, json.NewDecoder(resp.Body).Decode(&out))
	}
	return out, nil
}

func (w *world) ok(endpoint string, in any) map[string]any {
	w.t.Helper()
	got, err := w.send(endpoint, in)
	require.NoError(w.t, err)
	require.True(w.t, got.Success, "%s: %+v", endpoint, got)
	return got.Data
}

func (w *world) refused(endpoint string, in any, code string) reply {
	w.t.Helper()
	got, err := w.send(endpoint, in)
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusOK, got.Status)
	require.Equal(w.t, code, got.Code, "%s %+v", endpoint, in)
	return got
}

type m = map[string]any

func with(in m, more m) m {
	out := m{}
	for k, v := range in {
		out[k] = v
	}
	for k, v := range more {
		out[k] = v
	}
	return out
}

// begin is a case that was applied for.
func (w *world) begin() string {
	w.t.Helper()
	no := w.ok("getApplyNoByItemNo.do", m{"itemCode": item, "count": 1})["aplyNos"].([]any)[0].(string)
	w.save(no)
	w.ok("declare/submitApply.do", m{"applyNo": no, "subItemCodes": []string{"RT01"}})
	return no
}

func application(no string) m {
	return m{"applyNo": no, "itemCode": item, "itemName": "从业资格证申领", "userId": "P1", "source": "网上申请", "targetType": "个人", "targetName": "张三", "targetNo": "310***********0014", "draft": 0}
}

func (w *world) save(no string) { w.ok("declare/saveApply.do", application(no)) }

func status(no string, seq int, node, name string) m {
	return m{"applyNo": no, "seq": seq, "node": node, "nodeName": name, "opTime": "2026-11-29T18:00:00+08:00", "operator": "钱窗口", "orgCode": "", "opinion": "", "remainDays": 5, "acceptTime": "", "promiseTime": "", "finishTime": "", "result": ""}
}

func file(data string) m {
	return m{"documentType": "D05", "fileName": "准予行政许可决定书.pdf", "file": base64.StdEncoding.EncodeToString([]byte(data)), "sm3": sm.SumOf([]byte(data)).String(), "sealed": true}
}

func (w *world) order(o m) {
	w.t.Helper()
	raw, _ := json.Marshal(o)
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPut, w.web.URL+"/onestop/_control/orders", bytes.NewReader(raw))
	require.NoError(w.t, err)
	resp, err := w.web.Client().Do(r)
	require.NoError(w.t, err)
	require.NoError(w.t, resp.Body.Close())
	require.Equal(w.t, http.StatusOK, resp.StatusCode)
}
