module huyun.internal/protocol

go 1.26.0

require (
	github.com/emmansun/gmsm v0.44.1
	github.com/klauspost/compress v1.18.0
	github.com/stretchr/testify v1.12.1
	github.com/tjfoc/gmsm v1.4.1
	go.etcd.io/bbolt v1.5.0
	go.uber.org/goleak v1.3.0
	golang.org/x/crypto v0.54.0
	golang.org/x/text v0.43.0
	pgregory.net/rapid v1.3.0
)

require (
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sys v0.47.0 // indirect
)
