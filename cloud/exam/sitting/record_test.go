package sitting_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/wire"
)

func TestRecordsOfASittingCanBeRead(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in, _ := s.Released(t, 2)
	require.NoError(t, s.Apply(morning(t, s, in.ID)...))
	one := "/api/v1/exam/sittings/" + in.ID
	_, body := s.Do("boss", http.MethodGet, one+"/verifications?stage=ENTRY&decision=pass&sort=-score", nil)
	checks := examtest.Decode[db.List[sitting.Check]](t, body)
	require.Equal(t, 2, checks.Total, string(body))
	require.True(t, checks.Items[0].Demo)
	require.Contains(t, checks.Items[0].Name, "*")
	require.NotEmpty(t, checks.Items[0].Admission)
	_, body = s.Do("boss", http.MethodGet, one+"/verifications?decision=fail", nil)
	require.Zero(t, examtest.Decode[db.List[sitting.Check]](t, body).Total)
	_, body = s.Do("boss", http.MethodGet, one+"/events?kind="+wire.KindSeatMoved, nil)
	events := examtest.Decode[db.List[sitting.Event]](t, body)
	require.Equal(t, 1, events.Total)
	require.Contains(t, string(events.Items[0].Detail), "键盘坏")
	_, body = s.Do("boss", http.MethodGet, one+"/events", nil)
	require.Equal(t, 6, examtest.Decode[db.List[sitting.Event]](t, body).Total)
}

func TestMessageReachesTheVenue(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Assigned(t, 1)
	one := "/api/v1/exam/sittings/" + in.ID + "/message"
	before := dbtest.Snapshot(t, s.DB)
	for _, bad := range []any{map[string]any{"text": ""}, map[string]any{"text": "a\u202eb"}, map[string]any{"text": " "}, nil} {
		status, _ := s.Do("boss", http.MethodPost, one, bad)
		require.Equal(t, http.StatusBadRequest, status, bad)
	}
	require.Equal(t, before, dbtest.Snapshot(t, s.DB))
	status, body := s.Do("boss", http.MethodPost, one, map[string]any{"text": "请核对考室时钟"})
	require.Equal(t, http.StatusNoContent, status, string(body))
	got := examtest.Orders[wire.Message](t, s.Device, wire.OrderMessage)
	require.Len(t, got, 1)
	require.Equal(t, "请核对考室时钟", got[0].Text)
	require.Equal(t, 1, s.Audited("exam.sitting.message"))
	s.Device.None = true
	status, body = s.Do("boss", http.MethodPost, one, map[string]any{"text": "x"})
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.Equal(t, "exam.node.none", examtest.Code(t, body))
}
