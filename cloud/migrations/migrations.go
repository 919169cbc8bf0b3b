// Package migrations is the one ordered history of the cloud's database:
// goose files NNNN_name.sql, embedded. Numbers: 0001–0019 platform, identity,
// audit, keys; 0020–0039 node and link; 0040–0079 exam
// and training; 0080–0119 practitioners, licensing, sanctions. Foreign keys cross
// domains, so the history is one. Each step leaves the previous release
// running; there are no down steps in production.
package migrations

import "embed"

// FS holds the migration files.
//
//go:embed *.sql
var FS embed.FS
