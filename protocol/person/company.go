package person

import (
	"strings"

	"huyun.internal/protocol/fault"
)

// Company is a unified social credit code (统一社会信用代码, GB 32100-2015), 18
// characters whose last one follows from the others. It is public, unlike the
// numbers of people. The zero Company is none.
type Company string

var errCompany = fault.New(fault.Invalid, "person.company", "统一社会信用代码应为 18 位，请按营业执照核对，包括最后一位校验码")

// companyDigits leaves out I, O, S, V and Z, which are misread.
const companyDigits = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// ParseCompany reads a code and checks its last character.
func ParseCompany(s string) (Company, error) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) != 18 {
		return "", errCompany
	}
	sum, weight := 0, 1
	for i := range 17 {
		v := strings.IndexByte(companyDigits, s[i])
		if v < 0 {
			return "", errCompany
		}
		sum += v * weight
		weight = weight * 3 % len(companyDigits)
	}
	if s[17] != companyDigits[(len(companyDigits)-sum%len(companyDigits))%len(companyDigits)] {
		return "", errCompany
	}
	return Company(s), nil
}
