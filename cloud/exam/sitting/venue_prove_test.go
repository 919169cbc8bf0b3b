package sitting_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/node"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// stored is a story whose device has sent audit lines, kept as the intake keeps
// them: records, cursor, and the checkpoint that the device signed.
func stored(t *testing.T, n int) *examtest.Story {
	t.Helper()
	s := examtest.NewStory(t)
	s.Sittings.Journals = &node.Service{DB: s.DB}
	_, err := s.DB.Exec(t.Context(), `INSERT INTO node (id, venue, name, state, public_key, certificate, not_after, enrolled_at, changed_at)
		VALUES ($1, $2, 'n', 'ACTIVE', $3, '', now(), now(), now())`, s.Device.Node, s.Venue.ID, s.Device.Key.Public().DER())
	require.NoError(t, err)
	send := func(kind string, body any) journal.Record {
		r := s.Device.Record(t, s.Clock.Now(), kind, "x", body)
		require.NoError(t, s.Apply(r))
		_, err := s.DB.Exec(t.Context(), `INSERT INTO node_record (node, lane, seq, at, kind, subject, body, hash, received_at)
			VALUES ($1, 'exam', $2, $3, $4, $5, $6, $7, now())`, s.Device.Node, int64(r.Seq), r.At, r.Kind, r.Subject, r.Body, r.Hash[:])
		require.NoError(t, err)
		return r
	}
	var last journal.Record
	for i := 1; i <= n; i++ {
		send("other.kind", map[string]int{"n": i})
		last = send(wire.KindAudit, wire.Audit{Seq: uint64(i), Actor: "chief", Action: "seat.move", Object: strconv.Itoa(i), MAC: "mac-" + strconv.Itoa(i)})
	}
	cp := journal.Checkpoint{Node: s.Device.Node, Lane: journal.LaneExam, Position: last.Position()}
	require.NoError(t, cp.Sign(s.Device.Key, s.Clock.Now()))
	_, err = s.DB.Exec(t.Context(), `INSERT INTO node_cursor (node, lane, seq, hash, applied_at) VALUES ($1, 'exam', $2, $3, now())`,
		s.Device.Node, int64(last.Seq), last.Hash[:])
	require.NoError(t, err)
	_, err = s.DB.Exec(t.Context(), `INSERT INTO node_checkpoint (node, lane, seq, hash, sig, received_at, signed) VALUES ($1, 'exam', $2, $3, $4, now(), $5)`,
		s.Device.Node, int64(last.Seq), last.Hash[:], cp.Sig, journal.AppendCheckpoint(nil, cp))
	require.NoError(t, err)
	return s
}

