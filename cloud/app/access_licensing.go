package app

import "huyun.internal/cloud/licensing/calendar"

func accessLicensing() []Access {
	return []Access{
		to(calendar.PermList, windowClerk, reviewer, approver, creditAdmin, auditor),
		to(calendar.PermImport, approver),
	}
}
