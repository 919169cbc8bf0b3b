package arch

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestEveryDecoderOfTheProtocolIsFuzzed(t *testing.T) {
	t.Parallel()
	found, decoders, err := Unfuzzed(os.DirFS("../.."), "protocol")
	require.NoError(t, err)
	require.Empty(t, found, strings.Join(found, "\n"))
	require.Greater(t, decoders, 20, "they are found at all")
}

func TestADecoderWithoutATargetIsFound(t *testing.T) {
	t.Parallel()
	const source = `package x
import "io"
func ParseThis(s string) error { return nil }
func (k *Key) DecryptThat(b []byte) error { return nil }
func OpenIt[T any](r io.Reader) error { return nil }
func ReadOn(n int) error { return nil }
func Check(s string) error { return nil }
func parseMine(s string) error { return nil }
`
	for name, c := range map[string]struct {
		test string
		want []string
	}{
		"no tests": {"package x", []string{"DecryptThat", "OpenIt", "ParseThis"}},
		"an ordinary test is no fuzzing": {`package x
func TestParse(t *testing.T) { ParseThis(""); k.DecryptThat(nil); OpenIt(nil) }`, []string{"DecryptThat", "OpenIt", "ParseThis"}},
		"one is missing": {`package x
func FuzzThis(f *testing.F) { f.Fuzz(func(t *testing.T, s string) { ParseThis(s); open() }) }
func open() { x.OpenIt[int](nil) }`, []string{"DecryptThat"}},
		"all": {`package x_test
func FuzzThis(f *testing.F) { x.ParseThis(""); open(); k.DecryptThat(nil) }
func open() { x.OpenIt(nil) }`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, decoders, err := Unfuzzed(fstest.MapFS{"protocol/x/x.go": {Data: []byte(source)}, "protocol/x/x_test.go": {Data: []byte(c.test)}}, "protocol")
			require.NoError(t, err)
			require.Equal(t, 3, decoders)
			require.Len(t, found, len(c.want))
			for i, want := range c.want {
				require.Contains(t, found[i], "protocol/x."+want+" ")
			}
		})
	}
}
