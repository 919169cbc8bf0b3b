package main

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/stack"
)

// TestM64CloseOut: the four sums meet at the venue, the centre has signed for what
// it holds, and venue, console and the candidate's record say the same of it;
// the packet of the whole sitting, carried in afterwards, changes nothing.
func TestM64CloseOut(t *testing.T) {
	w := system(t)
	opened.do(t, w.open)
	entered.do(t, w.enter)
	held.do(t, w.hold)
	ctx := t.Context()
	var c stack.Closing
	require.NoError(t, stack.Until(ctx, 200*time.Millisecond, func() (done bool, err error) {
		c, err = w.hall.Closing(ctx)
		return c.Centre.Receipt != nil && !c.Centre.At.IsZero(), err
	}))
	codes := []string{}
	for _, s := range c.Sums {
		codes = append(codes, s.Code)
		require.True(t, s.OK, "%+v", s)
		require.Equal(t, s.Left.N, s.Total)
	}
	require.Equal(t, []string{"booked", "issued", "started", "acknowledged"}, codes)
	for _, x := range c.Waivers {
		require.NotEmpty(t, x.Reason, "%+v", x)
	}

	clerk := w.as(t, "zhang.kaowu")
	type closeout struct {
		Closed  bool
		Sums    []struct{ OK bool }
		Waivers []struct{ Code, Reason string }
		Receipt struct {
			Number, Digest string
			Count          int
			Differences    []string
		}
	}
	centre := get[closeout](t, clerk, w.hall.CentrePath("/closeout"))
	require.Equal(t, c.Centre.Receipt.Number, centre.Receipt.Number)
	require.Equal(t, []string{c.Digest, c.Digest}, []string{c.Centre.Receipt.Digest, centre.Receipt.Digest})
	require.Equal(t, storyCandidates, centre.Receipt.Count)
	require.Empty(t, centre.Receipt.Differences)
	require.Len(t, centre.Waivers, len(c.Waivers))

	told := map[string]bool{}
	for _, h := range c.Centre.Receipt.Handins {
		told[h.Code] = true
	}
	require.Len(t, told, storyCandidates)
	people, err := w.hall.Chief.Candidates(ctx, w.hall.Exam.Sitting)
	require.NoError(t, err)
	for _, p := range people {
		var record struct {
			Attempts []struct{ Code, Receipt string }
		}
		require.NoError(t, clerk.Do(ctx, http.MethodPost, w.hall.CentrePath("/candidates/"+p.ID+"/record"), nil, &record))
		require.True(t, told[record.Attempts[0].Code], "%+v is not among %v", record, told)
		require.Equal(t, centre.Receipt.Number, record.Attempts[0].Receipt)
	}

	var packet []byte
	require.NoError(t, w.hall.Chief.Do(ctx, http.MethodPost, "/proctor/v1/export", nil, &packet))
	require.True(t, bytes.HasPrefix(packet, []byte("HUYUNUP1")))
	for range 2 {
		var out struct{ Problem string }
		require.NoError(t, clerk.Upload(ctx, "/api/v1/node-packets", map[string][]byte{"packet": packet}, nil, &out))
		require.Empty(t, out.Problem)
	}
	require.Equal(t, centre, get[closeout](t, clerk, w.hall.CentrePath("/closeout")))
}
