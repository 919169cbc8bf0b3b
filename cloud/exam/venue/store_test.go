package venue

import (
	"testing"

	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), listSQL, venueSQL, lockSQL, insertSQL, updateSQL, switchSQL, roomsSQL, putRoomSQL,
		dropRoomsSQL, bookedSQL, usedSQL, boardSQL, aheadSQL, shutSQL,
		historySQL, addHistorySQL, contactsSQL, addContactSQL, dropContactSQL, equipmentSQL, addEquipmentSQL, dropEquipmentSQL)
}
