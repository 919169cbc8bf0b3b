package sitting_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/protocol/wire"
)

func TestWatchersSeeAnAlarmWithoutAsking(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in, _ := s.Released(t, 2)
	srv := httptest.NewServer(s.Web)
	t.Cleanup(srv.Close)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+"/api/v1/exam/sittings/"+in.ID+"/stream", nil)
	require.NoError(t, err)
	r.Header.Set("X-Test-Actor", "boss")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = answer.Body.Close() })
	require.Equal(t, http.StatusOK, answer.StatusCode)
	lines := bufio.NewReader(answer.Body)
	next := func() sitting.Board {
		for {
			line, err := lines.ReadString('\n')
			require.NoError(t, err)
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				return examtest.Decode[sitting.Board](t, []byte(data))
			}
		}
	}
	require.Empty(t, next().Alarms)
	s.Report(t, wire.KindAlarm, in.ID, wire.Alarm{ID: "a", Sitting: in.ID, Level: wire.AlarmRed, Text: "替考嫌疑"})
	require.NoError(t, s.Clock.Await(ctx, 1)) // the watcher waits for its next look
	s.Clock.Advance(time.Minute)
	require.Equal(t, "替考嫌疑", next().Alarms[0].Text)
}
