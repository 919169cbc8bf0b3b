package sitting

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
)

// grid is every state × every verb; "." is refused, "<" goes back to where the
// sitting was suspended. Columns in the order of Verbs().
const grid = `
            revise    assign    apply     approve   return    dispatch    release   start    close   score   publish    suspend    resume cancel     withdraw  correct
PLANNED     PLANNED   ASSIGNED  .         .         .         .           .         .        .       .       .          .          .      CANCELLED  .         .
ASSIGNED    PLANNED   ASSIGNED  APPLYING  .         .         .           .         .        .       .       .          SUSPENDED  .      CANCELLED  .         .
APPLYING    .         .         .         APPROVED  RETURNED  .           .         .        .       .       .          SUSPENDED  .      .          .         .
APPROVED    .         .         .         .         .         DISPATCHED  .         RUNNING  CLOSED  .       .          SUSPENDED  .      .          .         .
RETURNED    PLANNED   ASSIGNED  APPLYING  .         .         .           .         .        .       .       .          SUSPENDED  .      CANCELLED  .         .
DISPATCHED  .         .         .         .         .         DISPATCHED  RELEASED  RUNNING  CLOSED  .       .          SUSPENDED  .      .          APPROVED  .
RELEASED    .         .         .         .         .         .           .         RUNNING  CLOSED  .       .          SUSPENDED  .      .          APPROVED  .
RUNNING     .         .         .         .         .         .           .         .        CLOSED  .       .          SUSPENDED  .      .          .         .
CLOSED      .         .         .         .         .         .           .         .        .       SCORED  .          .          .      .          .         .
SCORED      .         .         .         .         .         .           .         .        .       SCORED  PUBLISHED  .          .      .          .         .
PUBLISHED   .         .         .         .         .         .           .         .        .       .       .          .          .      .          .         CLOSED
SUSPENDED   .         .         .         .         .         .           .         .        CLOSED  .       .          .          <      .          .         .
CANCELLED   .         .         .         .         .         .           .         .        .       .       .          .          .      .          .         .`

func TestEveryStateAndVerb(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSpace(grid), "\n")
	require.Len(t, lines, 1+len(States()))
	require.Len(t, strings.Fields(lines[0]), len(Verbs()))
	for i, v := range strings.Fields(lines[0]) {
		require.Equal(t, Verbs()[i], Verb(v))
	}
	for i, line := range lines[1:] {
		cells := strings.Fields(line)
		from := State(cells[0])
		require.Equal(t, States()[i], from)
		for j, want := range cells[1:] {
			verb := Verbs()[j]
			p := Position{State: from}
			if from == Suspended {
				p.Before = Released
			}
			got, err := p.Act(verb)
			switch want {
			case ".":
				require.True(t, fault.Is(err, "exam.sitting."+string(verb)+".state"), "%s %s: %v", from, verb, err)
				require.Equal(t, p, got)
				require.Contains(t, fault.From(err).Text, StateName(from))
			case "<":
				require.NoError(t, err)
				require.Equal(t, Position{State: Released}, got)
			default:
				require.NoError(t, err, "%s %s", from, verb)
				require.Equal(t, State(want), got.State)
				if got.State == Suspended {
					require.Equal(t, from, got.Before)
				}
			}
		}
	}
}

func TestFactsAreNeverRefused(t *testing.T) {
	t.Parallel()
	for _, from := range States() {
		for _, verb := range []Verb{VerbApply, VerbRelease, VerbStart, VerbClose} {
			p := Position{State: from}
			if to, ok := next(from, verb); ok && from != Suspended {
				require.Equal(t, to, p.Fact(verb).State)
			} else if from != Suspended {
				require.Equal(t, p, p.Fact(verb))
			}
		}
	}
	paused := Position{State: Suspended, Before: Released}
	require.Equal(t, Position{State: Suspended, Before: Running}, paused.Fact(VerbStart), "a start while suspended is remembered")
	require.Equal(t, Position{State: Closed}, paused.Fact(VerbClose))
	require.Equal(t, paused, paused.Fact(VerbApply))
}

func TestEveryStateHasAWayOnAndAName(t *testing.T) {
	t.Parallel()
	reached := map[State]bool{Planned: true}
	for range States() {
		for s := range reached {
			for _, v := range Verbs() {
				if to, ok := next(s, v); ok && to != back {
					reached[to] = true
				}
			}
		}
	}
	for _, s := range States() {
		require.True(t, reached[s], "%s can be reached", s)
		require.NotEqual(t, string(s), StateName(s))
	}
	for _, v := range Verbs() {
		require.NotEmpty(t, verbNames[v])
	}
}

func TestAdmissionNumbers(t *testing.T) {
	t.Parallel()
	require.Equal(t, byte('3'), luhn("7992739871"), "the well-known vector")
	a := admission("26112310101", 7)
	require.Len(t, a, 15)
	for i := range a { // every single wrong digit is found
		for d := byte('0'); d <= '9'; d++ {
			if d == a[i] {
				continue
			}
			bad := a[:i] + string(d) + a[i+1:]
			require.NotEqual(t, bad[14], luhn(bad[:14]), bad)
		}
	}
}
