package online_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/appointment"
	"huyun.internal/cloud/keys"
	"huyun.internal/protocol/person"
)

func blindOf(t *testing.T, k *keys.Ring, number string) []byte {
	t.Helper()
	id, err := person.ParseID(number)
	require.NoError(t, err)
	return k.Person(id)
}

// A visit that brings a form and a paper becomes one application, however often the
// button is pressed (M15).
func TestAVisitBecomesOneApplication(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.Staff("boss", appointment.PermSave)
	require.NoError(t, d.visits.Add(d.As("boss"), appointment.Draft{Day: "2026-11-24", Period: "09:00-11:30", Place: "大厅", Group: "ROAD", Quota: 1}))
	d.accounts["token-0001"] = citizen()
	rec := d.in(t, "token-0001")
	cookie, csrf := rec.Result().Cookies()[0], between(rec.Body.String(), `"csrf":"`, `"`)

	by := appointment.By{Caller: "onestop-sh", Channel: appointment.OneStop, Blind: blindOf(t, d.Keys, driver)}
	var paper bytes.Buffer
	require.NoError(t, png.Encode(&paper, image.NewGray(image.Rect(0, 0, 8, 8))))
	var booked appointment.Booking
	require.NoError(t, d.DB.InTx(d.As("boss"), func(tx pgx.Tx) (err error) {
		booked, err = d.visits.Book(t.Context(), tx, by, appointment.Request{
			Call: "HD0001", Matter: "RT01", Name: "张建国", IDNo: driver, Mobile: "13900001234", Day: "2026-11-24", Period: "09:00-11:30", Place: "大厅",
			Form: map[string]string{"delivery": "COUNTER", "name": "别人"},
		})
		if err == nil {
			_, err = d.visits.Attach(t.Context(), tx, by, booked.ID, "M03", "身份证.png", paper.Bytes())
		}
		return err
	}))

	turn := func() string {
		rec := d.do(t, http.MethodPost, "/api/v1/own/visits/"+booked.ID+"/application", `{"event_id":"turn-0001","matter":"RT01","categories":["02001"]}`, cookie, csrf)
		require.Equal(t, http.StatusCreated, rec.Code, rec.Body.String())
		return rec.Body.String()
	}
	first := turn()
	require.Contains(t, first, `"delivery":"COUNTER"`)
	require.Contains(t, first, `"name":"张建国"`, "what the platform said stands")
	require.Contains(t, first, `"source":"APPOINTMENT"`)
	again := turn()
	require.Equal(t, between(first, `"version":`, ","), between(again, `"version":`, ","), "pressed twice")
	require.Equal(t, 1, count(t, d, `SELECT count(*) FROM licensing_material WHERE code = 'M03'`))
	require.Equal(t, 1, count(t, d, `SELECT count(*) FROM licensing_case`))
	require.Equal(t, 0, count(t, d, `SELECT used FROM appointment_slot`), "the place is free again")
}

func count(t *testing.T, d *door, sql string) (n int) {
	t.Helper()
	require.NoError(t, d.DB.QueryRow(t.Context(), sql).Scan(&n))
	return n
}

// Two slots of one time and place, of the matter's own group and for everything, are
// one choice to whoever books.
func TestOneTimeIsOneChoice(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.Staff("boss", appointment.PermSave)
	for _, s := range []appointment.Draft{
		{Period: "09:00-11:30", Place: "大厅", Group: appointment.Any, Quota: 2}, {Period: "09:00-11:30", Place: "大厅", Group: "ROAD", Quota: 3}, {Period: "09:00-11:30", Place: "分中心", Group: "ROAD", Quota: 1},
	} {
		s.Day = "2026-11-24"
		require.NoError(t, d.visits.Add(d.As("boss"), s))
	}
	d.accounts["token-0001"] = citizen()
	rec := d.in(t, "token-0001")
	cookie, csrf := rec.Result().Cookies()[0], between(rec.Body.String(), `"csrf":"`, `"`)
	got := d.do(t, http.MethodGet, "/api/v1/own/matters/RT01/openings", "", cookie, csrf).Body.String()
	require.JSONEq(t, `[{"day":"2026-11-24","period":"09:00-11:30","place":"分中心","left":1},{"day":"2026-11-24","period":"09:00-11:30","place":"大厅","left":5}]`, got)
}
