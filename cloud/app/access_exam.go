package app

import (
	"huyun.internal/cloud/exam/bank"
	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/dossier"
	"huyun.internal/cloud/exam/enrolment"
	"huyun.internal/cloud/exam/paper"
	"huyun.internal/cloud/exam/practical"
	"huyun.internal/cloud/exam/score"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/exam/stats"
	"huyun.internal/cloud/exam/venue"
)

func accessExam() []Access {
	return []Access{
		to(bank.PermList, bankEditor, bankReviewer, examAdmin, examReviewer, auditor),
		to(bank.PermShow, bankEditor, bankReviewer),
		to(bank.PermImport, bankEditor),
		to(bank.PermReview, bankReviewer),
		to(bank.PermExport, bankEditor, bankReviewer),
		to(bank.PermCustody, bankReviewer, auditor),

		to(paper.PermList, examAdmin, examReviewer, bankReviewer, auditor),
		to(paper.PermSave, examAdmin),
		to(paper.PermPreview, examAdmin), // whole papers are for who makes the rules

		to(venue.PermList, examAdmin, examReviewer, classAdmin, sysadmin, secadmin, auditor, chief, proctor, technician),
		to(venue.PermSave, examAdmin),
		to(venue.PermSwitch, examAdmin),

		to(sitting.PermList, examAdmin, examReviewer, scoreAdmin, auditor, classAdmin, chief, proctor),
		to(sitting.PermEnrol, examAdmin, classAdmin),
		to(sitting.PermConfirm, examAdmin, examReviewer),
		to(sitting.PermSave, examAdmin),
		to(sitting.PermReveal, examAdmin),
		to(sitting.PermPrint, examAdmin, chief),
		to(sitting.PermReview, examReviewer),
		to(sitting.PermDispatch, examAdmin),
		to(sitting.PermRelease, examReviewer),
		to(sitting.PermUnlock, examAdmin, examReviewer), // two people, a code each
		to(sitting.PermSuspend, examAdmin),
		to(sitting.PermAudit, auditor),
		to(sitting.PermAcknowledge, examAdmin, examReviewer),
		to(sitting.PermProve, auditor),
		to(sitting.PermWatch, examAdmin, examReviewer, auditor, chief, proctor),

		to(conduct.PermList, examAdmin, examReviewer, scoreAdmin, auditor),
		to(conduct.PermRule, examReviewer),

		to(score.PermList, examAdmin, examReviewer, scoreAdmin, auditor),
		to(score.PermRun, scoreAdmin),
		to(score.PermConfirm, scoreAdmin),
		to(score.PermPublish, examReviewer),
		to(score.PermInspect, scoreAdmin, examReviewer),
		to(score.PermAnnul, scoreAdmin),
		to(score.PermReview, scoreAdmin, examAdmin),
		to(score.PermExport, examAdmin, examReviewer, scoreAdmin),

		to(credit.PermList, examAdmin, examReviewer, scoreAdmin, auditor),
		to(credit.PermExport, examAdmin, scoreAdmin),
		to(credit.PermNotice, examAdmin, scoreAdmin, chief),

		to(enrolment.PermList, examAdmin, examReviewer, auditor),
		to(enrolment.PermExport, examAdmin),
		to(enrolment.PermPay, windowClerk, examAdmin),
		to(enrolment.PermArrange, examAdmin),

		to(dossier.PermRead, examAdmin, examReviewer, scoreAdmin, auditor),
		to(dossier.PermFetch, examAdmin, examReviewer),
		to(dossier.PermFaces, examAdmin, examReviewer, sysadmin, secadmin, auditor),

		to(practical.PermList, examAdmin, examReviewer, scoreAdmin, auditor),
		to(practical.PermConfirm, examReviewer, scoreAdmin),
		to(practical.PermExport, examAdmin, examReviewer, scoreAdmin),
		to(practical.PermArrange, examAdmin),
		to(practical.PermScheme, examAdmin),

		to(stats.PermRead, examAdmin, examReviewer, scoreAdmin, auditor, chief),
		to(stats.PermQuestions, bankEditor, bankReviewer, examAdmin),
		to(stats.PermExport, examAdmin, examReviewer, scoreAdmin),
	}
}
