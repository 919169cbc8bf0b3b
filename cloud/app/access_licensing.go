package app

import "huyun.internal/cloud/licensing/calendar"

func accessLicensing() []Access {
	return []Access{
		to(calendar.PermList, windowClerk, licenceReviewer, licenceApprover, creditAdmin, auditor),
		to(calendar.PermImport, licenceApprover),
	}
}
