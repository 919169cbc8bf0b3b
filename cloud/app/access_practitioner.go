package app

import "huyun.internal/cloud/practitioner"

func accessPractitioner() []Access {
	return []Access{
		to(practitioner.PermList, windowClerk, licenceReviewer, licenceApprover, creditAdmin, auditor),
		to(practitioner.PermSave, windowClerk),
		to(practitioner.PermReveal, windowClerk, licenceReviewer, licenceApprover),
		to(practitioner.PermWhole, licenceApprover),
		to(practitioner.PermImport, licenceReviewer),
		to(practitioner.PermRehired, windowClerk, licenceReviewer, licenceApprover, creditAdmin, auditor),
		to(practitioner.PermPropose, windowClerk, licenceReviewer, licenceApprover),
		to(practitioner.PermDecide, licenceReviewer, licenceApprover), // never one's own proposal
	}
}
