package app

import "huyun.internal/cloud/appointment"

func accessAppointment() []Access {
	return []Access{
		to(appointment.PermSlots, windowClerk, licenceApprover, auditor),
		to(appointment.PermSave, licenceApprover),
		to(appointment.PermList, windowClerk, licenceApprover, auditor),
		to(appointment.PermBook, windowClerk),
		to(appointment.PermMark, windowClerk),
		to(appointment.PermReveal, windowClerk),
	}
}
