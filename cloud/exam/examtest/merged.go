package examtest

import (
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/person"
)

// Merged makes the files of two people of IDNumber, the second gone into the first,
// and answers whom to ask which numbers are one person's.
func (w *World) Merged(kept, gone int) *practitioner.Service {
	w.t.Helper()
	s := practitioner.New(w.DB, w.Keys, w.Audit, w.Clock)
	ctx := auth.System(w.t.Context(), "test")
	require.NoError(w.t, w.DB.InTx(ctx, func(tx pgx.Tx) error {
		var files [2]practitioner.Person
		for i, n := range []int{kept, gone} {
			id, err := person.ParseID(IDNumber(n))
			if err != nil {
				return err
			}
			if files[i], err = s.Ensure(ctx, tx, practitioner.Basic{ID: id, Name: "张三"}); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `UPDATE practitioner SET merged_into = $1 WHERE id = $2`, files[0].ID, files[1].ID)
		return err
	}))
	return s
}
