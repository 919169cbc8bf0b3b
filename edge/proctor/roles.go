package proctor

import "huyun.internal/edge/supervise/staff"

// Permissions, each the id of an operation or of a few that belong together.
const (
	permSittingRead    = "exam.sitting.read"
	permOpeningRequest = "exam.opening.request"
	permPreflightRun   = "exam.preflight.run"
	permPackImport     = "exam.pack.import"
	permUnlock         = "exam.key.unlock"
	permSittingStart   = "exam.sitting.start"
	permSittingPause   = "exam.sitting.pause"
	permAttemptPause   = "exam.attempt.pause"
	permAttemptExtend  = "exam.attempt.extend"
	permSittingExtend  = "exam.sitting.extend"
	permAttemptHandin  = "exam.attempt.handin"
	permSeatMove       = "seating.move"
	permDoorRead       = "seating.checkin.read"
	permDoorDecide     = "seating.checkin.decide"
	permReveal         = "seating.candidate.reveal"
	permTerminalRead   = "seating.terminal.read"
	permTerminalPair   = "seating.terminal.pair"
	permAlarmAck       = "supervise.alarm.acknowledge"
	permIrregularity   = "supervise.irregularity.note"
	permMessageRead    = "supervise.message.read"
	permCloseRead      = "supervise.close.read"
	permClose          = "supervise.close"
	permPracticalRead  = "exam.practical.read"
	permPracticalScore = "exam.practical.score"
	permExport         = "supervise.export"
	permAuditRead      = "supervise.audit.read"
	permCalibrate      = "face.calibrate"
	permRehearsalRead  = "exam.rehearsal.read"
	permRehearsalRun   = "exam.rehearsal.run"
	permSEBAllow       = "seating.seb.allow"
)

// roles is the whole rights table of a venue: what each role may do.
var roles = map[string][]string{
	staff.Proctor: {
		permSittingRead, permDoorRead, permDoorDecide, permReveal, permAttemptPause, permAttemptExtend, permAttemptHandin,
		permSeatMove, permTerminalRead, permTerminalPair, permAlarmAck, permIrregularity, permMessageRead,
		permOpeningRequest, permPreflightRun, permSittingStart, permCloseRead,
		permPracticalRead, permPracticalScore, permRehearsalRead, permRehearsalRun, permSEBAllow,
	},
	staff.Chief: {
		permSittingRead, permDoorRead, permDoorDecide, permReveal, permAttemptPause, permAttemptExtend, permAttemptHandin,
		permSeatMove, permTerminalRead, permTerminalPair, permAlarmAck, permIrregularity, permMessageRead,
		permOpeningRequest, permPreflightRun, permPackImport, permUnlock, permSittingStart, permSittingPause, permSittingExtend,
		permCloseRead, permClose, permAuditRead, permExport,
		permPracticalRead, permPracticalScore, permRehearsalRead, permRehearsalRun, permSEBAllow,
	},
	staff.Technician: {
		permSittingRead, permPreflightRun, permPackImport, permTerminalRead, permTerminalPair, permAuditRead, permExport,
		permCalibrate,
		permRehearsalRead, permRehearsalRun,
	},
}
