package staff

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"
)

func TestPasswords(t *testing.T) {
	t.Parallel()
	salt := []byte("0123456789abcdef")
	b64 := base64.RawStdEncoding.EncodeToString
	phc := func(m, tm, p int) string {
		return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", m, tm, p, b64(salt),
			b64(argon2.IDKey([]byte("good"), salt, 1, 1024, 1, 32)))
	}
	good := phc(1024, 1, 1)
	require.True(t, verifyPassword(good, "good"))
	require.False(t, verifyPassword(good, "Good"))
	require.False(t, verifyPassword(good, ""))
	for _, bad := range []string{
		"", "x", "$argon2id$v=19$m=1024,t=1,p=1$$", "$argon2i" + good[9:], "$argon2id$v=16" + good[14:],
		phc(1024, 0, 1), phc(1024, 1, 0), phc(1<<30, 1, 1), phc(1024, 99, 1), good + "$", good[:len(good)-30],
	} {
		require.False(t, verifyPassword(bad, "good"), bad)
	}
	require.False(t, verifyPassword(decoy, ""), "nobody has the decoy's password")
}
