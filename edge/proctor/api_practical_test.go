package proctor_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/protocol/exam/practical"
	"huyun.internal/protocol/wire"
)

// TestAPracticalExamFromTheConsole: list, sign with a second person, read back.
func TestAPracticalExamFromTheConsole(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 2)
	h.Staff()
	h.Received()
	c := h.SignIn("proctor")
	path := sitting + "/practical"
	require.Equal(t, "exam.practical.none", c.Do(http.MethodGet, path, nil).Code())
	require.NoError(t, h.Order(wire.OrderPractical, wire.PracticalArranged{Sitting: apptest.Sitting, Scheme: practical.Scheme{
		ID: "s", Category: "09002", Version: 1, Name: "应会", Pass: 80, Minutes: 30,
		Items: []practical.Task{{ID: "1", Name: "车辆检视", Full: 100, Deductions: []practical.Deduction{{ID: "1", Text: "漏检", Points: 10}}}},
	}}))
	h.Admit(0)
	var view struct{ Practical bool }
	c.Do(http.MethodGet, sitting, nil).Into(h, &view)
	require.True(t, view.Practical)

	body := map[string]any{
		"id": "sheet-0001", "items": []map[string]any{{"item": "1", "marks": []map[string]any{{"deduction": "1", "times": 1}}}},
		"second": map[string]string{"username": "proctor", "password": apptest.Password},
	}
	one := path + "/" + apptest.CandidateID(0)
	require.Equal(t, "staff.second.same", c.Do(http.MethodPost, one, body).Code(), "nobody signs twice")
	body["second"] = map[string]string{"username": "second", "password": apptest.Password}
	answer := ok(t, c.Do(http.MethodPost, one, body))
	require.NotContains(t, answer.Body, apptest.Password)
	require.Contains(t, acts(h), "proctor exam.practical.score")
	var all struct {
		Items []struct {
			Score     int
			State     string
			Examiners []string
		}
	}
	c.Do(http.MethodGet, one, nil).Into(h, &all)
	require.Len(t, all.Items, 1)
	require.Equal(t, 90, all.Items[0].Score)
	require.Equal(t, []string{"proctor", "second"}, all.Items[0].Examiners)
	var people struct {
		Items []struct{ State, Standing string }
	}
	c.Do(http.MethodGet, path, nil).Into(h, &people)
	require.Equal(t, "submitted", people.Items[0].State)
	require.Equal(t, "expected", people.Items[1].Standing)
}
