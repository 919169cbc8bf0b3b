package sitting

import (
	"fmt"
	"time"

	"huyun.internal/protocol/clock"
)

// Sitting numbers are yymmdd, the venue's three digits and two digits of the
// day's sittings there; an admission number adds the candidate's three digits
// and a check digit, so that a mistyped one is told at the terminal.
func numberPrefix(starts time.Time, venueCode string) string {
	return starts.In(clock.Shanghai()).Format("060102") + venueCode
}

const maxPerDay = 99

func admission(number string, seq int) string {
	body := number + fmt.Sprintf("%03d", seq)
	return body + string(luhn(body))
}

// luhn is the check digit of ISO/IEC 7812: it finds any one wrong digit and
// most swapped neighbours.
func luhn(digits string) byte {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}

// booking is a sitting that has the room already.
type booking struct {
	Number string    `db:"number"`
	From   time.Time `db:"starts_at"`
	Until  time.Time `db:"ends_at"`
}

func hour(t time.Time) string { return t.In(clock.Shanghai()).Format("15:04") }
