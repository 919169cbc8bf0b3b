module huyun.internal/deploy

go 1.26.0

require huyun.internal/protocol v0.0.0

replace huyun.internal/protocol => ../protocol

require (
	github.com/stretchr/testify v1.12.1
	huyun.internal/simulators v0.0.0
)

replace huyun.internal/simulators => ../simulators
