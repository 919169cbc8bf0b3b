package app

import (
	"huyun.internal/cloud/exam/bank"
	"huyun.internal/cloud/exam/paper"
	"huyun.internal/cloud/exam/venue"
)

func accessExam() []Access {
	return []Access{
		to(bank.PermList, bankEditor, bankReviewer, examAdmin, examReviewer, auditor),
		to(bank.PermShow, bankEditor, bankReviewer),
		to(bank.PermImport, bankEditor),
		to(bank.PermReview, bankReviewer),

		to(paper.PermList, examAdmin, examReviewer, bankReviewer, auditor),
		to(paper.PermSave, examAdmin),
		to(paper.PermPreview, examAdmin, examReviewer),

		to(venue.PermList, examAdmin, examReviewer, sysadmin, secadmin, auditor, chief, proctor, technician),
		to(venue.PermSave, examAdmin),
		to(venue.PermSwitch, examAdmin),
	}
}
