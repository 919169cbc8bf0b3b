package app

import "huyun.internal/cloud/licensing/matter"

// accessMatter is the catalogue of matters: whoever works on licensing reads it.
func accessMatter() []Access {
	return []Access{
		to(matter.PermList, windowClerk, licenceReviewer, licenceApprover, creditAdmin, auditor),
		to(matter.PermExport, windowClerk, licenceReviewer, licenceApprover, creditAdmin, auditor),
	}
}
