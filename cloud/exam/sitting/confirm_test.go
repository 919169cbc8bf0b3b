package sitting_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/training/class"
	"huyun.internal/protocol/fault"
)

func groups(t *testing.T, s *examtest.Story, id string) map[string]sitting.Group {
	t.Helper()
	list, err := s.Sittings.Groups(s.As("boss"), id)
	require.NoError(t, err)
	out := map[string]sitting.Group{}
	for _, g := range list {
		out[g.Kind] = g
	}
	return out
}

// TestKindsAreConfirmedSeparately: nobody is seated before somebody has said of
// each kind of candidates that they may sit; a list that changes afterwards has
// to be confirmed again, that of the other kind stands.
func TestKindsAreConfirmedSeparately(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Planned(t, 2)
	c := finished(t, s, 2)
	enrol := func(members ...string) {
		_, err := s.Sittings.Enrol(s.As("boss"), in.ID, c.ID, members, true)
		require.NoError(t, err)
	}
	people, err := s.Classes.Members(s.As("boss"), c.ID, class.Passed, db.Page{})
	require.NoError(t, err)
	enrol(people.Items[0].ID)
	path := "/api/v1/exam/sittings/" + in.ID
	word := func(kind, basis string) (int, string) {
		status, body := s.Do("boss", http.MethodPost, path+"/confirm", map[string]string{"kind": kind, "roll": groups(t, s, in.ID)[kind].Roll, "basis": basis})
		return status, string(body)
	}
	assign := func() (int, string) {
		status, body := s.Do("boss", http.MethodPost, path+"/assign", nil)
		return status, string(body)
	}

	status, body := assign()
	require.Equal(t, http.StatusPreconditionFailed, status, body)
	require.Contains(t, body, "岗前 2 人、继续教育（复训） 1 人还没有确认")
	status, body = word(class.PrePost, "。１")
	require.Equal(t, http.StatusBadRequest, status, "no class stands behind them: %s", body)
	require.Contains(t, body, "有 2 名考生不是由结业班级报名的")
	status, body = word(class.PrePost, "报名表已核对")
	require.Equal(t, http.StatusNoContent, status, body)
	status, body = word(class.PrePost, "报名表已核对")
	require.Equal(t, http.StatusConflict, status, body)
	_, body = assign()
	require.Contains(t, body, "继续教育（复训） 1 人还没有确认")
	require.NotContains(t, body, "岗前")
	status, body = word(class.Retrain, "")
	require.Equal(t, http.StatusNoContent, status, "their class stands for them: %s", body)

	for f, n := range map[sitting.CandidateFilter]int{{Kind: class.Retrain}: 1, {Kind: class.PrePost, Photo: "yes"}: 2, {Photo: "no"}: 1, {Turn: "2"}: 0} {
		list, err := s.Sittings.Candidates(s.As("boss"), in.ID, f, db.Page{})
		require.NoError(t, err)
		require.Equal(t, n, list.Total, "%+v", f)
	}
	enrol(people.Items[1].ID)
	g := groups(t, s, in.ID)
	require.True(t, g[class.PrePost].Confirmed)
	require.False(t, g[class.Retrain].Confirmed)
	require.Equal(t, 1, g[class.Retrain].Last.People, "who was confirmed stays on record")
	_, body = assign()
	require.Contains(t, body, "继续教育（复训） 2 人还没有确认")
	stale, body2 := s.Do("boss", http.MethodPost, path+"/confirm", map[string]string{"kind": class.Retrain, "roll": g[class.PrePost].Roll})
	require.Equal(t, http.StatusConflict, stale, string(body2))
	status, body = word(class.Retrain, "")
	require.Equal(t, http.StatusNoContent, status, body)
	status, body = assign()
	require.Equal(t, http.StatusOK, status, body)
	require.Equal(t, 3, s.Audited(sitting.PermConfirm))

	s.InTx(t, func(ctx context.Context, tx examtest.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE exam_confirmation SET by_name = by_name, people = people + 1 WHERE sitting = $1`, in.ID)
		return err
	})
	status, body = assign()
	require.Equal(t, http.StatusInternalServerError, status, "a confirmation changed behind our back: %s", body)
}

// TestWhoNoLongerFitsIsNotConfirmed: what the centre holds is looked at again.
func TestWhoNoLongerFitsIsNotConfirmed(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Planned(t, 1)
	s.People-- // the same person, in a sitting of another hour
	s.Clock.Advance(3 * time.Hour)
	other, err := s.Sittings.Create(s.As("boss"), sitting.Plan{
		Title: "另一场", Venue: s.Venue.ID, Room: "一号机房", Rule: s.Rule.ID, RuleVersion: s.Rule.Version, StartsAt: s.Clock.Now().Add(time.Hour),
	})
	require.NoError(t, err)
	s.InTx(t, func(ctx context.Context, tx examtest.Tx) error { // as an older program would have let it
		_, err := tx.Exec(ctx, `INSERT INTO exam_candidate (id, sitting, seq, admission, name, idno, idno_blind, idno_mask, mobile_mask, category, consent, kind)
			SELECT 'twice', $2, 1, 'twice', name, idno, idno_blind, idno_mask, mobile_mask, category, consent, kind FROM exam_candidate WHERE sitting = $1`, in.ID, other.ID)
		return err
	})
	g := groups(t, s, other.ID)[class.PrePost]
	require.Len(t, g.Unfit, 1)
	require.Contains(t, g.Unfit[0].Why, "已报名同一科目的场次")
	err = s.Sittings.Confirm(s.As("boss"), other.ID, sitting.Assent{Kind: g.Kind, Roll: g.Roll, Basis: "报名表已核对"})
	require.True(t, fault.Is(err, "exam.sitting.confirm.unfit"), "%v", err)

	people, err := s.Sittings.Candidates(s.As("boss"), in.ID, sitting.CandidateFilter{}, db.Page{})
	require.NoError(t, err)
	require.NoError(t, s.Sittings.Remove(s.As("boss"), in.ID, people.Items[0].ID))
	require.NoError(t, s.Sittings.Confirm(s.As("boss"), other.ID, sitting.Assent{Kind: g.Kind, Roll: g.Roll, Basis: "报名表已核对"}))
}

// TestAConfirmationIsForThesePeopleAndPictures: a word of yesterday does not let
// in somebody who was banned today, nor another photograph than was looked at.
func TestAConfirmationIsForThesePeopleAndPictures(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Assigned(t, 1)
	_, photo := examtest.Roster(t, 0, 1)
	same, err := s.Sittings.AddPhotos(s.As("boss"), in.ID, photo)
	require.NoError(t, err)
	require.True(t, same.OK, "%+v", same.Problems)
	require.True(t, groups(t, s, in.ID)[class.PrePost].Confirmed, "the same picture again")
	opening := s.Ask(t, in.ID)
	_, err = s.Sittings.AddPhotos(s.As("boss"), in.ID, examtest.Zip(t, map[string][]byte{examtest.IDNumber(0) + ".png": examtest.Portrait(t, 9)}))
	require.NoError(t, err)
	_, err = s.Sittings.Decide(s.As("boss"), opening, sitting.Decision{Approve: true})
	require.True(t, fault.Is(err, "exam.sitting.assign.unconfirmed"), "another picture: %v", err)
	s.Confirm(t, in.ID)

	s.InTx(t, func(ctx context.Context, tx examtest.Tx) error { // banned in an exam of last month
		_, err := tx.Exec(ctx, `WITH old AS (INSERT INTO exam_sitting (id, number, title, venue, room, category, subject, rule, rule_version, starts_at, minutes, state, created_by, created_at, state_at)
				SELECT 'old', '26102310101', title, venue, room, '13001', '理论', rule, rule_version, starts_at - interval '30 days', minutes, 'PUBLISHED', created_by, created_at, state_at FROM exam_sitting WHERE id = $1 RETURNING id),
			who AS (INSERT INTO exam_candidate (id, sitting, seq, admission, name, idno, idno_blind, idno_mask, mobile_mask, category, consent)
				SELECT 'banned', 'old', 1, 'banned', '另一个名字', idno, idno_blind, idno_mask, mobile_mask, '13001', consent FROM exam_candidate WHERE sitting = $1)
			INSERT INTO exam_irregularity (id, sitting, candidate, code, note, evidence, who, node, record, at) SELECT 'i', 'old', 'banned', 'V06', 'x', '', 'x', 'x', 1, now()`, in.ID)
		return err
	})
	g := groups(t, s, in.ID)[class.PrePost]
	require.Len(t, g.Unfit, 1)
	require.Contains(t, g.Unfit[0].Why, "替考记录")
	require.Contains(t, g.Doubts[0].Why, "登记的姓名是")
	_, err = s.Sittings.Decide(s.As("boss"), opening, sitting.Decision{Approve: true})
	require.True(t, fault.Is(err, "exam.sitting.assign.unfit"), "%v", err)
}
