package external_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/external"
	"huyun.internal/cloud/external/credit"
	"huyun.internal/cloud/external/enforcement"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/sm"
)

type body = map[string]any

// world is the partner interface with both systems.
type world struct {
	*examtest.World
	t    *testing.T
	web  *web.Web
	key  *sm.SoftKey
	log  *bytes.Buffer
	list *sanction.Service
}

func newWorld(t *testing.T, configured bool) *world {
	t.Helper()
	w := &world{World: examtest.New(t), t: t, log: &bytes.Buffer{}}
	var err error
	w.key, err = sm.Generate()
	require.NoError(t, err)
	peers := []external.Peer{
		{Sender: credit.Sender, Name: "失信管理系统", Path: credit.Path, Setting: "partner.credit_key_file", Perm: credit.Perm},
		{Sender: enforcement.Sender, Name: "综合执法系统", Path: enforcement.Path, Setting: "partner.enforcement_key_file", Perm: enforcement.Perm},
	}
	if configured {
		peers[0].Key, peers[1].Key = w.key.Public(), w.key.Public()
	}
	log := slog.New(slog.NewTextHandler(w.log, nil))
	w.list = sanction.New(w.DB, w.Keys, w.Audit, w.Clock, log)
	w.web = web.New(web.Options{Title: "t", Version: "1", Auth: external.Door{Peers: peers, Clock: w.Clock, Log: log}, Log: log})
	(&credit.Inbound{Keys: w.Keys.Cloud(), List: w.list, Clock: w.Clock, Log: log}).Register(w.web)
	(&enforcement.Inbound{Keys: w.Keys.Cloud(), Locks: w.list, Log: log}).Register(w.web)
	return w
}

func (w *world) sealed(number string) string {
	raw, err := sm.Encrypt(w.Keys.Cloud().Public(), fmt.Appendf(nil, "%-18s", number))
	require.NoError(w.t, err)
	return base64.StdEncoding.EncodeToString(raw)
}

func (w *world) entry(change body) body {
	e := body{
		"personId": w.sealed(examtest.IDNumber(1)), "listType": "TRANSPORT_SERIOUS", "reason": "伪造证件", "decisionNo": "沪交失信〔2026〕1号", "org": "市交通委",
		"listedAt": "2026-10-08", "expireAt": "", "status": "ON", "repairState": "NONE",
	}
	maps.Copy(e, change)
	return e
}

func (w *world) batch(number int, entries ...body) body {
	return body{"batchNo": number, "madeAt": w.Clock.Now().Format(time.RFC3339), "entries": entries}
}

func (w *world) decision(change body) body {
	m := body{
		"messageNo": "ZF1", "kind": "REVOKE", "step": 1, "penaltyNo": "沪交罚〔2026〕9号", "certType": "RE-075", "certNo": w.sealed("TX20260001"), "categories": []string{},
		"decisionDate": "2026-11-01", "effectiveDate": "2026-11-10", "org": "执法总队", "reason": "严重违规", "cause": "REVOKED", "lockScope": "PERSON_FAMILY",
		"liftReason": "", "liftDocNo": "",
	}
	maps.Copy(m, change)
	return m
}

// request is what is sent, to be spoilt.
type request struct {
	path, sender, at string
	body             []byte
	key              *sm.SoftKey
	after            func(r *http.Request)
}

func (w *world) send(path, sender string, v any, spoil func(*request)) (int, []byte) {
	w.t.Helper()
	raw, ok := v.([]byte)
	if !ok {
		var err error
		raw, err = json.Marshal(v)
		require.NoError(w.t, err)
	}
	q := request{path: path, sender: sender, at: w.Clock.Now().Format(time.RFC3339), body: raw, key: w.key}
	if spoil != nil {
		spoil(&q)
	}
	sig, err := q.key.Sign(external.Text(http.MethodPost, q.path, q.sender, q.at, q.body))
	require.NoError(w.t, err)
	r := httptest.NewRequest(http.MethodPost, q.path, bytes.NewReader(q.body))
	r.Header.Set(external.HeaderSender, q.sender)
	r.Header.Set(external.HeaderTime, q.at)
	r.Header.Set(external.HeaderSignature, base64.StdEncoding.EncodeToString(sig))
	if q.after != nil {
		q.after(r)
	}
	rec := httptest.NewRecorder()
	w.web.ServeHTTP(rec, r)
	return rec.Code, rec.Body.Bytes()
}

const (
	batches   = credit.Path + "batches"
	decisions = enforcement.Path + "decisions"
)

