//go:build !plant

package score

// skips is where the drill plants a fault; a build without the tag "plant"
// rescores everything.
func skips() bool { return false }
