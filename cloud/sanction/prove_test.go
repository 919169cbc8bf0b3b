package sanction_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/sanction"
)

// An entry taken off its list, a lock undone, a lift or a rule changed behind the
// program's back: each is named.
func TestEditedRestrictionsAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.files.of["RE-075TX20260001"] = []sanction.Found{w.found(t, "L1", 1)}
	w.hear(t, notice(sanction.SaysRevoke, 1, nil))
	w.batch(t, 1, item(t, 1, nil))
	l := w.lock(t).Lock
	require.NoError(t, w.ProposeLift(w.As("first"), l.ID, l.Revision, sanction.Request{Kind: sanction.SaysLift, Reason: "HEARING", DocNo: "听证1号"}))
	table := sanction.Defaults()
	table.Rules = table.Rules[1:]
	_, err := w.Propose(w.As("first"), 0, "去掉一条", table)
	require.NoError(t, err)
	wrong := func() (out []string) {
		list, err := w.Prove(t.Context(), w.DB)
		require.NoError(t, err)
		for _, t := range list {
			if t.Wrong > 0 {
				out = append(out, t.Name)
			}
		}
		return out
	}
	require.Empty(t, wrong())
	var want []string
	for _, f := range []struct{ table, set string }{
		{"sanction_entry", `status = 'OFF'`}, {"sanction_lock", `effective_date = effective_date + 1`}, {"sanction_lift", `doc_no = 'x'`}, {"sanction_rule", `proposed_by = 'x'`},
	} {
		tag, err := w.DB.Exec(t.Context(), `UPDATE `+f.table+` SET `+f.set)
		require.NoError(t, err, f.table)
		require.NotZero(t, tag.RowsAffected(), f.table)
		want = append(want, f.table)
		require.Equal(t, want, wrong())
	}
}
