package letter

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// numberOf is a number as letters have it: chapter 4.1, with the year in 〔〕.
func numberOf(prefix, word string, year, serial int) string {
	return fmt.Sprintf("%s%s〔%d〕第%d号", prefix, word, year, serial)
}

// next takes the next number of a register in the caller's transaction. Whoever
// asks for the same register waits for this transaction to end.
func next(ctx context.Context, tx pgx.Tx, agency, word string, year int) (serial int, err error) {
	if err := tx.QueryRow(ctx, nextSQL, agency, word, year).Scan(&serial); err != nil {
		return 0, fmt.Errorf("next number of %s %d: %w", word, year, err)
	}
	return serial, nil
}

// alphabet has no letter that is taken for another or for a digit (Crockford).
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	codeLen   = 16 // × 5 bits: 80, nobody guesses one
	codeGroup = 4
)

// newCode makes a code by which a letter is verified.
func newCode() string {
	var raw [codeLen]byte
	_, _ = rand.Read(raw[:]) // never fails
	var b strings.Builder
	for i, r := range raw {
		if i > 0 && i%codeGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(alphabet[r&31])
	}
	return b.String()
}

// readCode is a code as somebody typed it, in the form in which it is indexed;
// empty when it cannot be one.
func readCode(s string) string {
	s = strings.NewReplacer("-", "", " ", "", "—", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(s))
	if len(s) != codeLen || strings.Trim(s, alphabet) != "" {
		return ""
	}
	return s
}
