package main

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/stack"
)

type supervised struct {
	ID, Incident          string
	Booked, Admitted, Red int
	LoggedIn              int `json:"logged_in"`
	ChecksFailed          int `json:"checks_failed"`
	Node                  struct{ Online bool }
}

type openAlarm struct{ ID, Sitting, Level string }

// supervision is the centre's board of everything that goes on.
type supervision struct {
	Sittings []supervised
	Alarms   []openAlarm
}

func (s supervision) of(t *testing.T, sitting string) supervised {
	t.Helper()
	i := slices.IndexFunc(s.Sittings, func(in supervised) bool { return in.ID == sitting })
	require.GreaterOrEqual(t, i, 0)
	return s.Sittings[i]
}

// TestM59Supervision: the centre sees on one board who was let in, who has logged
// in, what was checked and what is wrong at a venue, the worst first; it answers an
// alarm, tells the venue, and both are on record.
func TestM59Supervision(t *testing.T) {
	w := system(t)
	opened.do(t, w.open)
	entered.do(t, w.enter)
	clerk := w.as(t, "zhang.kaowu")
	id := w.hall.Exam.Sitting
	var board supervision
	err := stack.Until(t.Context(), 200*time.Millisecond, func() (bool, error) {
		board = get[supervision](t, clerk, "/api/v1/exam/supervision")
		return len(board.Sittings) > 0 && board.Sittings[0].LoggedIn == storyCandidates, nil
	})
	require.NoError(t, err)
	in := board.of(t, id)
	require.Equal(t, id, board.Sittings[0].ID, "the worst first")
	require.Equal(t, storyCandidates, in.Booked)
	require.Equal(t, storyCandidates, in.Admitted)
	require.GreaterOrEqual(t, in.ChecksFailed, 2, "the stranger's")
	require.True(t, in.Node.Online)
	require.Equal(t, "RED", in.Incident, "somebody looks like nobody that was expected")
	i := slices.IndexFunc(board.Alarms, func(a openAlarm) bool { return a.Sitting == id && a.Level == "red" })
	require.GreaterOrEqual(t, i, 0)

	path := w.hall.CentrePath("/alarms/" + board.Alarms[i].ID + "/acknowledge")
	refused(t, w.as(t, "wang.tiku").Do(t.Context(), http.MethodPost, path, map[string]any{"note": "已知"}, nil), http.StatusForbidden, "auth.forbidden")
	refused(t, clerk.Do(t.Context(), http.MethodPost, path, map[string]any{"note": " "}, nil), http.StatusBadRequest, "exam.sitting.acknowledge.note")
	require.NoError(t, clerk.Do(t.Context(), http.MethodPost, path, map[string]any{"note": "已电话核实，由监考员复核证件"}, nil))
	refused(t, clerk.Do(t.Context(), http.MethodPost, path, map[string]any{"note": "再次"}, nil), http.StatusPreconditionFailed, "exam.sitting.acknowledge.done")
	require.Equal(t, in.Red-1, get[supervision](t, clerk, "/api/v1/exam/supervision").of(t, id).Red)

	require.NoError(t, clerk.Do(t.Context(), http.MethodPost, w.hall.CentrePath("/message"), map[string]any{"text": "请复核 4 号考生证件"}, nil))
	acts := get[list[struct{ Action, Object string }]](t, w.as(t, "auditor"), "/api/v1/audit/entries?action=exam.sitting.acknowledge")
	require.Equal(t, 1, acts.Total)
}
