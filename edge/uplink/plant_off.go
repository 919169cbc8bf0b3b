//go:build !plant

package uplink

import "huyun.internal/protocol/link"

// seams are where a fault may be planted to prove that the drill finds it. A
// build without the tag "plant" has none.
type seams struct{}

func (seams) planted()                            {}
func (seams) onToken(*Uplink, *link.Batch) func() { return nil }
func (seams) deaf() bool                          { return false }
