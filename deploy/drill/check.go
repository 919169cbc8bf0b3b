package main

import (
	"fmt"
	"slices"
	"sort"

	"huyun.internal/simulators/crowd"
)

// key names one save: who, which item, which revision.
type key struct {
	Admission, Item string
	Revision        uint64
}

func (k key) String() string {
	return fmt.Sprintf("%s item %s revision %d", k.Admission, k.Item, k.Revision)
}

// saved is what the cloud holds for a key.
type saved struct {
	Choice  []string
	Records int // journal records; more than one is a duplicate
	Rows    int // rows of the projection; must be one
}

// act is one operation of a history, its lines put together.
type act struct {
	crowd.Op
	End string // crowd.OK, Fail, Unknown, or "" when the history ends before it
}

// verdict counts operations. A run is good when lost, duplicated, altered and
// unexpected are all zero.
type verdict struct {
	Acked, Unknown, Recovered, Refused    int
	Lost, Duplicated, Altered, Unexpected int
	Complaints                            []string
}

func (v *verdict) complain(what string, k key, detail string) {
	if len(v.Complaints) < 50 {
		v.Complaints = append(v.Complaints, what+": "+k.String()+" "+detail)
	}
}

func (v verdict) bad() int { return v.Lost + v.Duplicated + v.Altered + v.Unexpected }

// judge compares what candidates know with what the cloud holds:
//
//	acknowledged        must be there, once, unaltered     (I1, I2)
//	unknown, cut short  may be there, once, unaltered      (I3)
//	refused, late       must not be there
//	everything else     must not be there                  (I3)
func judge(acts []act, cloud map[key]saved) verdict {
	var v verdict
	claims := map[key][]act{}
	for _, a := range acts {
		switch {
		case a.Kind != crowd.Answer && a.Kind != crowd.Late:
		case a.Kind == crowd.Late || a.End == crowd.Fail:
			v.Refused++ // what is there has to be somebody else's claim
		default:
			k := key{a.Admission, a.Item, a.Revision}
			claims[k] = append(claims[k], a)
		}
	}
	for k, list := range claims {
		v.settle(k, list, cloud)
	}
	for k := range cloud {
		if len(claims[k]) == 0 {
			v.Unexpected++
			v.complain("unexpected", k, "nobody's acknowledged or pending answer")
		}
	}
	sort.Strings(v.Complaints)
	return v
}

// settle judges the claims to one key. There may be several: after a move, a
// candidate goes on from what the venue has, and an answer that got no receipt
// at the old seat may share its revision with one that did at the new. What was
// acknowledged decides.
func (v *verdict) settle(k key, list []act, cloud map[key]saved) {
	got, there := cloud[k]
	acked := slices.DeleteFunc(slices.Clone(list), func(a act) bool { return a.End != crowd.OK })
	v.Acked += len(acked)
	switch {
	case len(acked) > 0:
		list = acked
	case there:
		v.Recovered++
	default:
		v.Unknown++
	}
	switch {
	case there:
		v.compare(k, list, got)
	case len(acked) > 0:
		v.Lost++
		v.complain("lost", k, "")
	}
}

// compare holds what is there against the claims it may have come from.
func (v *verdict) compare(k key, list []act, got saved) {
	if got.Records > 1 || got.Rows > 1 {
		v.Duplicated++
		v.complain("duplicated", k, fmt.Sprintf("%d records, %d rows", got.Records, got.Rows))
	}
	if got.Records == 0 || got.Rows == 0 {
		v.Lost++
		v.complain("lost", k, fmt.Sprintf("%d records but %d rows", got.Records, got.Rows))
	}
	have := slices.Sorted(slices.Values(got.Choice))
	same := func(a act) bool { return slices.Equal(slices.Sorted(slices.Values(a.Choice)), have) }
	if !slices.ContainsFunc(list, same) {
		v.Altered++
		v.complain("altered", k, fmt.Sprintf("sent %v, there is %v", list[0].Choice, have))
	}
}

// finals is what each candidate last had acknowledged or might have, item by
// item: how many items must count as answered in the cloud's score.
func finals(cloud map[key]saved) map[string]int {
	last := map[[2]string]key{}
	for k := range cloud {
		at := [2]string{k.Admission, k.Item}
		if k.Revision >= last[at].Revision {
			last[at] = k
		}
	}
	out := map[string]int{}
	for _, k := range last {
		if len(cloud[k].Choice) > 0 {
			out[k.Admission]++
		}
	}
	return out
}
