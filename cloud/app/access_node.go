package app

import "huyun.internal/cloud/node"

// A device is entered by the system administrator and let in by the security
// administrator: two people.
func accessNode() []Access {
	return []Access{
		to(node.PermList, sysadmin, secadmin, auditor, examAdmin, examReviewer),
		to(node.PermCode, sysadmin),
		to(node.PermCodes, sysadmin, secadmin, auditor),
		to(node.PermApprove, secadmin),
		to(node.PermState, secadmin),
		to(node.PermDead, sysadmin, secadmin, auditor),
		to(node.PermSettle, sysadmin),
		to(node.PermPacket, sysadmin, examAdmin),
	}
}
