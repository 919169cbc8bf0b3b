package appointment

import "huyun.internal/cloud/platform/listing"

var slotNames = map[SlotState]string{Open: "开放", Closed: "已关闭"}

func (s *Service) slotSheet() listing.Sheet[Slot] {
	return listing.Sheet[Slot]{Name: "号源", Columns: []listing.Column[Slot]{
		listing.Col("日期", 14, func(t Slot) any { return t.Day.String() }),
		listing.Col("时段", 14, func(t Slot) any { return t.Period() }),
		listing.Col("地点", 30, func(t Slot) any { return t.Place }),
		listing.Col("适用事项", 16, func(t Slot) any { return s.groupName(t.Group) }),
		listing.Col("名额", 8, func(t Slot) any { return t.Quota }),
		listing.Col("已约", 8, func(t Slot) any { return t.Used }),
		listing.Col("状态", 10, func(t Slot) any { return listing.Word(slotNames, t.State) }),
		listing.Col("原因", 30, func(t Slot) any { return t.Reason }),
	}}
}

func bookingSheet() listing.Sheet[Booking] {
	return listing.Sheet[Booking]{Name: "预约", Columns: []listing.Column[Booking]{
		listing.Col("预约号", 16, func(b Booking) any { return b.Number }),
		listing.Col("日期", 14, func(b Booking) any { return b.Day.String() }),
		listing.Col("时段", 14, func(b Booking) any { return b.Begins + "-" + b.Ends }),
		listing.Col("地点", 30, func(b Booking) any { return b.Place }),
		listing.Col("姓名", 12, func(b Booking) any { return b.Name }),
		listing.Col("身份证号", 22, func(b Booking) any { return b.IDNo }),
		listing.Col("手机", 14, func(b Booking) any { return b.Mobile }),
		listing.Col("事项", 40, func(b Booking) any { return b.Title }),
		listing.Col("来源", 12, func(b Booking) any { return listing.Word(channelNames, b.Channel) }),
		listing.Col("状态", 14, func(b Booking) any { return listing.Word(stateNames, b.State) }),
		listing.Col("说明", 30, func(b Booking) any { return b.Reason }),
	}}
}
