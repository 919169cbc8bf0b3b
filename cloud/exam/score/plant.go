//go:build plant

package score

import "os"

// skips reads PLANT: with rescore-skips the venue's score is believed without
// being computed again, which the drill has to find. This file is in no
// release binary.
func skips() bool { return os.Getenv("PLANT") == "rescore-skips" }
