package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReportCountsEveryModuleOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.False(t, report(&out, map[string]bool{"M54": true, "M55": false}))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 79)
	require.Equal(t, "acceptance: 1/78 pass, 1 fail, 76 not yet", lines[78])
	require.True(t, report(io.Discard, map[string]bool{"M54": true}))
}

func TestReadTakesOneFailedOrSkippedTestAsAFailure(t *testing.T) {
	t.Parallel()
	in := `{"Action":"pass","Test":"TestM54Door"}
{"Action":"fail","Test":"TestM54Random"}
{"Action":"pass","Test":"TestM55Bank"}
{"Action":"pass","Test":"TestM55Bank/sub"}
{"Action":"skip","Test":"TestM56Rule"}
{"Action":"pass","Test":"TestOther"}
{"Action":"pass","Test":"TestM54After"}
`
	got, err := read(strings.NewReader(in), io.Discard)
	require.NoError(t, err)
	require.Equal(t, map[string]bool{"M54": false, "M55": true, "M56": false}, got)

	killed := `{"Action":"run","Test":"TestM54Door"}
{"Action":"pass","Test":"TestM54Door"}
{"Action":"run","Test":"TestM54Random"}
{"Action":"run","Test":"TestM55Bank"}
{"Action":"fail"}
`
	got, err = read(strings.NewReader(killed), io.Discard)
	require.NoError(t, err)
	require.Equal(t, map[string]bool{"M54": false, "M55": false}, got, "begun and never ended")
}
