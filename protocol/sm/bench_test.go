package sm

import "testing"

// A refusal costs the second opinion too; both are measured so that nobody is
// surprised.
func BenchmarkVerify(b *testing.B) {
	key := newKey(b)
	sig, err := key.Sign([]byte("m"))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("good", func(b *testing.B) {
		for b.Loop() {
			if Verify(key.Public(), []byte("m"), sig) != nil {
				b.Fatal("refused")
			}
		}
	})
	b.Run("bad", func(b *testing.B) {
		for b.Loop() {
			if Verify(key.Public(), []byte("n"), sig) == nil {
				b.Fatal("accepted")
			}
		}
	})
}
