package app

import (
	"slices"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/identity"
)

// Access says which roles hold a permission. The tables are the only place
// where rights come from; the matrix test fails on an operation without a row
// and on a row without an operation.
type Access struct {
	Perm  string
	Roles []string
}

func accessTable() []Access {
	return slices.Concat(
		accessIdentity(), accessNode(), accessTraining(), accessExam(), accessPractitioner(), accessLicensing(), accessMatter(), accessLetter(), accessSanction(), accessOneStop(),
		accessAppointment(),
	)
}

func to(perm string, roles ...string) Access { return Access{Perm: perm, Roles: roles} }

func accessIdentity() []Access {
	return []Access{
		to(identity.PermList, sysadmin, secadmin, auditor),
		to(identity.PermCreate, sysadmin),
		to(identity.PermRename, sysadmin),
		to(identity.PermDisable, sysadmin),
		to(identity.PermReset, sysadmin),
		to(identity.PermGrant, secadmin),
		to(identity.PermRoles, sysadmin, secadmin, auditor),
		to(identity.PermOnline, sysadmin, secadmin, auditor),
		to(identity.PermKick, sysadmin, secadmin),
		to(audit.PermRead, auditor),
		to(audit.PermVerify, auditor),
	}
}