func TestVenueActsAreVerifiedAndFaultsNamed(t *testing.T) {
	t.Parallel()
	s := stored(t, 5)
	s.Staff("auditor", sitting.PermProve)
	s.Scoped("elsewhere", auth.Scope{Venues: []string{"another"}}, sitting.PermProve)
	const path = "/api/v1/exam/venue-audit/verify"
	report := func(who string) sitting.VenueReport {
		status, body := s.Do(who, http.MethodPost, path, nil)
		require.Equal(t, http.StatusOK, status, string(body))
		return examtest.Decode[sitting.VenueReport](t, body)
	}
	r := report("auditor")
	require.True(t, r.OK, "%+v", r)
	require.Equal(t, []sitting.VenueProof{{
		Node: s.Device.Node, Venue: s.Venue.ID, OK: true, Entries: 5, Signed: 10, Records: 10, MAC: "mac-5", Findings: []string{},
	}}, r.Items)
	require.Equal(t, 1, s.Audited(sitting.PermProve))
	require.Empty(t, report("elsewhere").Items)
	status, _ := s.Do("boss", http.MethodPost, path, nil)
	require.Equal(t, http.StatusForbidden, status)

	const swap = `UPDATE exam_venue_audit a SET actor = b.actor, action = b.action, object = b.object, detail = b.detail, mac = b.mac, at = b.at
		FROM exam_venue_audit b WHERE (a.seq, b.seq) IN ((2, 4), (4, 2))`
	const other = `'00'::bytea`
	for sql, want := range map[string][]string{
		`UPDATE exam_venue_audit SET actor = 'nobody' WHERE seq = 3`:        {"操作记录第 3 条与设备签名的日志不符，被改动过"},
		`UPDATE exam_venue_audit SET mac = 'x' WHERE seq = 3`:               {"操作记录第 3 条与设备签名的日志不符，被改动过"},
		`UPDATE exam_venue_audit SET at = at + interval '1s' WHERE seq = 3`: {"操作记录第 3 条与设备签名的日志不符，被改动过"},
		`DELETE FROM exam_venue_audit WHERE seq = 5`:                        {"操作记录第 5 条被删除过"},
		`UPDATE exam_venue_audit SET seq = 6 WHERE seq = 5`:                 {"操作记录第 5 条被删除过", "操作记录第 6 条不是考场上报的，是后来添加的"},
		swap: {"操作记录第 2 条与第 4 条被对调过"},
		`UPDATE node_record SET body = '{}' WHERE seq = 4`:                           {"考场日志第 4 条与日志链不符，被改动或对调过"},
		`DELETE FROM node_record WHERE seq = 4`:                                      {"考场日志缺第 4 条，被删除过"},
		`DELETE FROM node_record WHERE seq > 8`:                                      {"考场日志到第 8 条为止，应到第 10 条，末尾被截断"},
		`UPDATE node_cursor SET hash = ` + other:                                     {"考场日志的末尾与接收位置不符，被改动过"},
		`UPDATE node_checkpoint SET signed = NULL`:                                   {"考场日志没有可核验的设备签名（升级前收到的记录），设备下次上报后再核验"},
		`UPDATE node_checkpoint SET signed = overlay(signed placing '\x00' from 30)`: {"设备签名与登记的设备公钥不符，签名或登记资料被改动过"},
		`DELETE FROM node_record WHERE seq > 8; UPDATE node_cursor SET seq = 8, hash = (SELECT hash FROM node_record WHERE seq = 8);
			DELETE FROM exam_venue_audit WHERE seq = 5`: {"考场日志到第 8 条为止，设备已签名到第 10 条，末尾被截断"},
	} {
		undo := planted(t, s, sql)
		r, err := s.Sittings.ProveVenues(t.Context())
		require.NoError(t, err, sql)
		require.False(t, r.OK, sql)
		require.Equal(t, want, r.Items[0].Findings, sql)
		undo()
		r, err = s.Sittings.ProveVenues(t.Context())
		require.NoError(t, err, sql)
		require.True(t, r.OK, sql)
	}
}

// planted changes the database and returns what puts it back.
func planted(t *testing.T, s *examtest.Story, sql string) func() {
	t.Helper()
	tables := []string{"exam_venue_audit", "node_record", "node_cursor", "node_checkpoint"}
	run := func(sql string) {
		_, err := s.DB.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
		require.NoError(t, err, sql)
	}
	for _, name := range tables {
		run("CREATE TABLE kept_" + name + " AS TABLE " + name)
	}
	run(sql)
	return func() {
		for _, name := range tables {
			run("DELETE FROM " + name + "; INSERT INTO " + name + " SELECT * FROM kept_" + name + "; DROP TABLE kept_" + name)
		}
	}
}

// TestARewrittenJournalIsFoundByTheSignature: a chain made anew after a change
// is whole in itself, and only the device's signature says that it is another.
func TestARewrittenJournalIsFoundByTheSignature(t *testing.T) {
	t.Parallel()
	s := stored(t, 3)
	rows, err := s.DB.Query(t.Context(), `SELECT seq, at, kind, subject, body FROM node_record ORDER BY seq`)
	require.NoError(t, err)
	recs, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r journal.Record, err error) {
		return r, row.Scan(&r.Seq, &r.At, &r.Kind, &r.Subject, &r.Body)
	})
	require.NoError(t, err)
	var prev journal.Position
	for _, r := range recs {
		if r.Seq == 2 {
			r.Subject = "rewritten"
		}
		n := journal.Next(prev.Hash, r.Seq, r.At, r.Kind, r.Subject, r.Body)
		prev = n.Position()
		_, err = s.DB.Exec(t.Context(), `UPDATE node_record SET subject = $2, hash = $3 WHERE seq = $1`, int64(n.Seq), n.Subject, n.Hash[:])
		require.NoError(t, err)
	}
	_, err = s.DB.Exec(t.Context(), `UPDATE node_cursor SET hash = $1`, prev.Hash[:])
	require.NoError(t, err)
	r, err := s.Sittings.ProveVenues(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"考场日志到第 6 条与设备的签名不符，被整体改写过"}, r.Items[0].Findings)
}