// TestNothingIsTakenInFromStrangers: every way of not being the credit system is
// refused by name, changes nothing and leaves a line; then the same made good works.
func TestNothingIsTakenInFromStrangers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	other, err := sm.Generate()
	require.NoError(t, err)
	before := dbtest.Snapshot(t, w.DB)
	for name, c := range map[string]struct {
		code  string
		spoil func(*request)
	}{
		"another's key":  {"partner.signature", func(q *request) { q.key = other }},
		"another's path": {"partner.sender", func(q *request) { q.path = decisions }},
		"a stranger":     {"partner.sender", func(q *request) { q.sender = "credit-bj" }},
		"nobody":         {"partner.sender", func(q *request) { q.sender = "" }},
		"behind": {"partner.clock", func(q *request) {
			q.at = w.Clock.Now().Add(-external.Skew - time.Second).Format(time.RFC3339)
		}},
		"ahead":        {"partner.clock", func(q *request) { q.at = w.Clock.Now().Add(external.Skew + time.Minute).Format(time.RFC3339) }},
		"no time":      {"partner.clock", func(q *request) { q.at = "yesterday" }},
		"huge":         {"partner.size", func(q *request) { q.body = bytes.Repeat([]byte(" "), external.MaxBody+1) }},
		"changed body": {"partner.signature", func(q *request) { q.after = func(r *http.Request) { r.Body = http.NoBody } }},
		"no signature": {"partner.signature", func(q *request) {
			q.after = func(r *http.Request) { r.Header.Del(external.HeaderSignature) }
		}},
		"not base64": {"partner.signature", func(q *request) {
			q.after = func(r *http.Request) { r.Header.Set(external.HeaderSignature, "签名") }
		}},
	} {
		w.log.Reset()
		status, raw := w.send(batches, credit.Sender, w.batch(1, w.entry(nil)), c.spoil)
		require.Equal(t, c.code, examtest.Code(t, raw), "%s: %d %s", name, status, raw)
		require.GreaterOrEqual(t, status, 400, name)
		require.Contains(t, w.log.String(), c.code, name)
	}
	require.Equal(t, before, dbtest.Snapshot(t, w.DB))
	status, raw := w.send(batches, credit.Sender, w.batch(1, w.entry(nil)), nil)
	require.Equal(t, http.StatusOK, status, string(raw))
	require.JSONEq(t, `{"batchNo":1,"received":1,"applied":1,"stale":0,"missing":[]}`, string(raw))
	again, raw2 := w.send(batches, credit.Sender, w.batch(1, w.entry(nil)), nil)
	require.Equal(t, http.StatusOK, again)
	require.Equal(t, string(raw), string(raw2), "the sealed number differs each time, what it says does not")
	status, raw = w.send(batches, credit.Sender, w.batch(1, w.entry(body{"reason": "另一个原因"})), nil)
	require.Equal(t, http.StatusConflict, status)
	require.Equal(t, "sanction.batch.reused", examtest.Code(t, raw))
}

func TestWithoutAKeyTheReasonIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	status, raw := w.send(batches, credit.Sender, w.batch(1, w.entry(nil)), nil)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "partner.unconfigured", examtest.Code(t, raw))
	require.Contains(t, string(raw), "partner.credit_key_file")
}

