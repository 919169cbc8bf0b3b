package attempt_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam/attempt"
)

func TestThePlaceIsKeptForTheHolderOnly(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	id := p[0].Session.Attempt
	_, ok, err := h.Attempts.Place(id)
	require.NoError(t, err)
	require.False(t, ok, "nobody has said yet")

	require.NoError(t, h.Attempts.KeepPlace(t.Context(), p[0].Session, "3", []string{"5", "2", "5"}))
	place, ok, err := h.Attempts.Place(id)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, attempt.Place{Item: "3", Flagged: []string{"2", "5"}, Seat: "A01"}, place)

	require.NoError(t, h.Seating.Move(h.Ctx(), apptest.Sitting, id, "", "A02", "换机"))
	require.NoError(t, h.Attempts.KeepPlace(t.Context(), p[0].Session, "9", nil), "a late heartbeat is no fault")
	place, _, err = h.Attempts.Place(id)
	require.NoError(t, err)
	require.Equal(t, "3", place.Item, "and moves nobody")
}

func TestThePlaceIsOfThisPaper(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	many := strings.Split(strings.Repeat("1,", 200)+"1", ",")
	for name, bad := range map[string]struct {
		item    string
		flagged []string
	}{
		"no item": {"", nil}, "other item": {"99", nil}, "other flag": {"1", []string{"1", "x"}}, "too many": {"1", many},
	} {
		t.Log(name)
		code(t, h.Attempts.KeepPlace(t.Context(), p[0].Session, bad.item, bad.flagged), "exam.answer.item")
	}
	_, ok, err := h.Attempts.Place(p[0].Session.Attempt)
	require.NoError(t, err)
	require.False(t, ok)
}
