package seed

import (
	"bytes"
	"image/jpeg"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

func TestCandidatesAreWellFormed(t *testing.T) {
	t.Parallel()
	people := Candidates(500, 1)
	require.Len(t, people, 500)
	ids, mobiles, names, categories := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, p := range people {
		id, err := person.ParseID(p.ID)
		require.NoError(t, err, p.Name)
		require.NoError(t, id.CheckAge(clock.DateOf(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)), 18, 60))
		require.GreaterOrEqual(t, p.ID[:6], "310101")
		require.LessOrEqual(t, p.ID[:6], "310120")
		require.Equal(t, p.Male, (p.ID[16]-'0')%2 == 1)
		_, err = person.ParseName(p.Name)
		require.NoError(t, err)
		_, err = person.ParseMobile(p.Mobile)
		require.NoError(t, err)
		ids[p.ID], mobiles[p.Mobile], names[p.Name], categories[p.Category] = true, true, true, true
	}
	require.Len(t, ids, 500)
	require.Len(t, mobiles, 500)
	require.Greater(t, len(names), 400)
	require.Len(t, categories, 6)
	require.Equal(t, people[:20], Candidates(20, 1))
	require.NotEqual(t, people[:20], Candidates(20, 2))
}

func TestFacesVaryAndStayPortraits(t *testing.T) {
	t.Parallel()
	faces, err := Faces(t.Context())
	require.NoError(t, err)
	require.Len(t, faces, 3)
	for _, f := range faces {
		a, err := Vary(f.JPEG, 1)
		require.NoError(t, err)
		again, err := Vary(f.JPEG, 1)
		require.NoError(t, err)
		b, err := Vary(f.JPEG, 2)
		require.NoError(t, err)
		require.Equal(t, a, again)
		require.NotEqual(t, a, b)
		for _, data := range [][]byte{f.JPEG, a, b} {
			conf, err := jpeg.DecodeConfig(bytes.NewReader(data))
			require.NoError(t, err)
			require.Equal(t, [2]int{portraitWidth, portraitHeight}, [2]int{conf.Width, conf.Height})
			require.Less(t, len(data), 100<<10)
		}
	}
	people := Candidates(6, 1)
	require.NoError(t, Portraits(people, faces, 3))
	require.NotEqual(t, people[0].Photo, people[1].Photo)
	_, err = Camera(faces, "nobody", 1)
	require.Error(t, err)
	probe, err := Camera(faces, Developer, 9)
	require.NoError(t, err)
	require.NotEmpty(t, probe)
}
