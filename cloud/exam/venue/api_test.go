package venue_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/venue"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
)

func form(with ...any) map[string]any {
	out := map[string]any{
		"code": "201", "name": "嘉定分考场", "district": "嘉定区", "address": "澄浏公路 2 号", "contact": "周老师", "mobile": "13911112222",
		"rooms": []any{map[string]any{"name": "甲室", "seats": []any{"1", "2"}}},
	}
	for i := 0; i+1 < len(with); i += 2 {
		out[with[i].(string)] = with[i+1]
	}
	return out
}

const venues = "/api/v1/exam/venues"

func TestVenueLife(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	status, body := s.Do("boss", http.MethodPost, venues, form())
	require.Equal(t, http.StatusCreated, status, string(body))
	v := examtest.Decode[venue.Venue](t, body)
	require.Equal(t, "139****2222", v.Mobile)
	require.NotContains(t, string(body), "13911112222")
	require.Equal(t, 2, v.Seats)

	status, body = s.Do("boss", http.MethodPut, venues+"/"+v.ID, form("revision", 1, "mobile", "", "name", "嘉定第一分考场"))
	require.Equal(t, http.StatusOK, status, string(body))
	v = examtest.Decode[venue.Venue](t, body)
	require.Equal(t, "139****2222", v.Mobile, "an empty mobile keeps the one there is")
	require.Equal(t, 2, v.Revision)
	status, body = s.Do("boss", http.MethodPut, venues+"/"+v.ID, form("revision", 1))
	require.Equal(t, http.StatusConflict, status)
	require.Equal(t, "exam.venue.save.revision", examtest.Code(t, body))

	status, _ = s.Do("boss", http.MethodPost, venues+"/"+v.ID+"/switch", map[string]any{"state": "SUSPENDED"})
	require.Equal(t, http.StatusBadRequest, status)
	status, body = s.Do("boss", http.MethodPost, venues+"/"+v.ID+"/switch", map[string]any{"state": "SUSPENDED", "reason": "装修"})
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, venue.Suspended, examtest.Decode[venue.Venue](t, body).State)
	status, _ = s.Do("boss", http.MethodPost, venues+"/"+v.ID+"/switch", map[string]any{"state": "SUSPENDED", "reason": "再来"})
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.Equal(t, 1, s.Audited(venue.PermSwitch))
}

func TestBoardShowsTheMostUrgentSitting(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Assigned(t, 1)
	s.Ask(t, in.ID)
	_, body := s.Do("boss", http.MethodGet, "/api/v1/exam/venue-board", nil)
	rows := examtest.Decode[struct{ Items []venue.BoardRow }](t, body).Items
	require.Len(t, rows, 1)
	require.Equal(t, "APPLYING", rows[0].Activity)
	require.Equal(t, in.ID, rows[0].Sitting)
	require.Equal(t, 1, rows[0].Today)
}

func TestRoomsInUseStayAsTheyAre(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	s.Assigned(t, 2)
	d := venue.Draft{Code: "101", Name: "浦东分考场", District: "浦东新区", Address: "杨高路 1 号", Rooms: []venue.Room{{Name: "一号机房", Seats: []string{"A01"}}}}
	_, err := s.Venues.Change(s.As("boss"), s.Venue.ID, 1, d)
	examtest.RequireFault(t, err, "exam.venue.save.booked")
	d.Rooms[0].Name = "别的"
	_, err = s.Venues.Change(s.As("boss"), s.Venue.ID, 1, d)
	examtest.RequireFault(t, err, "exam.venue.save.booked")
	d.Rooms = append(d.Rooms, s.Venue.Rooms...)
	got, err := s.Venues.Change(s.As("boss"), s.Venue.ID, 1, d)
	require.NoError(t, err)
	require.Len(t, got.Rooms, 2)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	s.Scoped("elsewhere", auth.Scope{Venues: []string{"x"}}, venue.PermList, venue.PermSave, venue.PermSwitch)
	before := dbtest.Snapshot(t, s.DB)
	room := func(name string, seats ...any) []any { return []any{map[string]any{"name": name, "seats": seats}} }
	for _, c := range []struct {
		who    string
		body   map[string]any
		status int
		code   string
	}{
		{"", form(), 401, ""},
		{"second", form(), 403, ""},
		{"elsewhere", form(), 403, ""},
		{"boss", form("code", "1a1"), 400, "exam.venue.save.code"},
		{"boss", form("code", "101"), 409, "exam.venue.save.taken"},
		{"boss", form("name", "浦东分考场"), 409, "exam.venue.save.taken"},
		{"boss", form("name", "甲\u202e乙"), 400, "request.text"},
		{"boss", form("mobile", "123"), 400, ""},
		{"boss", form("rooms", room("甲", "1", "1")), 400, "exam.venue.save.seats"},
		{"boss", form("rooms", room("甲", " ")), 400, "exam.venue.save.seats"},
		{"boss", form("rooms", append(room("甲", "1"), room("甲", "2")...)), 400, "exam.venue.save.rooms"},
		{"boss", form("rooms", []any{}), 400, ""},
		{"boss", form("state", "READY"), 400, ""},
	} {
		status, body := s.Do(c.who, http.MethodPost, venues, c.body)
		require.Equal(t, c.status, status, "%v %s", c.body, body)
		require.False(t, strings.Contains(string(body), "13911112222"))
		if c.code != "" {
			require.Equal(t, c.code, examtest.Code(t, body))
		}
	}
	for _, c := range [][3]any{
		{http.MethodGet, venues + "/" + s.Venue.ID, nil},
		{http.MethodPut, venues + "/" + s.Venue.ID, form("revision", 1)},
		{http.MethodPost, venues + "/" + s.Venue.ID + "/switch", map[string]any{"state": "DISABLED", "reason": "x"}},
	} {
		status, _ := s.Do("elsewhere", c[0].(string), c[1].(string), c[2])
		require.Equal(t, http.StatusNotFound, status)
	}
	_, body := s.Do("elsewhere", http.MethodGet, venues, nil)
	require.Zero(t, examtest.Decode[db.List[venue.Venue]](t, body).Total)
	require.Equal(t, before, dbtest.Snapshot(t, s.DB))
}
