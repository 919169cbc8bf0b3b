package vision_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"huyun.internal/devices/vision"
)

func frame(t testing.TB, header any, pictures ...[]byte) []byte {
	var buf bytes.Buffer
	require.NoError(t, vision.WriteFrame(&buf, header, pictures...))
	return buf.Bytes()
}

func prefix(magic string, head, payload uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte(magic), head), payload)
}

// The bytes themselves, so that a change of the format cannot go unnoticed.
func TestFrameBytes(t *testing.T) {
	t.Parallel()
	got := frame(t, vision.Request{Ask: "find", Sizes: []int{3}}, []byte("jpg"))
	require.Equal(t, "HYV1\x00\x00\x00\x1a\x00\x00\x00\x03"+`{"ask":"find","sizes":[3]}`+"jpg", string(got))
}

func TestFrameRoundTrip(t *testing.T) {
	t.Parallel()
	big := bytes.Repeat([]byte{0xa5}, 200<<10)
	raw := append(frame(t, vision.Request{Ask: "compare", Sizes: []int{len(big), 2}}, big, []byte("ab")), frame(t, vision.Request{Ask: "info"})...)
	r := iotest.HalfReader(bytes.NewReader(raw))
	var req vision.Request
	payload, err := vision.ReadFrame(r, &req)
	require.NoError(t, err)
	pics, ok := req.Split(payload)
	require.True(t, ok)
	require.Equal(t, [][]byte{big, []byte("ab")}, pics)
	req = vision.Request{}
	_, err = vision.ReadFrame(r, &req)
	require.NoError(t, err)
	require.Equal(t, vision.AskInfo, req.Ask)
	_, err = vision.ReadFrame(r, &req)
	require.ErrorIs(t, err, io.EOF)
}

func TestBrokenFrames(t *testing.T) {
	t.Parallel()
	good := frame(t, vision.Request{Ask: "info"})
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"empty":           {nil, io.EOF},
		"cut prefix":      {good[:5], io.ErrUnexpectedEOF},
		"cut header":      {good[:14], io.ErrUnexpectedEOF},
		"cut payload":     {append(prefix("HYV1", 2, 10), "{}abc"...), io.ErrUnexpectedEOF},
		"HTTP":            {[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), vision.ErrMagic},
		"other version":   {prefix("HYV2", 2, 0), vision.ErrMagic},
		"no header":       {prefix("HYV1", 0, 0), vision.ErrLength},
		"header bomb":     {prefix("HYV1", 0xffffffff, 0), vision.ErrLength},
		"payload bomb":    {prefix("HYV1", 2, 0xffffffff), vision.ErrLength},
		"one too many":    {prefix("HYV1", 2, vision.MaxPayload+1), vision.ErrLength},
		"both bombs":      {prefix("HYV1", 0xffffffff, 0xffffffff), vision.ErrLength},
		"not JSON":        {append(prefix("HYV1", 3, 0), "{{{"...), vision.ErrHeader},
		"wrong type":      {append(prefix("HYV1", 9, 0), `{"ask":1}`...), vision.ErrHeader},
		"promised, alone": {prefix("HYV1", vision.MaxHeader, vision.MaxPayload), io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var req vision.Request
			_, err := vision.ReadFrame(bytes.NewReader(c.raw), &req)
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestSplitWantsExactSizes(t *testing.T) {
	t.Parallel()
	for _, req := range []vision.Request{
		{Ask: "compare", Sizes: []int{1}}, {Ask: "compare", Sizes: []int{1, 2, 1}}, {Ask: "compare", Sizes: []int{5, -1}},
		{Ask: "compare", Sizes: []int{3, 2}}, {Ask: "compare", Sizes: []int{1, 2}}, {Ask: "find"}, {Ask: "find", Sizes: []int{5}},
		{Ask: "info"}, {Ask: "info", Sizes: []int{4}}, {Ask: "shutdown", Sizes: []int{4}}, {Ask: "compare", Sizes: []int{1 << 62, 1 << 62}},
	} {
		_, ok := req.Split([]byte("abcd"))
		require.False(t, ok, "%+v", req)
	}
	pics, ok := vision.Request{Ask: "compare", Sizes: []int{4, 0}}.Split([]byte("abcd"))
	require.True(t, ok)
	require.Len(t, pics[1], 0)
}

func TestWriteFrameRefusesWhatTheOtherSideWould(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, vision.WriteFrame(io.Discard, "x", make([]byte, vision.MaxPayload+1)), vision.ErrLength)
	require.ErrorIs(t, vision.WriteFrame(io.Discard, strings.Repeat("x", vision.MaxHeader)), vision.ErrLength)
}

func FuzzReadFrame(f *testing.F) {
	f.Add(frame(f, vision.Request{Ask: "compare", Sizes: []int{1, 2}}, []byte("abc")))
	f.Add(prefix("HYV1", 0xffffffff, 0xffffffff))
	f.Add([]byte("HYV1"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var req vision.Request
		payload, err := vision.ReadFrame(bytes.NewReader(raw), &req)
		if err != nil {
			return
		}
		if len(payload) > len(raw) {
			t.Fatal("more payload than was sent")
		}
		pics, ok := req.Split(payload)
		if !ok {
			return
		}
		// What is accepted survives writing and reading.
		var again vision.Request
		back, err := vision.ReadFrame(bytes.NewReader(frame(t, req, pics...)), &again)
		if err != nil || !bytes.Equal(back, payload) {
			t.Fatalf("round trip: %v", err)
		}
		a, _ := json.Marshal(req)
		b, _ := json.Marshal(again)
		if !bytes.Equal(a, b) {
			t.Fatalf("%s became %s", a, b)
		}
	})
}
