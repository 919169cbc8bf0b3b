package app

import (
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/batch"
	"huyun.internal/cloud/licensing/calendar"
	"huyun.internal/cloud/licensing/cancel"
)

func accessLicensing() []Access {
	return []Access{
		to(application.PermList, windowClerk, licenceReviewer, licenceApprover, creditAdmin, auditor),
		to(application.PermSubmit, windowClerk),
		to(application.PermAccept, windowClerk),
		to(application.PermReview, licenceReviewer),
		to(application.PermRecheck, licenceReviewer, licenceApprover),
		to(application.PermApprove, licenceApprover),
		to(application.PermCertify, windowClerk),
		to(calendar.PermList, windowClerk, licenceReviewer, licenceApprover, creditAdmin, auditor),
		to(calendar.PermImport, licenceApprover),
		to(cancel.PermList, licenceReviewer, licenceApprover, auditor),
		to(cancel.PermPropose, licenceReviewer),
		to(cancel.PermApprove, licenceApprover),
		to(batch.PermList, windowClerk, licenceReviewer, licenceApprover, auditor),
	}
}
