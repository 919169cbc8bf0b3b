module huyun.internal/devices

go 1.26.0

require (
	github.com/stretchr/testify v1.12.1
	gocv.io/x/gocv v0.31.0
	huyun.internal/protocol v0.0.0
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect

replace huyun.internal/protocol => ../protocol
