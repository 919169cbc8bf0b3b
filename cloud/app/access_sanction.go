package app

import "huyun.internal/cloud/sanction"

// Who proposes and who decides hold the same right: that they are two people is
// checked where it happens.
func accessSanction() []Access {
	return []Access{
		to(sanction.PermList, creditAdmin, licenceReviewer, licenceApprover, auditor),
		to(sanction.PermObject, creditAdmin),
		to(sanction.PermSettle, creditAdmin),
		to(sanction.PermJudge, creditAdmin, windowClerk, licenceReviewer, licenceApprover),
		to(sanction.PermRules, creditAdmin, licenceApprover, auditor),
		to(sanction.PermPropose, creditAdmin),
		to(sanction.PermDecide, creditAdmin, licenceApprover),
		to(sanction.PermLocks, creditAdmin, licenceReviewer, licenceApprover, auditor),
		to(sanction.PermClaim, creditAdmin),
		to(sanction.PermLift, creditAdmin),
		to(sanction.PermCheckLift, creditAdmin, licenceApprover),
	}
}
