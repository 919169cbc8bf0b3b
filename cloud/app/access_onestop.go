package app

import (
	"huyun.internal/cloud/external/onestop"
	"huyun.internal/cloud/platform/jobs"
)

func accessOneStop() []Access {
	return []Access{
		to(jobs.PermList, sysadmin, auditor),
		to(jobs.PermRetry, sysadmin),
		to(onestop.PermList, licenceApprover, sysadmin),
		to(onestop.PermSettle, sysadmin),
	}
}
