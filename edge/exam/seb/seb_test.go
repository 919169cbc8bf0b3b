package seb

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The rules of SEB's developer documentation, one by one: no originatorVersion,
// sorted without regard to case at every depth, no blanks, no escapes, no empty
// dictionaries, data as base64.
func TestJSONFollowsTheDocument(t *testing.T) {
	t.Parallel()
	s := Settings{
		"originatorVersion": "x", "zoomMode": 0, "allowWlan": false, "URLFilterEnable": true, "touchOptimized": false, "urlFilterRegex": true,
		"empty": Settings{}, "none": []Settings{}, "proxies": Settings{"b": 1, "A": "x"},
		"rules": []Settings{{"regex": false, "expression": `^a\.b/"c"$`, "active": true}}, "salt": []byte{0xff, 0xfe, 0xfd},
	}
	require.Equal(t, `{"allowWlan":false,"none":[],"proxies":{"A":"x","b":1},"rules":[{"active":true,"expression":"^a\.b/"c"$","regex":false}],`+
		`"salt":"//79","touchOptimized":false,"URLFilterEnable":true,"urlFilterRegex":true,"zoomMode":0}`, s.JSON())
}

// Computed with another program (Python's hashlib) from the text above it.
func TestKeyAndHashAreSHA256(t *testing.T) {
	t.Parallel()
	s := Settings{"startURL": "http://a/", "originatorVersion": "1"}
	require.Equal(t, `{"startURL":"http://a/"}`, s.JSON())
	require.Equal(t, "70ef3fa1e4a93e40d08248625d8c8aed2e30c3e85b65c0fe44932ce5dda870db", s.Key())
	require.Equal(t, "2125ac6303e9670248e73dc1c2961bb341036479404337af40d5918e93109131", Shown("http://a/terminal/v1/hello#x", s.Key()))
	require.True(t, Matches(strings.ToUpper("2125ac6303e9670248e73dc1c2961bb341036479404337af40d5918e93109131"), "http://a/terminal/v1/hello", s.Key()))
	require.False(t, Matches("2125ac6303e9670248e73dc1c2961bb341036479404337af40d5918e93109131", "http://a/terminal/v1/state", s.Key()), "another request")
	require.False(t, Matches("", "http://a/", s.Key()))
}

// TestTheFileIsReadAsItWasHashed reads the file back with Go's XML decoder and
// makes the same key of what is found in it, as SEB does.
func TestTheFileIsReadAsItWasHashed(t *testing.T) {
	t.Parallel()
	s := For("https://10.0.0.5:8300", []byte("0123456789abcdef0123456789abcdef"))
	raw := string(s.File())
	require.Contains(t, raw, "<key>sendBrowserExamKey</key>\n<true/>")
	require.Contains(t, raw, "<string>https://10.0.0.5:8300/terminal/</string>")
	d := xml.NewDecoder(strings.NewReader(raw))
	n := 0
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "key" {
			n++
		}
	}
	require.Equal(t, len(s)+4, n, "every setting, and the four of the one rule")
	require.NotEqual(t, s.Key(), For("https://10.0.0.5:8300", []byte("another")).Key(), "a sitting's own")
	require.NotEqual(t, s.Key(), For("https://10.0.0.6:8300", []byte("0123456789abcdef0123456789abcdef")).Key())
	for k := range s {
		for other := range s {
			require.False(t, k != other && strings.EqualFold(k, other), "names that differ by case alone have no order")
		}
	}
}
