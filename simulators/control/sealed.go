package control

import (
	"context"
	"encoding/base64"
	"fmt"

	"huyun.internal/protocol/sm"
)

// Seal encrypts a number to the centre's key, as both agreements want it: SM2
// over the number padded with blanks to 18 bytes, in base64.
func (l *Line) Seal(ctx context.Context, number string) (string, error) {
	pem, err := l.Fetch(ctx, "/partner/v1/key")
	if err != nil {
		return "", fmt.Errorf("the centre's key: %w", err)
	}
	key, err := sm.ParsePublicKey(pem)
	if err != nil {
		return "", err
	}
	raw, err := sm.Encrypt(key, fmt.Appendf(nil, "%-18s", number))
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(raw), nil
}
