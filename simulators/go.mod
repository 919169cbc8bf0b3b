module huyun.internal/simulators

go 1.26.0

require huyun.internal/protocol v0.0.0

require github.com/stretchr/testify v1.12.1

require (
	github.com/emmansun/gmsm v0.44.1 // indirect
	github.com/tjfoc/gmsm v1.4.1 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/crypto v0.54.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace huyun.internal/protocol => ../protocol
