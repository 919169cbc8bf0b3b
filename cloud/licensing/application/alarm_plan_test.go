package application

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/clock"
)

// Many cases, most of them finished, each with its clocks and one answered too late in
// a hundred: neither the numbers of the alarms nor their lists read a whole table.
func TestAlarmsReadNoWholeTable(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.New(t), t.Context()
	const n = 20000
	require.NoError(t, d.InTx(ctx, func(tx pgx.Tx) error {
		for _, sql := range []string{
			`SET LOCAL session_replication_role = replica`, // cases without people
			`INSERT INTO licensing_case (id, apply_no, matter, matter_version, action, trade, channel, person, categories, form, state, due, due_clock, created_by, created_at, changed_at, mac)
				SELECT n::text, n::text, 'RT03', 1, 'RENEW', 'ROAD', 'W', 'p' || n, '{}', repeat('x', 500)::bytea,
				CASE WHEN n > 1000 THEN 'COMPLETED' WHEN n % 4 = 0 THEN 'SUBMITTED' ELSE 'REVIEWING' END, CASE WHEN n <= 1000 THEN '2026-11-01'::date + (n % 40)::int END,
				CASE WHEN n % 4 = 0 THEN 'C1' ELSE 'C5' END, 'c', '2020-01-01'::timestamptz + n * interval '1 minute', now(), '' FROM generate_series(1, $1) n`,
			`INSERT INTO licensing_clock (case_id, seq, clock, begun, days, used, since, ended, due) SELECT n::text, s, 'C' || (s * 2 - 1), '2026-10-01', 5, 0, '2026-10-01', n > 1000 OR s = 1,
				CASE WHEN n <= 1000 THEN '2026-11-01'::date + (n % 40)::int + s END FROM generate_series(1, $1) n, generate_series(1, 4) s`,
			`INSERT INTO licensing_event (case_id, seq, event_id, event, from_state, to_state, at, by_id, by_name, mac) SELECT n::text, s, s::text,
				CASE WHEN s = 3 AND n % 100 = 0 THEN 'deem_accepted' ELSE 'accept' END, '', '', '2020-01-01'::timestamptz + n * interval '1 minute', '', '', '' FROM generate_series(1, $1) n, generate_series(1, 6) s`,
		} {
			args := []any{n}
			if !strings.Contains(sql, "$1") {
				args = nil
			}
			if _, err := tx.Exec(ctx, sql, args...); err != nil {
				return err
			}
		}
		return nil
	}))
	_, err := d.Exec(ctx, `VACUUM ANALYZE licensing_case, licensing_clock, licensing_event`)
	require.NoError(t, err)
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Add((n - 500) * time.Minute)
	days := alarmDates{today: on(t, "2026-11-20"), soon: on(t, "2026-11-27"), since: clock.DateOf(at)}
	for _, a := range Alarms {
		where, args := alarmed(new(db.Where), a, days).SQL()
		for what, sql := range map[string]string{"count": `SELECT count(*) FROM licensing_case c` + where, "list": listSQL + where + " ORDER BY " + sorts[""] + " LIMIT 20"} {
			rows, err := d.Query(ctx, `EXPLAIN `+sql, append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
			require.NoError(t, err)
			plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
			require.NoError(t, err)
			text := strings.Join(plan, "\n")
			for _, table := range []string{"licensing_case", "licensing_clock", "licensing_event"} {
				require.NotContains(t, text, "Seq Scan on "+table, "%s %s", a, what)
			}
		}
	}
}
