package practitioner_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
)

// A file is read as it stood at one moment: a certificate that is issued or changed
// meanwhile is there with its categories or not at all, and never looks edited.
func TestAHolderIsReadAtOneMoment(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.file("张建国", "310101198501010014", "13900001234")
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				h, err := o.Holder(t.Context(), o.DB, p.ID)
				if err != nil || len(h.Licences) > 0 && len(h.Licences[0].Categories) == 0 {
					t.Errorf("%v %+v", err, h.Licences)
					return
				}
			}
		})
	}
	year := 2001
	o.first(p.ID, practitioner.Road, "2001-03-01", "01001", "02001")
	for range 60 {
		year += 6
		_, err := o.issue(practitioner.Grant{Person: p.ID, Act: practitioner.Renew, Type: practitioner.Road, On: clock.Date{Year: year, Month: 2, Day: 1}})
		require.NoError(t, err)
	}
	close(done)
	wg.Wait()
}
