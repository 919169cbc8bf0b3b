package onestop

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// TestBooksAreCompared: what agrees is not listed, what does not is named with what
// to do, and the night's comparison runs once.
func TestBooksAreCompared(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	stop := o.work(o.queue)
	_, a := o.online(1)
	b, c, d := o.window(2), o.window(3), o.window(4)
	d = o.do("clerk", d, licensing.Accept, "")
	for _, no := range []string{a.ApplyNo, b.ApplyNo, c.ApplyNo, d.ApplyNo} {
		o.until(func() bool { return o.allSent(no) })
	}
	ended := func(r Report) Report {
		o.until(func() bool {
			list, err := o.one.Reports(o.As("looks"), db.Page{})
			require.NoError(t, err)
			for _, x := range list.Items {
				if x.ID == r.ID && x.EndedAt != nil {
					r = x
					return true
				}
			}
			return false
		})
		return r
	}
	_, err := o.one.Compare(o.As("looks"))
	require.True(t, fault.Is(err, "auth.forbidden"), err)
	r, err := o.one.Compare(o.As("sys"))
	require.NoError(t, err)
	r = ended(r)
	require.Equal(t, 4, r.Cases)
	require.Zero(t, r.Differences)

	o.platform.set(func() {
		p := o.platform
		p.cases[a.ApplyNo][1].body["sm3"] = "00"                                                       // another file
		p.cases[b.ApplyNo][0].body["node"] = "09"                                                      // another node
		delete(p.cases, c.ApplyNo)                                                                     // no case
		p.cases[d.ApplyNo] = p.cases[d.ApplyNo][:1]                                                    // fewer messages
		p.cases["071234260000009"] = append(p.cases["071234260000009"], taken{body: map[string]any{}}) // not ours
	})
	o.Clock.Advance(time.Second)
	r, err = o.one.Compare(o.As("sys"))
	require.NoError(t, err)
	r = ended(r)
	list, err := o.one.Differences(o.As("looks"), r.ID, "", db.Page{})
	require.NoError(t, err)
	kinds := map[string]string{}
	for _, x := range list.Items {
		kinds[x.ApplyNo] = x.Kind
		require.NotEmpty(t, x.Advice)
	}
	require.Equal(t, map[string]string{a.ApplyNo: Document, b.ApplyNo: Node, c.ApplyNo: Missing, d.ApplyNo: Seq}, kinds)

	stop()
	require.NoError(t, o.one.Sweep(t.Context()))
	require.NoError(t, o.one.Sweep(t.Context()))
	all, err := o.one.Reports(o.As("looks"), db.Page{})
	require.NoError(t, err)
	require.Equal(t, 3, all.Total, "one a night")
}

func TestWhatIsOnItsWayIsNoDifference(t *testing.T) {
	t.Parallel()
	o := ours{ApplyNo: "1", Seq: 2, Node: "02", Moving: true}
	require.Empty(t, differ(o, nil, known{Seq: 3, Node: "05"}, true), "the answer was lost")
	require.Len(t, differ(o, nil, known{Seq: 4, Node: "05"}, true), 1)
	o.Moving = false
	require.Len(t, differ(o, nil, known{Seq: 3, Node: "05"}, true), 1)
	require.Empty(t, differ(o, nil, known{Seq: 2, Node: "02"}, true))
}
