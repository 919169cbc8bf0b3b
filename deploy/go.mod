module huyun.internal/deploy

go 1.26.0

require huyun.internal/protocol v0.0.0

replace huyun.internal/protocol => ../protocol

require (
	github.com/stretchr/testify v1.12.1
	github.com/xuri/excelize/v2 v2.11.1
	go.etcd.io/bbolt v1.5.0
	golang.org/x/image v0.44.0
	huyun.internal/devices v0.0.0
	huyun.internal/edge v0.0.0
	huyun.internal/simulators v0.0.0
)

require (
	github.com/emmansun/gmsm v0.44.1 // indirect
	github.com/richardlehane/mscfb v1.0.9 // indirect
	github.com/richardlehane/msoleps v1.0.6 // indirect
	github.com/tiendc/go-deepcopy v1.7.2 // indirect
	github.com/tjfoc/gmsm v1.4.1 // indirect
	github.com/xuri/efp v0.0.3-0.20260924042702-217b81952dec // indirect
	github.com/xuri/nfp v0.0.2-0.20250530014748-2ddeb826f9a9 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace huyun.internal/simulators => ../simulators

replace huyun.internal/edge => ../edge

replace huyun.internal/devices => ../devices
