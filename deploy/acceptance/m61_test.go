package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

// publish rules on what the proctor noted, which results wait for.
func (w *world) publish(ctx context.Context) error {
	if err := w.rule(ctx); err != nil {
		return err
	}
	_, confirmed := w.hall.Confirm(ctx)
	_, published := w.hall.Publish(ctx)
	return errors.Join(confirmed, published)
}

// figures are the numbers of a group by their names, as the console gets them.
type figures map[string]any

func (f figures) count(name string) int { return int(f[name].(float64)) }

type summary struct {
	Groups []figures
	Total  figures
}

// TestM61Statistics: after a published sitting the figures say who was booked,
// who came, who passed and what went wrong, by venue, category and period; each
// is as long as the list behind it, and the workbook says the same.
func TestM61Statistics(t *testing.T) {
	w := system(t)
	for _, s := range []struct {
		step *step
		do   func(context.Context) error
	}{{&opened, w.open}, {&entered, w.enter}, {&held, w.hold}, {&rescored, w.rescore}, {&published, w.publish}} {
		s.step.do(t, s.do)
	}
	clerk := w.as(t, "zhang.kaowu")
	// Only the story's: other scenarios plan sittings as well, at other times.
	in := get[struct {
		StartsAt time.Time `json:"starts_at"`
	}](t, clerk, w.hall.CentrePath(""))
	period := "from=" + url.QueryEscape(in.StartsAt.Format(time.RFC3339)) +
		"&to=" + url.QueryEscape(in.StartsAt.Add(time.Minute).Format(time.RFC3339))
	sum := get[summary](t, clerk, "/api/v1/exam/stats?by=venue,category,month&category="+storyCategory+"&"+period)
	require.Len(t, sum.Groups, 1)
	require.Equal(t, storyCandidates, sum.Total.count("booked"))
	require.Equal(t, storyCandidates, sum.Total.count("admitted"))
	require.Zero(t, sum.Total.count("absent"))
	require.Equal(t, storyCandidates, sum.Total.count("handed_in"))
	require.Equal(t, storyCandidates, sum.Total.count("passed")+sum.Total.count("failed"))
	require.Positive(t, sum.Total.count("checks"))

	counted := 0
	for name := range sum.Total {
		page := get[list[map[string]any]](t, clerk, "/api/v1/exam/stats/list?measure="+name+"&category="+storyCategory+"&"+period)
		require.Equal(t, sum.Total.count(name), page.Total, name)
		require.Equal(t, sum.Total.count(name), sum.Groups[0].count(name), name)
		counted += page.Total
	}
	require.Greater(t, counted, storyCandidates)

	// The same figures as those of the sitting's own pages.
	scores := get[list[map[string]any]](t, clerk, w.hall.CentrePath("/scores")+"?outcome=PASSED")
	require.Equal(t, scores.Total, sum.Total.count("passed"))
	checks := get[list[map[string]any]](t, clerk, w.hall.CentrePath("/verifications"))
	require.Equal(t, checks.Total, sum.Total.count("checks"))

	var book []byte
	require.NoError(t, clerk.Do(t.Context(), http.MethodGet, "/api/v1/exam/stats/export?measure=admitted&category="+storyCategory+"&"+period, nil, &book))
	f, err := excelize.OpenReader(bytes.NewReader(book))
	require.NoError(t, err)
	rows, err := f.GetRows("明细")
	require.NoError(t, err)
	require.Len(t, rows, 1+storyCandidates, "a heading and those who came")
	require.NoError(t, f.Close())
}

// TestM55Analysis: a published sitting tells how its questions did; it comes
// after the statistics because it needs the same sitting published.
func TestM55Analysis(t *testing.T) {
	w := system(t)
	require.NoError(t, published.err)
	editor := w.as(t, "zhang.kaowu")
	type question struct {
		Number       int
		Shown, Right int
		Rate         float64
		Flag         string
	}
	page := get[list[question]](t, editor, "/api/v1/exam/stats/questions?page_size=200&sort=-shown&category="+storyCategory)
	shown := 0
	for _, q := range page.Items {
		shown += q.Shown
		require.LessOrEqual(t, q.Right, q.Shown)
		require.Equal(t, "FEW", q.Flag, "four candidates say nothing about a question")
	}
	papers := 0
	for _, items := range w.papers {
		papers += len(items)
	}
	require.Equal(t, papers, shown, "every item of every paper is counted once")
}
