package practitioner_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
)

// known gives a file a driving licence, a course and a grade.
func (o *office) known(of string) {
	ann := o.As("ann")
	require.NoError(o.t, o.SetDriving(ann, of, practitioner.Driving{Class: "A1", First: o.day("2010-03-01"), Status: "正常", Source: "公安"}))
	require.NoError(o.t, o.Educate(ann, of, practitioner.Education{Category: "09002", Org: "学校", Hours: 27, Begins: o.day("2025-01-01"), Ends: o.day("2025-01-03"), Mode: "ONSITE", Source: "学校"}))
	require.NoError(o.t, o.Assess(ann, of, practitioner.Assessment{Category: "09002", From: o.day("2024-05-01"), To: o.day("2025-04-30"), Grade: "AA", Points: 5, Source: "考核"}))
}

// asked reads all three as a decision does: what class, hours and grade, by the
// first that fails.
func (o *office) asked(of string) (class string, hours int, grade string, err error) {
	d, _, err := o.Driving(o.t.Context(), o.DB, of)
	if err != nil {
		return "", 0, "", err
	}
	if hours, err = o.Hours(o.t.Context(), o.DB, of, "09002", clock.Date{}); err != nil {
		return "", 0, "", err
	}
	a, _, err := o.Integrity(o.t.Context(), o.DB, of, "09002")
	return d.Class, hours, a.Grade, err
}

func (o *office) wrong(table string) int {
	o.t.Helper()
	list, err := o.Prove(o.t.Context(), o.DB)
	require.NoError(o.t, err)
	for _, t := range list {
		if t.Name == table {
			return t.Wrong
		}
	}
	o.t.Fatal("not proved: ", table)
	return 0
}

// A fact that was edited decides nothing, is marked on the page and named by fsck.
func TestAnEditedFactStops(t *testing.T) {
	t.Parallel()
	for table, edits := range map[string][]string{
		"practitioner_driving":    {`class = 'A1B2'`, `first_date = '2000-01-01'`, `valid_to = '2099-01-01'`, `status = '吊销'`, `source_at = source_at - interval '1 day'`, `mac = NULL`},
		"practitioner_education":  {`hours = 200`, `category = '09003'`, `ends = '2026-01-01'`, `mode = 'ONLINE'`, `mac = NULL`},
		"practitioner_assessment": {`grade = 'AAA'`, `points = 0`, `period_to = '2026-04-30'`, `category = '09003'`, `mac = NULL`},
	} {
		for _, edit := range edits {
			t.Run(table+" "+edit, func(t *testing.T) {
				t.Parallel()
				o := newOffice(t)
				p := o.file("王一", numbers[0], "")
				o.known(p.ID)
				class, hours, grade, err := o.asked(p.ID)
				require.NoError(t, err)
				require.Equal(t, []any{"A1", 27, "AA"}, []any{class, hours, grade})
				require.Zero(t, o.wrong(table))
				tag, err := o.DB.Exec(t.Context(), `UPDATE `+table+` SET `+edit)
				require.NoError(t, err)
				require.EqualValues(t, 1, tag.RowsAffected())
				_, _, _, err = o.asked(p.ID)
				examtest.RequireFault(t, err, "practitioner.fact.tampered")
				require.Equal(t, 1, o.wrong(table))
				f, err := o.Show(o.As("reader"), p.ID)
				require.NoError(t, err)
				broken := map[string]bool{
					"practitioner_driving": f.Driving[0].Broken, "practitioner_education": f.Education[0].Broken, "practitioner_assessment": f.Assessments[0].Broken,
				}
				require.True(t, broken[table], "the page says so")
			})
		}
	}
}

// Somebody else's fact is not this person's by a change of the row alone.
func TestAFactCannotBeLent(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	has, wants := o.file("王一", numbers[0], ""), o.file("李二", number("31010119850101002"), "")
	o.known(has.ID)
	_, err := o.DB.Exec(t.Context(), `UPDATE practitioner_education SET person = $1`, wants.ID)
	require.NoError(t, err)
	_, err = o.Hours(t.Context(), o.DB, wants.ID, "09002", clock.Date{})
	examtest.RequireFault(t, err, "practitioner.fact.tampered")
}

// Facts that were there before they had MACs get theirs once, and never again.
func TestFactsAreSealedOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.file("王一", numbers[0], "")
	o.known(p.ID)
	bare := func() {
		for _, table := range []string{"practitioner_driving", "practitioner_education", "practitioner_assessment"} {
			_, err := o.DB.Exec(t.Context(), `UPDATE `+table+` SET mac = NULL`)
			require.NoError(t, err)
		}
	}
	bare() // as the release before left them
	require.NoError(t, o.SealFacts(t.Context()))
	require.NoError(t, o.SealFacts(t.Context()))
	require.Equal(t, 1, o.Audited("practitioner.fact.seal"))
	_, hours, _, err := o.asked(p.ID)
	require.NoError(t, err)
	require.Equal(t, 27, hours)
	bare()
	require.NoError(t, o.SealFacts(t.Context()))
	_, _, _, err = o.asked(p.ID)
	examtest.RequireFault(t, err, "practitioner.fact.tampered")
}

// A merge passes facts on whole; of a course that both have one counts; an edited
// one is not made sound by it.
func TestAMergePassesFactsOn(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	kept, gone := o.file("王一", numbers[0], ""), o.file("王一", number("31010119850101002"), "")
	o.known(gone.ID)
	same := practitioner.Education{Category: "09002", Org: "学校", Hours: 20, Begins: o.day("2025-01-01"), Ends: o.day("2025-01-03"), Mode: "ONSITE", Source: "学校"}
	require.NoError(t, o.Educate(o.As("ann"), kept.ID, same))
	m, err := o.Propose(o.As("ann"), kept.ID, gone.ID, "同一人")
	require.NoError(t, err)
	_, err = o.DB.Exec(t.Context(), `UPDATE practitioner_driving SET class = 'A2'`)
	require.NoError(t, err)
	_, err = o.Decide(o.As("bob"), m.ID, true, "")
	examtest.RequireFault(t, err, "practitioner.fact.tampered")
	_, err = o.DB.Exec(t.Context(), `UPDATE practitioner_driving SET class = 'A1'`)
	require.NoError(t, err)
	_, err = o.Decide(o.As("bob"), m.ID, true, "")
	require.NoError(t, err)
	for _, of := range []string{kept.ID, gone.ID} {
		class, hours, grade, err := o.asked(of)
		require.NoError(t, err)
		require.Equal(t, []any{"A1", 20, "AA"}, []any{class, hours, grade})
	}
	require.Zero(t, o.wrong("practitioner_driving")+o.wrong("practitioner_education")+o.wrong("practitioner_assessment"))
}
