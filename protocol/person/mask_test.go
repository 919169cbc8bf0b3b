package person_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/person"
)

// A number looks the same whether it was well formed or not.
func TestMasksAreOneRule(t *testing.T) {
	t.Parallel()
	id, err := person.ParseID("310101198501010014")
	require.NoError(t, err)
	m, err := person.ParseMobile("13900001234")
	require.NoError(t, err)
	for in, want := range map[string]string{
		"310101198501010014": id.Mask(), "310101198501010015": "310***********0015", "13900001234": m.Mask(),
		"310101850101001": "310********1001", "E12345678": "*****5678", "1234": "****", "": "", "沪交从甲乙丙丁戊己庚辛": "沪交从****戊己庚辛",
	} {
		require.Equal(t, want, person.MaskNumber(in))
		require.Equal(t, want, person.MaskLicence(in))
	}
	require.Equal(t, "GJD2026000001", person.MaskLicence("GJD2026000001"))
	require.Equal(t, "上海市浦东新****", person.MaskAddress("上海市浦东新区世纪大道 1 号"))
	require.Empty(t, person.MaskAddress(""))
}
