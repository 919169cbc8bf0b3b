package application_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/proof"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
)

// wrong are the tables in which something is, over the domains of a case.
func (h *hall) wrong() map[string]int {
	h.t.Helper()
	out := map[string]int{}
	for _, prove := range []func(context.Context, db.Q) ([]proof.Table, error){h.Prove, h.Letters.Prove, h.Matters.Prove, h.people.Prove} {
		list, err := prove(h.t.Context(), h.DB)
		require.NoError(h.t, err)
		for _, t := range list {
			if t.Wrong > 0 {
				out[t.Name] = t.Wrong
			}
			if t.Rows > 0 {
				out["rows"]++
			}
		}
	}
	return out
}

// Whatever is edited behind the program's back of a case, its course, its letters
// and what it stands on is named; so is a course whose end was cut.
func TestEditedRowsAreNamed(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.Staff("files", practitioner.PermSave)
	p := h.do("boss", h.reviewed("RT04"), licensing.Grant, "准予")
	require.NoError(t, h.people.Register(h.As("files"), h.person.ID, practitioner.RegistrationDraft{
		Category: "02001", Employer: "浦东货运公司", From: clock.Date{Year: 2024, Month: 3, Day: 1}, Source: "企业报告",
	}))
	require.Equal(t, map[string]int{"rows": 7}, h.wrong(), "nothing is wrong with what the program wrote")
	exec := func(sql string, args ...any) {
		t.Helper()
		tag, err := h.DB.Exec(t.Context(), sql, args...)
		require.NoError(t, err, sql)
		require.NotZero(t, tag.RowsAffected(), sql)
	}
	_, err := h.DB.Exec(t.Context(), `ALTER TABLE licensing_event DISABLE TRIGGER ALL; ALTER TABLE licensing_letter DISABLE TRIGGER ALL;
		ALTER TABLE licensing_letter_file DISABLE TRIGGER ALL`)
	require.NoError(t, err)
	for _, fault := range []struct{ table, plant, undo string }{
		{"licensing_case", `UPDATE licensing_case SET strict = NOT strict`, `UPDATE licensing_case SET strict = NOT strict`},
		{"licensing_event", `UPDATE licensing_event SET by_name = by_name || 'x' WHERE seq = 2`, `UPDATE licensing_event SET by_name = rtrim(by_name, 'x') WHERE seq = 2`},
		{"licensing_letter", `UPDATE licensing_letter SET applicant = applicant || 'x'`, `UPDATE licensing_letter SET applicant = rtrim(applicant, 'x')`},
		{"licensing_letter_file", `UPDATE licensing_letter_file SET pdf = pdf || 'x'::bytea`, `UPDATE licensing_letter_file SET pdf = substr(pdf, 1, length(pdf) - 1)`},
		{"licensing_matter", `UPDATE licensing_matter SET body = body || ' '`, `UPDATE licensing_matter SET body = rtrim(body, ' ')`},
		{"practitioner_licence", `UPDATE practitioner_category SET valid_to = valid_to + 365`, `UPDATE practitioner_category SET valid_to = valid_to - 365`},
		{
			"practitioner_registration", `UPDATE practitioner_registration SET employer = employer || 'x'`,
			`UPDATE practitioner_registration SET employer = rtrim(employer, 'x')`,
		},
	} {
		exec(fault.plant)
		got := h.wrong()
		require.NotZero(t, got[fault.table], fault.table)
		require.Len(t, got, 2, "%v", got)
		exec(fault.undo)
		require.Len(t, h.wrong(), 1, fault.table)
	}
	exec(`DELETE FROM licensing_event WHERE case_id = $1 AND seq = (SELECT max(seq) FROM licensing_event WHERE case_id = $1)`, p.ID)
	require.Equal(t, 1, h.wrong()["licensing_event"], "a course that was cut does not end where the case is")
	exec(`DELETE FROM licensing_event WHERE case_id = $1`, p.ID)
	require.Equal(t, 1, h.wrong()["licensing_event"], "one without a course neither")
}
