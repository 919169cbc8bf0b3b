package sm

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
)

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "node.key")
	key := newKey(t)
	require.True(t, fault.Is(key.Save(path, ""), "sm.key.passphrase"))
	require.NoFileExists(t, path)
	require.NoError(t, newKey(t).Save(path, "old"))
	require.NoError(t, key.Save(path, "口令 1"))

	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "a temporary file was left")

	back, err := LoadKey(path, "口令 1")
	require.NoError(t, err)
	require.True(t, back.Public().Equal(key.Public()))
	sig, err := back.Sign([]byte("m"))
	require.NoError(t, err)
	require.NoError(t, Verify(key.Public(), []byte("m"), sig))

	for _, wrong := range []string{"", "口令 2", "old"} {
		_, err = LoadKey(path, wrong)
		require.ErrorIs(t, err, errKeyFile, wrong)
	}
	require.NoError(t, os.Chmod(path, 0o640))
	_, err = LoadKey(path, "口令 1")
	require.True(t, fault.Is(err, "sm.key.mode"))
	_, err = LoadKey(path+".absent", "x")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestDamagedKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "node.key")
	require.NoError(t, newKey(t).Save(path, "p"))
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, content := range map[string][]byte{
		"empty": {}, "cut": good[:len(good)/2], "twice": append(good, good...), "huge": make([]byte, maxKeyFile+1),
		"a public key": newKey(t).Public().PEM(), "to be hashed for minutes": patient(t, good),
	} {
		require.NoError(t, os.WriteFile(path, content, 0o600))
		_, err = LoadKey(path, "p")
		require.ErrorIs(t, err, errKeyFile, name)
		if name == "to be hashed for minutes" {
			require.ErrorContains(t, err, "8388607 iterations", "it was not even tried")
		}
	}
}

// patient asks, in the same three bytes, for 8 million iterations: some seconds
// for each try.
func patient(t *testing.T, file []byte) []byte {
	t.Helper()
	block, _ := pem.Decode(file)
	ours, theirs := []byte{2, 3, 0x01, 0x86, 0xa0}, []byte{2, 3, 0x7f, 0xff, 0xff}
	require.Contains(t, string(block.Bytes), string(ours))
	block.Bytes = bytes.Replace(block.Bytes, ours, theirs, 1)
	return pem.EncodeToMemory(block)
}

func TestSaveIntoNowhere(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, newKey(t).Save(filepath.Join(t.TempDir(), "no", "key"), "p"), os.ErrNotExist)
	dir := t.TempDir() // a directory stands where the file should go
	require.NoError(t, os.Mkdir(filepath.Join(dir, "key"), 0o700))
	require.Error(t, newKey(t).Save(filepath.Join(dir, "key"), "p"))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "a temporary file was left")
}

func TestKeysDoNotPrintTheirSecret(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	secret := key.key.D.Text(16)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		out := fmt.Sprintf(verb, key)
		require.NotContains(t, out, secret)
		require.NotContains(t, out, key.key.D.String())
	}
}

func TestSignAndEncryptBounds(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	sig, err := key.Sign(nil)
	require.NoError(t, err)
	require.NoError(t, Verify(key.Public(), nil, sig))
	for _, n := range []int{0, 1, MinSM2Plain - 1, MaxSM2Plain + 1} {
		_, err = Encrypt(key.Public(), make([]byte, n))
		require.Error(t, err, n)
	}
	for _, n := range []int{MinSM2Plain, 32, MaxSM2Plain} {
		ct, err := Encrypt(key.Public(), make([]byte, n))
		require.NoError(t, err)
		require.Len(t, ct, cipherOverhead+n)
		plain, err := key.Decrypt(ct)
		require.NoError(t, err)
		require.Equal(t, make([]byte, n), plain)
	}
	_, err = Encrypt(nil, []byte("x"))
	require.Error(t, err)
}

func TestTextForms(t *testing.T) {
	t.Parallel()
	type body struct {
		Digest Digest
		Key    *PublicKey
	}
	in := body{Sum([]byte("x")), newKey(t).Public()}
	out, err := json.Marshal(in)
	require.NoError(t, err)
	var back body
	require.NoError(t, json.Unmarshal(out, &back))
	require.Equal(t, in.Digest, back.Digest)
	require.True(t, in.Key.Equal(back.Key))
	require.False(t, in.Digest.IsZero())
	require.True(t, Digest{}.IsZero())
	require.False(t, in.Key.Equal(nil))

	good := in.Digest.String()
	for _, bad := range []string{"", good[:63], good + "0", "G" + good[1:], "ABCDEF" + good[6:]} {
		_, err = ParseDigest(bad)
		require.True(t, fault.Is(err, "sm.digest"), bad)
	}
	require.Error(t, json.Unmarshal([]byte(`{"Digest":"12"}`), &back))
	require.Error(t, json.Unmarshal([]byte(`{"Key":"12"}`), &back))
}
