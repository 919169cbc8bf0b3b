package sm

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSelfTestPasses(t *testing.T) {
	t.Parallel()
	require.NoError(t, SelfTest())
}

// A checker has to be able to fail: every known answer in turn, changed in its
// last digit, must stop the power-on test.
func TestSelfTestFailsOnEveryChangedAnswer(t *testing.T) {
	t.Parallel()
	n := reflect.TypeFor[answers]().NumField()
	for i := range n {
		t.Run(reflect.TypeFor[answers]().Field(i).Name, func(t *testing.T) {
			t.Parallel()
			require.Error(t, changed(standard, i).run())
		})
	}
}

func changed(a answers, field int) answers {
	// unexported fields cannot be set by reflection; rebuild through pointers
	fields := []*string{
		&a.sm3abc, &a.hmacKey, &a.hmacData, &a.hmac, &a.sm4Key, &a.sm4Plain, &a.sm4Cipher,
		&a.gcmNonce, &a.gcmAAD, &a.gcmPlain, &a.gcmSealed, &a.private, &a.public, &a.message,
		&a.signR, &a.signS, &a.sealedMessage, &a.sealedPlain, &a.issue560Key, &a.issue560Digest, &a.issue560RS,
	}
	f := fields[field]
	last := (*f)[len(*f)-1]
	next := byte('1')
	if last == '1' {
		next = '2'
	}
	*f = (*f)[:len(*f)-1] + string(next)
	return a
}

func BenchmarkSelfTest(b *testing.B) {
	for b.Loop() {
		if err := SelfTest(); err != nil {
			b.Fatal(err)
		}
	}
}
