package onestop

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/appointment"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/external"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/sm"
)

// reception is a hall with two places on the day after the clock's.
type reception struct {
	*examtest.World
	t    *testing.T
	book *appointment.Service
	web  *web.Web
	key  *sm.SoftKey
}

func newReception(t *testing.T) *reception {
	t.Helper()
	o := &reception{World: examtest.New(t), t: t}
	var err error
	o.key, err = sm.Generate()
	require.NoError(t, err)
	o.book = appointment.New(o.DB, o.Keys, o.Audit, o.Blobs, o.Clock)
	o.book.Matters = func() []appointment.Matter {
		return []appointment.Matter{{Code: "RT01", ItemCode: "310190001001", Name: "客货运申领", Group: "ROAD"}}
	}
	o.Staff("boss", appointment.PermSave, appointment.PermSlots, appointment.PermList)
	require.NoError(t, o.book.Add(o.As("boss"), appointment.Draft{Day: "2026-11-24", Period: "09:00-11:30", Place: "大厅", Group: appointment.Any, Quota: 2}))
	log := slog.New(slog.DiscardHandler)
	o.web = web.New(web.Options{Title: "t", Version: "1", Log: log, Auth: external.Door{
		Peers: []external.Peer{{Sender: Sender, Name: "一网通办", Path: Path, Setting: "x", Perm: Perm, Key: o.key.Public()}}, Clock: o.Clock, Log: log,
	}})
	(&Visits{DB: o.DB, Clock: o.Clock, Log: log, Keys: o.Keys.Cloud(), Book: o.book}).Register(o.web)
	return o
}

func (o *reception) sealed(number string) string {
	raw, err := sm.Encrypt(o.Keys.Cloud().Public(), fmt.Appendf(nil, "%-18s", number))
	require.NoError(o.t, err)
	return base64.StdEncoding.EncodeToString(raw)
}

// ring is the n-th person's callback.
func (o *reception) ring(n int, change map[string]any) (int, map[string]any) {
	o.t.Helper()
	body := map[string]any{
		"callbackNo": fmt.Sprintf("HD%04d", n), "appointNo": fmt.Sprintf("YY%04d", n), "action": "BOOK", "itemCode": "310190001001", "userId": "P1", "name": "张三",
		"idNo": o.sealed(examtest.IDNumber(n)), "mobile": o.sealed("19900000001"), "date": "2026-11-24", "period": "09:00-11:30", "place": "大厅",
	}
	for k, v := range change {
		body[k] = v
	}
	raw, err := json.Marshal(body)
	require.NoError(o.t, err)
	at := o.Clock.Now().Format(time.RFC3339)
	sig, err := o.key.Sign(external.Text(http.MethodPost, Path+"appointment", Sender, at, raw))
	require.NoError(o.t, err)
	r := httptest.NewRequest(http.MethodPost, Path+"appointment", bytes.NewReader(raw))
	r.Header.Set(external.HeaderSender, Sender)
	r.Header.Set(external.HeaderTime, at)
	r.Header.Set(external.HeaderSignature, base64.StdEncoding.EncodeToString(sig))
	rec := httptest.NewRecorder()
	o.web.ServeHTTP(rec, r)
	var out map[string]any
	require.NoError(o.t, json.Unmarshal(rec.Body.Bytes(), &out), rec.Body.String())
	return rec.Code, out
}

func (o *reception) used() int {
	o.t.Helper()
	list, err := o.book.Slots(o.As("boss"), appointment.SlotFilter{}, db.Page{Page: 1, PageSize: 10})
	require.NoError(o.t, err)
	return list.Items[0].Used
}

// TestAVisitIsBookedOnce however often the platform says so, also when it seals the
// numbers anew; what cannot be booked is answered, and answered so again.
func TestAVisitIsBookedOnce(t *testing.T) {
	t.Parallel()
	o := newReception(t)
	for range 3 {
		code, out := o.ring(1, nil)
		require.Equal(t, http.StatusOK, code, out)
		require.Equal(t, []any{true, "YY2611240001"}, []any{out["accepted"], out["number"]})
	}
	require.Equal(t, 1, o.used())
	code, out := o.ring(1, map[string]any{"name": "李四"})
	require.Equal(t, []any{http.StatusConflict, "external.onestop.reused"}, []any{code, out["code"]})
	_, out = o.ring(1, map[string]any{"callbackNo": "HD-1b", "appointNo": "YY-1b"})
	require.Equal(t, false, out["accepted"])
	require.Contains(t, out["reason"], "只能预约一次")
	o.ring(2, nil)
	_, full := o.ring(3, nil)
	require.Contains(t, full["reason"], "约满")
	_, out = o.ring(1, map[string]any{"callbackNo": "HD-1c", "action": "CANCEL"})
	require.Equal(t, true, out["accepted"])
	require.Equal(t, 1, o.used())
	_, again := o.ring(3, nil)
	require.Equal(t, full, again, "as before, although there is a place now")
	_, out = o.ring(3, map[string]any{"callbackNo": "HD-3b"})
	require.Equal(t, true, out["accepted"])
	_, out = o.ring(9, map[string]any{"action": "CANCEL"})
	require.Equal(t, false, out["accepted"], "somebody's that does not exist")
	var kept string
	require.NoError(t, o.DB.QueryRow(context.Background(), `SELECT string_agg(answer, '') FROM onestop_callback`).Scan(&kept))
	require.NotContains(t, kept, examtest.IDNumber(1))
}

func TestAVisitSaidWrongly(t *testing.T) {
	t.Parallel()
	o := newReception(t)
	for _, change := range []map[string]any{
		{"action": "MOVE"}, {"callbackNo": ""}, {"appointNo": "a\nb"}, {"name": ""}, {"idNo": "310101199001010014"}, {"mobile": "x"}, {"place": examtest.IDNumber(1)},
	} {
		code, out := o.ring(1, change)
		require.Equal(t, []any{http.StatusBadRequest, "external.onestop.fields"}, []any{code, out["code"]}, "%v", change)
	}
	code, out := o.ring(1, map[string]any{"phone": "1"})
	require.Equal(t, []any{http.StatusBadRequest, "partner.field.unknown"}, []any{code, out["code"]})
	code, out = o.ring(1, map[string]any{"idNo": o.sealed("123")})
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, false, out["accepted"])
	require.Zero(t, o.used())
}
