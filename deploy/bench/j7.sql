-- What a submission writes, in its order and with its sizes, in one transaction:
-- derived from PostgreSQL's log of one (deploy/README.md). Reads are left out.
SELECT nextval('yard') AS n \gset
BEGIN;
INSERT INTO licensing_material (case_id, code, revision, form, name, kind, size, blob, source, by_id, at) VALUES ('y' || :n::bigint, 'M01', 1, 'generated', '本系统', '', 0, NULL, 'FORM', :id, now());
INSERT INTO licensing_material (case_id, code, revision, form, name, kind, size, blob, source, by_id, at) VALUES ('y' || :n::bigint, 'M09', 1, 'generated', '本系统', '', 0, NULL, 'FORM', :id, now());
INSERT INTO licensing_query (id, case_id, service, round, about, state, asked_at, asked_by, due_at) VALUES ('q' || :n::bigint || :id, 'y' || :n::bigint, 'penalty', 1, '', 'WAITING', now(), :id, now());
INSERT INTO licensing_check (case_id, round, code, result, reason, guide, source, at, by_id, raw) VALUES ('y' || :n::bigint, 1, 'E01', 'PASS', '', '', '一网通办实名认证', now(), :id, NULL);
INSERT INTO licensing_check (case_id, round, code, result, reason, guide, source, at, by_id, raw) VALUES ('y' || :n::bigint, 1, 'E15', 'PASS', '', '', '失信名单与吊销锁', now(), :id, NULL);
INSERT INTO licensing_check (case_id, round, code, result, reason, guide, source, at, by_id, raw) VALUES ('y' || :n::bigint, 1, 'E16', 'PASS', '', '', '失信名单与吊销锁', now(), :id, NULL);
INSERT INTO licensing_check (case_id, round, code, result, reason, guide, source, at, by_id, raw) VALUES ('y' || :n::bigint, 1, 'E18', 'PASS', '', '', '本系统', now(), :id, NULL);
INSERT INTO licensing_check (case_id, round, code, result, reason, guide, source, at, by_id, raw) VALUES ('y' || :n::bigint, 1, 'E19', 'PASS', '', '', '本系统', now(), :id, NULL);
INSERT INTO licensing_clock (case_id, seq, clock, begun, days, used, since, ended, due) VALUES ('y' || :n::bigint, 1, 'C1', '2026-01-05', 5, 0, '2026-01-05', false, '2026-01-12')
  ON CONFLICT (case_id, seq) DO UPDATE SET days = excluded.days, used = excluded.used, since = excluded.since, ended = excluded.ended, due = excluded.due;
INSERT INTO licensing_event (case_id, seq, event_id, event, from_state, to_state, at, by_id, by_name, text, mac) VALUES ('y' || :n::bigint, 3, 'order-00000001', 'submit', 'DRAFT', 'SUBMITTED', now(), :id, '王建强', '', :mac::bytea);
UPDATE licensing_case SET accept_no = '', licence = NULL, categories = '{02001}', form = :form::bytea, state = 'SUBMITTED', version = 3, applied_on = '2026-01-05', due = '2026-01-12', due_clock = 'C1', changed_at = now(), known = :known::bytea, mac = :mac::bytea, proposal = '' WHERE id = 'y' || :n::bigint;
INSERT INTO licensing_letter (id, agency, kind, word, year, serial, number, trade, template, case_id, apply_no, applicant, idno_mask, issued_on, issued_at, issued_by, demo, lost, pages, code_blind, facts, digest, signature, mac)
  VALUES ('w' || :n::bigint || :id, '310000', 'D13', '', 2026, 0, '', 'road', 1, 'y' || :n::bigint, 'y' || :n::bigint, '王建强', '310***********0014', '2026-01-05', now(), :id, true, '', 1, sha256((:id || :n)::bytea), :facts::bytea, '', '', :mac::bytea);
INSERT INTO river_job (args, kind, max_attempts, metadata, priority, queue, scheduled_at, state, tags) VALUES (jsonb_build_object('key', 'w' || :n::bigint || :id), 'letter_print', 1000, '{}', 1, 'letter_print', now(), 'available', '{}');
INSERT INTO practitioner_event (id, person, at, kind, text, ref, licence, before, after, by_id, by_name) VALUES ('v' || :n::bigint || :id, 'p000000001', now(), 'CASE', :text, 'y' || :n::bigint, '', NULL, NULL, :id, '王建强');
INSERT INTO onestop_case (apply_no, case_id, online, begun_at) VALUES ('y' || :n::bigint, 'y' || :n::bigint, true, now()) ON CONFLICT DO NOTHING;
{messages}
INSERT INTO river_job (args, kind, max_attempts, metadata, priority, queue, scheduled_at, state, tags) VALUES (jsonb_build_object('key', 'y' || :n::bigint), 'onestop_send', 100, '{}', 1, 'onestop_send', now(), 'available', '{}');
WITH head AS (UPDATE audit_head SET seq = seq + 1, mac = :mac::bytea RETURNING seq)
  INSERT INTO audit_entry (seq, at, actor, username, ip, action, object, detail, mac) SELECT seq, now(), :id, :id, '', 'licensing.case.submit', 'y' || :n::bigint, :text, :mac::bytea FROM head;
COMMIT;
