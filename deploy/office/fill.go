package office

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"huyun.internal/cloud/platform/db"
)

// opened is how many of a filled office's cases are open, however many there are:
// the backlog hangs on what comes in a week, not on the archive.
const opened = 3000

// filled are the rows of n cases of as many people, the newest of them open. MACs
// and sealed columns are of the right length and otherwise nothing: such a case can
// be listed and found, not opened.
var filled = []string{ //nolint:gochecknoglobals // statements
	`INSERT INTO practitioner (id, name, idno, idno_blind, idno_mask, sex, birth, residence, mobile_blind, created_at, changed_at)
		SELECT 'p' || lpad(i::text, 9, '0'), CASE WHEN i % ({n} / 20) = 0 THEN '上官明珠' ELSE substr('江史侯邵孟龙万段雷汤尹黎易常武乔贺赖文龚', 1 + i % 20, 1) || substr('建国志明永德海文晓家振卫立正兴学宏庆少世', 1 + i / 20 % 20, 1)
			|| substr('强军伟勇峰龙杰涛斌刚', 1 + i / 400 % 10, 1) END, '\x00', sha256(('id' || i)::bytea), '310***********0014', '1', DATE '1950-01-01' + i % 9000,
			(ARRAY['SH', 'SH', 'SH', 'NON_SH'])[1 + i % 4], sha256(('mobile' || i)::bytea), TIMESTAMPTZ '2025-12-31' - ({n} - i) * INTERVAL '1 minute', now()
		FROM generate_series(1, {n}) i`,
	`INSERT INTO practitioner_licence (id, person, type, post, number, number_blind, number_mask, issuer, first_issue, valid_from, valid_to, state, changed_at, mac)
		SELECT 'l' || p.id, p.id, (ARRAY['RE-071', 'RE-075', 'RE-072', 'BUS'])[1 + n % 4], '', '\x00', sha256(('number' || n)::bytea), '310***********0014', '市局',
			'2021-01-01', '2021-01-01', CASE WHEN n % 4 IN (0, 3) THEN DATE '2025-11-23' + (n % 2200)::int END,
			CASE WHEN n % 5000 = 0 THEN '05' WHEN n % 40 = 0 THEN '03' ELSE '10' END, now(), '\x00'
		FROM (SELECT 'p' || lpad(i::text, 9, '0') AS id, i AS n FROM generate_series(1, {n}) i) p`,
	`INSERT INTO licensing_case (id, apply_no, accept_no, matter, matter_version, action, trade, channel, person, categories, form, known, state, version,
			applied_on, accepted_on, decided_on, completed_at, clerk, reviewer, approver, holder, due, due_clock, proposal, refusing, created_by, created_at, changed_at, mac)
		SELECT 'c' || lpad(i::text, 9, '0'), '3101900' || lpad(i::text, 8, '0'), CASE WHEN s.state IN ('SUBMITTED', 'RECEIVED', 'CORRECTING', 'NOT_ACCEPTED') THEN '' ELSE 'SL20250101' || lpad(i::text, 8, '0') END,
			(ARRAY['RT01', 'RT03', 'RT04', 'TX01', 'NT01', 'DG03', 'BU02'])[1 + i % 7], 1, 'RENEW', (ARRAY['ROAD', 'ROAD', 'ROAD', 'TAXI', 'RIDEHAIL', 'DANGEROUS', 'BUS'])[1 + i % 7],
			(ARRAY['O', 'O', 'W'])[1 + i % 3], 'p' || lpad(i::text, 9, '0'), ARRAY['02001'], decode(repeat(md5(i::text), 8), 'hex'), decode(repeat(md5(i::text), 8), 'hex'), s.state, 9,
			s.day, s.day, CASE WHEN s.final THEN s.day + 9 END, CASE WHEN s.final THEN s.day + TIME '15:00' + INTERVAL '12 days' END, 'u1',
			CASE WHEN i % 3 = 0 THEN 'u2' ELSE '' END, CASE WHEN s.final THEN 'u3' ELSE '' END, CASE WHEN NOT s.final AND i % 2 = 0 THEN 'u' || i % 8 ELSE '' END,
			CASE WHEN NOT s.final AND s.state <> 'SUSPENDED' THEN DATE '2026-01-01' + i % 25 END, CASE WHEN s.final THEN '' ELSE 'C3' END,
			CASE WHEN s.state = 'REVIEWING' AND i % 10 = 0 THEN '案情复杂' ELSE '' END, s.state = 'APPROVING' AND i % 4 = 0, 'u0', s.day + TIME '10:00', s.day + TIME '15:00', decode(repeat('ab', 32), 'hex')
		FROM (SELECT i, i <= {n} - {open} AS final, DATE '2025-12-31' - (({n} - i)::bigint * 3000 / {n})::int AS day,
			CASE WHEN i <= {n} - {open} THEN (ARRAY['COMPLETED', 'COMPLETED', 'COMPLETED', 'COMPLETED', 'COMPLETED', 'COMPLETED', 'COMPLETED', 'WITHDRAWN', 'NOT_ACCEPTED', 'TERMINATED'])[1 + i % 10]
			ELSE (ARRAY['SUBMITTED', 'RECEIVED', 'RECEIVED', 'CORRECTING', 'ACCEPTED', 'REVIEWING', 'REVIEWING', 'REVIEWING', 'SUSPENDED', 'APPROVING', 'APPROVING', 'GRANTED', 'CERTIFYING', 'DELIVERING', 'DENIED'])[1 + i % 15] END AS state
			FROM generate_series(1, {n}) i) s`,
	`INSERT INTO licensing_event (case_id, seq, event_id, event, from_state, to_state, at, by_id, by_name, text, mac)
		SELECT 'c' || lpad(i::text, 9, '0'), n, 'e' || n, 'accept', 'RECEIVED', 'ACCEPTED', TIMESTAMPTZ '2025-01-01', 'u1', '演练', '', decode(repeat('ab', 32), 'hex')
		FROM generate_series(1, {n}) i, generate_series(1, 1) n`,
	`INSERT INTO licensing_check (case_id, round, code, result, reason, guide, source, at, by_id)
		SELECT 'c' || lpad(i::text, 9, '0'), 1, n, 'PASS', '', '', '本系统', TIMESTAMPTZ '2025-01-01', 'u1'
		FROM generate_series(1, {n}) i, unnest(ARRAY['E01']) n`,
	`INSERT INTO practitioner_category (licence, category, first_issue, valid_to, person, state)
		SELECT l.id, '02001', l.first_issue, l.valid_to, l.person, l.state FROM practitioner_licence l`,
	`INSERT INTO licensing_material (case_id, code, revision, form, name, kind, size, source, by_id, at)
		SELECT 'c' || lpad(i::text, 9, '0'), 'M01', 1, 'generated', '本系统', '', 0, 'FORM', 'u0', TIMESTAMPTZ '2025-01-01' FROM generate_series(1, {n}) i`,
	`INSERT INTO licensing_query (id, case_id, service, round, about, state, asked_at, asked_by, due_at, answered_at)
		SELECT 'q' || lpad(i::text, 9, '0'), 'c' || lpad(i::text, 9, '0'), 'penalty', 1, '', 'ANSWERED', TIMESTAMPTZ '2025-01-01', 'u1', TIMESTAMPTZ '2025-01-01', TIMESTAMPTZ '2025-01-01'
		FROM generate_series(1, {n}) i`,
	`INSERT INTO licensing_clock (case_id, seq, clock, begun, days, used, ended, since)
		SELECT 'c' || lpad(i::text, 9, '0'), n, 'C1', DATE '2025-01-01', 5, 5, i <= {n} - {open}, CASE WHEN i > {n} - {open} THEN DATE '2025-01-01' END
		FROM generate_series(1, {n}) i, generate_series(1, 1) n`,
	`INSERT INTO licensing_letter (id, agency, kind, word, year, serial, number, trade, template, case_id, apply_no, applicant, idno_mask, issued_on, issued_at,
			issued_by, demo, lost, pages, code_blind, facts, digest, signature, mac)
		SELECT 'w' || lpad(i::text, 9, '0'), '310000', 'D13', '', 2025, 0, '', 'road', 1, 'c' || lpad(i::text, 9, '0'), '3101900' || lpad(i::text, 8, '0'), '王建强', '310***********0014',
			'2025-01-01', TIMESTAMPTZ '2025-01-01' + i * INTERVAL '20 seconds', 'u1', true, '', 1, sha256(('code' || i)::bytea), '\x00', '\x00', '\x00', '\x00'
		FROM generate_series(1, {n}) i`,
	`INSERT INTO onestop_case (apply_no, case_id, online, begun_at)
		SELECT '3101900' || lpad(i::text, 8, '0'), 'c' || lpad(i::text, 9, '0'), true, TIMESTAMPTZ '2025-01-01' FROM generate_series(1, {n}) i`,
	`INSERT INTO onestop_message (apply_no, endpoint, node, op_time, body, state, created_at, sent_at, seq)
		SELECT '3101900' || lpad(i::text, 8, '0'), 'case/status', 'ACCEPT', TIMESTAMPTZ '2025-01-01', '{}', 'SENT', TIMESTAMPTZ '2025-01-01', TIMESTAMPTZ '2025-01-01', 1
		FROM generate_series(1, {n}) i`,
	`INSERT INTO practitioner_event (id, person, at, kind, text, by_id, by_name)
		SELECT 'v' || lpad(i::text, 9, '0'), 'p' || lpad(i::text, 9, '0'), TIMESTAMPTZ '2025-01-01', 'CASE', '受理', 'u1', '演练' FROM generate_series(1, {n}) i`,
}

// Rare is a name that twenty of a filled office have, however many there are.
const Rare = "上官明珠"

// Fill puts n cases of as many people into an empty database, with what belongs
// to them, and lets PostgreSQL look at them.
func Fill(ctx context.Context, d *db.DB, n int) error {
	c, err := d.Acquire(ctx)
	if err != nil {
		return err //nolint:wrapcheck // says what it is
	}
	defer c.Release()
	numbers := strings.NewReplacer("{n}", strconv.Itoa(n), "{open}", strconv.Itoa(min(opened, n/2)))
	for _, sql := range append([]string{`SET session_replication_role = replica`, `SET synchronous_commit = off`}, filled...) {
		if _, err := c.Exec(ctx, numbers.Replace(sql)); err != nil {
			return fmt.Errorf("fill: %.60s: %w", sql, err)
		}
	}
	for _, sql := range []string{`RESET session_replication_role`, `RESET synchronous_commit`, `VACUUM ANALYZE`} {
		if _, err := c.Exec(ctx, sql); err != nil {
			return fmt.Errorf("fill: %s: %w", sql, err)
		}
	}
	return nil
}
