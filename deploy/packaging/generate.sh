#!/bin/sh
# Writes the contracts (OpenAPI) and their TypeScript types out of the code.
set -eu
go build -o bin/ ./cloud/cmd/cloud ./edge/cmd/edge
mkdir -p protocol/openapi
bin/cloud openapi console >protocol/openapi/console.yaml
bin/cloud openapi online >protocol/openapi/online.yaml
bin/edge openapi terminal >protocol/openapi/terminal.yaml
bin/edge openapi proctor >protocol/openapi/proctor.yaml
for c in console online terminal proctor; do
	npx openapi-typescript "protocol/openapi/$c.yaml" -o "protocol/ts/src/$c.d.ts" >/dev/null
done
