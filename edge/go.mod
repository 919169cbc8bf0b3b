module huyun.internal/edge

go 1.26.0

require huyun.internal/protocol v0.0.0
replace huyun.internal/protocol => ../protocol
require huyun.internal/devices v0.0.0
replace huyun.internal/devices => ../devices