// TestBadBatchesAreRefusedWhole by name, without what they hold.
func TestBadBatchesAreRefusedWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	before := dbtest.Snapshot(t, w.DB)
	with := func(change body) any { return w.batch(1, w.entry(nil), w.entry(change)) }
	two := w.batch(1, w.entry(nil))
	two["phone"] = "13900000000"
	many := make([]body, credit.MaxEntries+1)
	for i := range many {
		many[i] = w.entry(body{"personId": ""})
	}
	number := examtest.IDNumber(2)
	for name, c := range map[string]struct {
		v          any
		code, says string
	}{
		"unknown field":    {two, "partner.field.unknown", "phone"},
		"unknown of entry": {with(body{"mobile": "13900000000"}), "partner.field.unknown", "mobile"},
		"wrong type":       {with(body{"reason": 5}), "partner.field.type", "reason"},
		"not JSON":         {[]byte(`{"batchNo":1,"batchNo":2}`), "partner.json", ""},
		"nothing":          {[]byte(``), "partner.json", ""},
		"no number":        {w.batch(0, w.entry(nil)), "external.credit.number", ""},
		"empty":            {w.batch(1), "external.credit.empty", ""},
		"too many":         {w.batch(1, many...), "external.credit.size", "1000"},
		"from tomorrow":    {body{"batchNo": 1, "madeAt": w.Clock.Now().Add(time.Hour), "entries": []body{w.entry(nil)}}, "external.credit.made", ""},
		"bad number":       {with(body{"personId": w.sealed(number[:17] + "A")}), "external.credit.entries", "第 2 条 personId"},
		"clear number":     {with(body{"personId": number}), "external.credit.entries", "第 2 条 personId"},
		"another's seal":   {with(body{"personId": base64.StdEncoding.EncodeToString([]byte("x"))}), "external.credit.entries", "无法解密"},
		"unknown list":     {with(body{"listType": "SPORT"}), "external.credit.entries", "listType"},
		"bad status":       {with(body{"status": "MAYBE"}), "external.credit.entries", "status"},
		"bad repair":       {with(body{"repairState": ""}), "external.credit.entries", "repairState"},
		"bad date":         {with(body{"listedAt": "2026-02-30"}), "external.credit.entries", "listedAt"},
		"ends early":       {with(body{"expireAt": "2026-01-01"}), "external.credit.entries", "expireAt"},
		"number in text":   {with(body{"reason": "见 " + number}), "external.credit.entries", "不能出现身份证号码"},
		"control":          {with(body{"org": "市\u202e交通委"}), "external.credit.entries", "org"},
		"twice":            {w.batch(1, w.entry(nil), w.entry(nil)), "external.credit.entries", "同一人同一决定"},
	} {
		w.log.Reset()
		status, raw := w.send(batches, credit.Sender, c.v, nil)
		require.Equal(t, c.code, examtest.Code(t, raw), "%s: %d %s", name, status, raw)
		require.Contains(t, string(raw), c.says, name)
		require.NotContains(t, string(raw)+w.log.String(), number, name)
		require.Contains(t, w.log.String(), c.code, name)
	}
	require.Equal(t, before, dbtest.Snapshot(t, w.DB))
	status, raw := w.send(batches, credit.Sender, w.batch(1, w.entry(nil), w.entry(body{"personId": w.sealed(number)})), nil)
	require.Equal(t, http.StatusOK, status, string(raw))
}

func TestBadDecisionsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	before := dbtest.Snapshot(t, w.DB)
	number := examtest.IDNumber(2)
	for says, change := range map[string]body{
		"kind":         {"kind": "PARDON"},
		"step":         {"step": 0},
		"penaltyNo":    {"penaltyNo": ""},
		"certType":     {"certType": "RE-999"},
		"certNo":       {"certNo": "TX20260001"},
		"身份证号码":        {"certType": "RE-071"},
		"decisionDate": {"decisionDate": "2026-11-31"},
		"生效日":          {"effectiveDate": "2026-10-01"},
		"cause":        {"cause": "X"},
		"lockScope":    {"lockScope": "CATEGORY"},
		"categories[0": {"categories": []string{"9002"}},
		"org":          {"org": " "},
		"不能出现身份证号码":    {"reason": "当事人 " + number},
		"liftReason":   {"kind": "LIFT", "liftReason": "MERCY", "liftDocNo": "x"},
		"liftDocNo":    {"kind": "SUSPEND"},
	} {
		w.log.Reset()
		status, raw := w.send(decisions, enforcement.Sender, w.decision(change), nil)
		require.Equal(t, "external.enforcement.fields", examtest.Code(t, raw), "%s: %d %s", says, status, raw)
		require.Contains(t, string(raw), says)
		require.NotContains(t, string(raw)+w.log.String(), number)
		require.Contains(t, w.log.String(), "external.enforcement.fields")
	}
	status, raw := w.send(decisions, enforcement.Sender, w.decision(body{"extra": 1}), nil)
	require.Equal(t, "partner.field.unknown", examtest.Code(t, raw), "%d", status)
	require.Equal(t, before, dbtest.Snapshot(t, w.DB))
	good := w.decision(nil)
	status, raw = w.send(decisions, enforcement.Sender, good, nil)
	require.Equal(t, http.StatusOK, status, string(raw))
	require.JSONEq(t, `{"messageNo":"ZF1","decisionNo":"沪交罚〔2026〕9号","status":"UNCLAIMED"}`, string(raw))
	_, again := w.send(decisions, enforcement.Sender, good, nil)
	require.Equal(t, string(raw), string(again))
}

// TestUnknownRoutesAreClosed: the partner interface has what is registered.
func TestUnknownRoutesAreClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	status, _ := w.send(credit.Path+"people", credit.Sender, w.batch(1), nil)
	require.Equal(t, http.StatusNotFound, status)
	require.Empty(t, w.web.Undeclared())
	_, err := external.Number(w.Keys.Cloud(), strings.Repeat("A", 4000))
	examtest.RequireFault(t, err, "partner.sealed")
}
