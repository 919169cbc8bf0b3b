package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/deploy/seed"
	"huyun.internal/protocol/exam"
	"huyun.internal/simulators/crowd"
)

// hold starts the exam, lets everybody read their paper, answer it and hand in,
// and closes the doors.
func (w *world) hold(ctx context.Context) error {
	h, d := w.hall, &w.door
	err := w.unblock(ctx)
	if err != nil {
		return err
	}
	err = h.Chief.Do(ctx, http.MethodPost, h.Path("/start"), nil, nil)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	w.papers = map[string][]crowd.Item{}
	for who, s := range d.sessions {
		err = w.answer(ctx, who, s)
		if err != nil {
			return fmt.Errorf("%s: %w", who, err)
		}
	}
	return errors.Join(w.catch(ctx), h.Drain(ctx), h.Close(ctx), h.Drain(ctx))
}

// unblock is the proctor's look at whom the machine did not recognise.
func (w *world) unblock(ctx context.Context) error {
	h := w.hall
	list, err := h.Chief.Candidates(ctx, h.Exam.Sitting)
	if err != nil {
		return err
	}
	for _, c := range list {
		st, err := w.door.sessions[c.Admission].State(ctx)
		if err != nil {
			return err
		}
		if !st.Blocked {
			continue
		}
		err = h.Chief.Do(ctx, http.MethodPost, h.Path("/attempts/"+c.Attempt+"/verification"), map[string]any{"pass": true, "reason": "证件与本人一致"}, nil)
		if err != nil {
			return fmt.Errorf("unblock: %w", err)
		}
	}
	return nil
}

// learned are the right choices of the demonstration's questions, as texts: by
// what a question asks.
func learned() (map[string][]string, error) {
	all, err := seed.Questions()
	out := map[string][]string{}
	add := func(stem string, options []exam.Option, answer []string) {
		if len(options) == 0 { // right or wrong
			out[stem] = answer
		}
		for _, o := range options {
			if slices.Contains(answer, o.Key) {
				out[stem] = append(out[stem], o.Text)
			}
		}
	}
	for _, q := range all {
		add(q.Stem, q.Options, q.Answer)
		for _, sub := range q.Sub {
			add(sub.Stem, sub.Options, sub.Answer)
		}
	}
	return out, err
}

// choice is the right one of an item to somebody who has learned, the first to
// anybody else.
func choice(item crowd.Item, right map[string][]string) []string {
	var out []string
	for _, o := range item.Options {
		if slices.Contains(right[item.Stem], o.Text) || item.Type == string(exam.TF) && slices.Contains(right[item.Stem], o.Key) {
			out = append(out, o.Key)
		}
	}
	if len(out) == 0 {
		out = []string{item.Options[0].Key}
	}
	return out
}

// answer gives a choice to everything but the last item: the first choice, and
// the right one by the first two of the story, who have learned.
func (w *world) answer(ctx context.Context, who string, s *crowd.Session) error {
	items, _, err := s.Paper(ctx)
	if err != nil {
		return err
	}
	w.papers[who] = items
	var right map[string][]string
	if who == w.hall.Exam.People[0].Admission || who == w.hall.Exam.People[1].Admission {
		if right, err = learned(); err != nil {
			return err
		}
	}
	for _, item := range items[:len(items)-1] {
		err = s.Save(ctx, item.No, 1, choice(item, right))
		if err != nil {
			return fmt.Errorf("item %s: %w", item.No, err)
		}
	}
	return s.HandIn(ctx, 1)
}

// database opens the cloud's own, as a drill does.
func (w *world) database(t *testing.T) *pgx.Conn {
	t.Helper()
	dsn, err := db.PrivateDSN(w.CloudData() + "/postgres")
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) })
	return conn
}

// TestM65Papers: out of the range sent down every candidate gets a paper of their
// own by the rule, and the centre makes the very same ones again.
func TestM65Papers(t *testing.T) {
	w := system(t)
	opened.do(t, w.open)
	entered.do(t, w.enter)
	held.do(t, w.hold)
	require.Len(t, w.papers, storyCandidates)
	rule := storyRules(t)
	bank, err := seed.Questions()
	require.NoError(t, err)
	known := map[string]exam.Question{}
	for _, q := range bank {
		for _, part := range append(q.Sub, q) {
			known[string(part.Type)+part.Stem] = q
		}
	}
	var seen []string
	for who, items := range w.papers {
		byRule(t, rule, items, known)
		order := make([]string, len(items))
		for i, it := range items {
			order[i] = it.Stem
		}
		paper := strings.Join(order, "\n")
		require.NotContains(t, seen, paper, "%s has somebody else's paper", who)
		seen = append(seen, paper)
	}
	again(t, w)
}

func storyRules(t *testing.T) exam.Rule {
	t.Helper()
	rules := seed.Rules()
	i := slices.IndexFunc(rules, func(r exam.Rule) bool { return r.ID == storyRule })
	require.GreaterOrEqual(t, i, 0)
	return rules[i]
}

// byRule counts a paper's items, section by section, and finds each question in
// the bank, right category, right subject, none of them twice.
func byRule(t *testing.T, rule exam.Rule, items []crowd.Item, known map[string]exam.Question) {
	t.Helper()
	count := map[int]int{}
	used := map[string]string{}
	for _, it := range items {
		count[it.Section]++
		q, ok := known[it.Type+it.Stem]
		require.True(t, ok, "%s is not of the bank", it.Stem)
		require.Contains(t, q.Categories, rule.Category)
		require.Equal(t, rule.Subject, q.Subject)
		if at, twice := used[q.ID]; twice {
			require.Equal(t, at, it.Case, "%s is there twice", it.Stem)
			require.NotEmpty(t, it.Case)
		}
		used[q.ID] = it.Case
		if rule.Sections[it.Section].Type != exam.Case {
			require.Equal(t, string(rule.Sections[it.Section].Type), it.Type)
		}
	}
	for i, s := range rule.Sections {
		require.Equal(t, s.Count*max(s.Subs, 1), count[i], "section %d", i)
	}
}

func (w *world) rescore(ctx context.Context) (err error) {
	w.round, err = w.hall.Rescore(ctx)
	return err
}

// again lets the centre make and score all of them.
func again(t *testing.T, w *world) {
	t.Helper()
	rescored.do(t, w.rescore)
	require.Equal(t, storyCandidates, w.round.Attempts)
	require.Zero(t, w.round.Differences)
	rows, err := w.database(t).Query(t.Context(), `SELECT a.paper, s.paper_ok, s.answered FROM exam_score s
		JOIN exam_attempt a ON a.sitting = s.sitting AND a.id = s.attempt WHERE s.sitting = $1`, w.hall.Exam.Sitting)
	require.NoError(t, err)
	type line struct {
		Paper    string
		PaperOK  bool
		Answered int
	}
	lines, err := pgx.CollectRows(rows, pgx.RowToStructByPos[line])
	require.NoError(t, err)
	require.Len(t, lines, storyCandidates)
	digests := map[string]bool{}
	for _, l := range lines {
		require.True(t, l.PaperOK, "made again with the same digest")
		require.Equal(t, len(w.papers[w.hall.Exam.People[0].Admission])-1, l.Answered)
		digests[l.Paper] = true
	}
	require.Len(t, digests, storyCandidates)
}
