package application

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), listSQL, someSQL, caseSQL, casesSQL, casesMaterialsSQL, lockSQL, insertSQL, updateSQL, eventsSQL, addEventSQL, clocksSQL, clocksOfSQL, coursesOfSQL, putClockSQL,
		defectsSQL, addDefectSQL, solveSQL, materialsSQL, materialSQL, addMaterial, checksSQL, addCheckSQL, lastRoundSQL, numberSQL, openSQL, lockPersonSQL,
		lockOpeningSQL, openedSQL, ofPersonSQL, dueSQL, unfinishedSQL, bannedSQL, runningSQL, countSQL, proposedSQL, refusingSQL, holdersSQL, openOfSQL,
		inquiriesSQL, lockInquirySQL, addInquirySQL, takeInquirySQL, postponeSQL, answerInquirySQL, refuseInquirySQL, recheckedSQL, transfersSQL, examinedSQL, ownDraftSQL, staleDraftSQL, deniedSQL)
}

// Many cases in review, a few of them with a proposal to extend or to refuse: the
// counts read their own indexes and no case.
func TestProposalsAreCountedWithoutReadingCases(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.New(t), t.Context()
	require.NoError(t, d.InTx(ctx, func(tx pgx.Tx) error {
		for _, sql := range []string{
			`SET LOCAL session_replication_role = replica`, // cases without people
			`INSERT INTO licensing_case (id, apply_no, matter, matter_version, action, trade, channel, person, categories, form, state, proposal, refusing, due, created_by, created_at, changed_at, mac)
				SELECT n::text, n::text, 'RT04', 1, 'REISSUE', 'ROAD', 'W', 'p', '{}', repeat('x', 500)::bytea, CASE WHEN n % 50 = 1 THEN 'COMPLETED' ELSE 'REVIEWING' END,
				CASE WHEN n % 50 < 2 THEN '加强审核' ELSE '' END, n % 50 IN (1, 2), '2026-11-01'::date + (n % 40)::int, 'c', now(), now(), '' FROM generate_series(1, 20000) n`,
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	}))
	_, err := d.Exec(ctx, `VACUUM ANALYZE licensing_case`)
	require.NoError(t, err)
	for index, sql := range map[string]string{"licensing_case_proposal": proposedSQL, "licensing_case_refusing": refusingSQL} {
		rows, err := d.Query(ctx, `EXPLAIN `+strings.ReplaceAll(sql, "$1", "'2026-11-20'"))
		require.NoError(t, err)
		plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		require.Contains(t, strings.Join(plan, "\n"), "Index Only Scan using "+index)
		var late, all int
		require.NoError(t, d.QueryRow(ctx, sql, "2026-11-20").Scan(&late, &all))
		require.Equal(t, 400, all, "not those that were decided")
		require.Positive(t, late)
	}
}
