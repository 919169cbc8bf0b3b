package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
)

// bodies is every body by the name of its vector. A body that is missing here
// fails TestEveryVectorDecodes.
func bodies() map[string]any {
	return map[string]any{
		"opening-requested": &OpeningRequested{}, "pack-received": &PackReceived{}, "preflight": &Preflight{}, "opened": &Opened{},
		"verification": &Verification{}, "checkin": &Checkin{}, "login": &Login{}, "seat-moved": &SeatMoved{},
		"paper-issued": &PaperIssued{}, "started": &Started{}, "answer": &Answer{}, "time-extended": &TimeExtended{},
		"paused": &Paused{}, "handin": &Handin{}, "irregularity": &Irregularity{}, "alarm": &Alarm{},
		"alarm-acknowledged": &AlarmAcknowledged{}, "closed": &Closed{}, "audit": &Audit{}, "sitting-assigned": &SittingAssigned{},
		"opening-decided": &OpeningDecided{}, "pack-manifest": &PackManifest{}, "pack-withdrawn": &PackWithdrawn{}, "key-release": &KeyRelease{}, "staff": &Staff{},
		"message": &Message{}, "suspend": &Suspend{}, "result-published": &ResultPublished{}, "node-started": &NodeStarted{},
		"node-state": &NodeState{}, "enrol-request": &EnrolRequest{}, "enrol-reply": &EnrolReply{},
		"practical-arranged": &PracticalArranged{}, "practical-sheet": &PracticalSheet{}, "practical-decided": &PracticalDecided{},
		"rehearsal": &Rehearsal{}, "receipt": &Receipt{}, "sitting-receipt": &SittingReceipt{}, "sitting-disputed": &SittingDisputed{},
	}
}

const vectors = "../testdata/wire/v1"

// TestEveryVectorDecodes reads every body that was ever released, strictly: a
// field that was renamed or dropped would be unknown here. Vectors are only
// ever added.
func TestEveryVectorDecodes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(vectors, "*.json"))
	require.NoError(t, err)
	read := 0
	for name, body := range bodies() {
		at := name
		for next := 2; ; next++ {
			raw, err := os.ReadFile(filepath.Join(vectors, at+".json"))
			require.NoError(t, err)
			v := reflect.ValueOf(body).Elem()
			v.SetZero()
			d := json.NewDecoder(bytes.NewReader(raw))
			d.DisallowUnknownFields()
			require.NoError(t, d.Decode(body), at)
			again, err := json.Marshal(body)
			require.NoError(t, err)
			require.JSONEq(t, string(raw), string(again), at)
			read++
			at = fmt.Sprintf("%s-%d", name, next)
			if !slices.Contains(files, filepath.Join(vectors, at+".json")) {
				requireFilled(t, v, name)
				break
			}
		}
	}
	require.Len(t, files, read, "vectors for each body, and no other")
}

// requireFilled keeps vectors from being empty shells: every field has a value
// in its vector, so that losing one is noticed.
func requireFilled(t *testing.T, v reflect.Value, at string) {
	t.Helper()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		require.False(t, v.Field(i).IsZero(), "%s: the vector does not fill %s", at, f.Name)
	}
}

func TestDecodeTakesWhatANewerProgramSends(t *testing.T) {
	t.Parallel()
	a, err := Decode[Answer]([]byte(`{"item":"3","revision":2,"choice":["A"],"a_field_of_tomorrow":{"x":1}}`))
	require.NoError(t, err)
	require.Equal(t, "3", a.Item)
}

func TestDecodeRefusals(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"":                         "wire.body.format",
		"{":                        "wire.body.format",
		`{"item":"1"}{"item":"2"}`: "wire.body.format",
		`{"item":"1"} x`:           "wire.body.format",
		`{"revision":-1}`:          "wire.body.format",
		`{"revision":1e400}`:       "wire.body.format",
		`{"revision":"1"}`:         "wire.body.format",
		`[]`:                       "wire.body.format",
		`"310101198501010014"`:     "wire.body.format",
		`{"item":"` + strings.Repeat("x", MaxBody) + `"}`: "wire.body.size",
	}
	for body, code := range cases {
		_, err := Decode[Answer]([]byte(body))
		require.True(t, fault.Is(err, code), "%.40q: %v", body, err)
		require.NotContains(t, fault.From(err).Text, "310101", "the body is never in the text")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"item":"1","revision":1,"choice":["A"]}`))
	f.Add([]byte(`{"choice":[[[[`))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := Decode[Answer](body)
		if err != nil {
			return
		}
		again, err := json.Marshal(a)
		require.NoError(t, err)
		b, err := Decode[Answer](again)
		require.NoError(t, err)
		require.Equal(t, len(a.Choice), len(b.Choice))
	})
}
