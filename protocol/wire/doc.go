// Package wire holds the bodies of what two programs tell each other: the
// records an edge appends to its journal, and the orders the cloud appends to
// an edge's order journal. Both sides decode with Decode, which refuses
// trailing data but accepts unknown fields: changes are additive only, so an
// older program must be able to read a newer one's records.
//
// ID numbers and mobiles travel in clear inside a body; the envelope around
// every batch encrypts them. Nothing here validates business rules.
package wire

import (
	"bytes"
	"encoding/json"
	"io"

	"huyun.internal/protocol/fault"
)

// MaxBody is the largest record body accepted, in bytes. A question with its
// pictures never travels in a record; those are blobs.
const MaxBody = 256 << 10

// Decode reads one JSON body into a T. It fails with wire.body.size or
// wire.body.format, and never puts the body into the error.
func Decode[T any](body []byte) (T, error) {
	var v T
	if len(body) > MaxBody {
		return v, fault.New(fault.TooLarge, "wire.body.size", "消息过大，请升级程序或联系技术支持")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	err := d.Decode(&v)
	if err != nil {
		return v, fault.New(fault.Invalid, "wire.body.format", "消息格式不正确，请升级程序或联系技术支持").With(err)
	}
	_, err = d.Token()
	if err != io.EOF {
		return v, fault.New(fault.Invalid, "wire.body.format", "消息格式不正确，请升级程序或联系技术支持")
	}
	return v, nil
}
