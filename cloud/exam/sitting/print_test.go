package sitting_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/protocol/wire"
)

// TestPrinting: nothing without seats, tickets for one and all, and absentees
// once the venue has closed; every print is on record.
func TestPrinting(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Planned(t, 3)
	path := "/api/v1/exam/sittings/" + in.ID
	refused := func(rest, code string) {
		t.Helper()
		status, body := s.Do("boss", http.MethodGet, path+rest, nil)
		require.Equal(t, http.StatusPreconditionFailed, status, string(body))
		require.Equal(t, code, examtest.Code(t, body))
	}
	refused("/tickets", "exam.sitting.print.seats")
	refused("/seat-plan", "exam.sitting.print.seats")
	refused("/absentees", "exam.sitting.absent.open")
	require.Zero(t, s.Audited(sitting.PermPrint))

	s.Confirm(t, in.ID)
	_, err := s.Sittings.Assign(s.As("boss"), in.ID)
	require.NoError(t, err)
	list := examtest.Decode[struct{ Items []sitting.Candidate }](t, ask(t, s, path+"/candidates")).Items
	status, _ := s.Do("boss", http.MethodGet, path+"/candidates/nobody/ticket", nil)
	require.Equal(t, http.StatusNotFound, status)
	printed := 0
	for _, rest := range []string{"/tickets", "/candidates/" + list[0].ID + "/ticket", "/seat-plan"} {
		status, body := s.Do("boss", http.MethodGet, path+rest, nil)
		printed++
		require.Equal(t, printed, s.Audited(sitting.PermPrint))
		if status == http.StatusServiceUnavailable {
			require.Equal(t, "page.font", examtest.Code(t, body)) // built without its font
			continue
		}
		require.Equal(t, http.StatusOK, status, string(body))
		require.True(t, bytes.HasPrefix(body, []byte("%PDF-")))
	}

	for i, c := range list[:2] { // one is let in, one turned away, one stays at home
		s.Report(t, wire.KindCheckin, in.ID, wire.Checkin{Sitting: in.ID, Candidate: c.ID, Admitted: i == 0, By: "proctor"})
	}
	_, err = s.DB.Exec(t.Context(), `UPDATE exam_sitting SET state = 'CLOSED' WHERE id = $1`, in.ID)
	require.NoError(t, err)
	absent := examtest.Decode[struct{ Items []sitting.Candidate }](t, ask(t, s, path+"/absentees")).Items
	require.Len(t, absent, 2)
	require.Equal(t, []string{list[1].ID, list[2].ID}, []string{absent[0].ID, absent[1].ID})
	require.NotContains(t, string(ask(t, s, path+"/absentees")), examtest.IDNumber(1))
}

func ask(t *testing.T, s *examtest.Story, path string) []byte {
	t.Helper()
	status, body := s.Do("boss", http.MethodGet, path, nil)
	require.Equal(t, http.StatusOK, status, string(body))
	return body
}
