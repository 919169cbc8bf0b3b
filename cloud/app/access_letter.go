package app

import "huyun.internal/cloud/licensing/letter"

func accessLetter() []Access {
	return []Access{
		to(letter.PermList, windowClerk, licenceReviewer, licenceApprover, auditor),
		to(letter.PermPrint, windowClerk, licenceReviewer, licenceApprover),
		to(letter.PermVoid, licenceApprover),
		to(letter.PermForm, windowClerk),
	}
}
