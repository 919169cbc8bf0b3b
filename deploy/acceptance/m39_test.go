package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/history"
	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
	"huyun.internal/protocol/clock"
)

// holder takes over somebody's certificate of a category, in force for so many days.
func (w *world) holder(t *testing.T, category string, days int) stack.Employee {
	t.Helper()
	c := seed.Candidates(1, uint64(time.Now().UnixNano()%1_000_000_000)+7_000_000)[0]
	c.Category = category
	book, err := history.Files([]seed.Candidate{c}, clock.DateOf(time.Now()).Add(days))
	require.NoError(t, err)
	var in struct{ OK bool }
	require.NoError(t, w.as(t, "wu.shencha").Upload(t.Context(), "/api/v1/practitioner-imports", map[string][]byte{"workbook": book}, nil, &in))
	require.True(t, in.OK)
	return stack.Employee{Name: c.Name, ID: c.ID, Mobile: c.Mobile, Category: category}
}

// desk opens an application at the window with what a lost certificate needs.
func (w *world) desk(t *testing.T, matter string, p stack.Employee, form map[string]string, materials ...string) stack.CasePage {
	t.Helper()
	c, err := w.OpenFor(t.Context(), w.logins, matter, p, stack.BusCompanies[0], form, materials, fmt.Sprintf("%s-%d", matter, time.Now().UnixNano()))
	require.NoError(t, err)
	return c
}

type letters struct {
	Letters []struct {
		ID, Kind, Word, Number string
		Serial                 int
	}
}

// letters tries every letter of a trade: on paper at the window, electronically
// online, each numbered in its series without a gap.
func (w *world) letters(t *testing.T, matter, category string) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	boss := w.as(t, "zheng.shenpi")
	last := map[string]int{}
	for _, s := range get[struct {
		Registers []struct {
			Word    string
			Last    int
			Missing []int
		}
	}](t, boss, "/api/v1/licensing/letter-registers").Registers {
		last[s.Word] = s.Last
		require.Empty(t, s.Missing, s.Word)
	}
	for _, way := range []struct {
		verbs []string
		kinds string
	}{
		{[]string{"submit", "accept", "claim", "pass-review", "grant", "make-certificate", "certificate-done", "deliver"}, "D13 D02 D05 D09"},
		{[]string{"submit", "require-correction"}, "D13 D04"},
		{[]string{"submit", "refuse"}, "D13 D03"},
		{[]string{"submit", "accept", "claim", "propose-refusal", "deny", "deliver"}, "D13 D02 D06 D09"},
		{[]string{"submit", "accept", "claim", "suspend"}, "D13 D02 D08"},
		{[]string{"submit", "accept", "withdraw"}, "D13 D02 D11"},
	} {
		c := w.desk(t, matter, w.holder(t, category, 300), map[string]string{"reason": "LOST", "statement": "在地铁上遗失，没有找到"}, "M03", "M05")
		id := "m39-" + c.ID
		require.NoError(t, w.Walk(ctx, w.logins, &c, id, way.verbs...), way.kinds)
		of := get[letters](t, boss, "/api/v1/licensing/cases/"+c.ID)
		var kinds []string
		for _, l := range of.Letters {
			kinds = append(kinds, l.Kind)
			var pdf []byte
			require.NoError(t, w.as(t, "qian.chuangkou").Do(ctx, http.MethodGet, "/api/v1/licensing/letters/"+l.ID+"/file", nil, &pdf))
			require.True(t, bytes.HasPrefix(pdf, []byte("%PDF")), l.Kind)
			if l.Kind == "D13" {
				continue // a slip, not numbered
			}
			require.Equal(t, last[l.Word]+1, l.Serial, "%s: no gap", l.Kind)
			require.True(t, strings.HasSuffix(l.Number, fmt.Sprintf("第%d号", l.Serial)), l.Number)
			last[l.Word] = l.Serial
		}
		require.ElementsMatch(t, strings.Fields(way.kinds), kinds)
	}
	c := w.desk(t, matter, w.holder(t, category, 300), map[string]string{"reason": "LOST", "statement": "在地铁上遗失，没有找到"}, "M03", "M05")
	require.NoError(t, w.Walk(ctx, w.logins, &c, "m39-"+c.ID, "submit"))
	var pdf []byte
	body := map[string]any{"event_id": "preview-" + c.ID, "version": c.Version}
	require.NoError(t, w.as(t, "qian.chuangkou").Do(ctx, http.MethodPost, "/api/v1/licensing/cases/"+c.ID+"/previews/accept", body, &pdf))
	require.True(t, bytes.HasPrefix(pdf, []byte("%PDF")), "seen before it is issued")
	require.Len(t, get[letters](t, boss, "/api/v1/licensing/cases/"+c.ID).Letters, 1, "and not issued by being seen")
}

func TestM39TaxiLetters(t *testing.T) { system(t).letters(t, "TX03", "09002") }

func TestM40DangerousLetters(t *testing.T) { system(t).letters(t, "DG03", "03003") }

func TestM41RoadLetters(t *testing.T) { system(t).letters(t, "RT04", "02001") }
