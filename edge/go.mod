module huyun.internal/edge

go 1.26.0

require huyun.internal/protocol v0.0.0

replace huyun.internal/protocol => ../protocol

require (
	github.com/eclipse/paho.mqtt.golang v1.5.1
	github.com/mochi-mqtt/server/v2 v2.7.9
	github.com/quic-go/quic-go v0.65.0
	github.com/stretchr/testify v1.12.1
	go.etcd.io/bbolt v1.5.0
	go.uber.org/goleak v1.3.0
	golang.org/x/sys v0.47.0
	huyun.internal/devices v0.0.0
	pgregory.net/rapid v1.3.0
)

require (
	github.com/emmansun/gmsm v0.44.1 // indirect
	github.com/google/uuid v1.6.0
	github.com/tjfoc/gmsm v1.4.1 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/crypto v0.54.0
)

replace huyun.internal/devices => ../devices
