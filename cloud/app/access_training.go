package app

import "huyun.internal/cloud/training/class"

func accessTraining() []Access {
	return []Access{
		to(class.PermPlanList, examAdmin, classAdmin, auditor),
		to(class.PermPlanSave, examAdmin),
		to(class.PermList, examAdmin, classAdmin, examReviewer, auditor),
		to(class.PermSave, examAdmin, classAdmin),
		to(class.PermEnrol, examAdmin, classAdmin),
		to(class.PermResult, examAdmin, classAdmin),
	}
}
