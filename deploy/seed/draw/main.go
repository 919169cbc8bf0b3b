// Command draw makes the pictures of the demonstration bank from code, so that
// they are ours and can be changed: two placards for dangerous goods, a bus
// stop and a crossing. Its output is committed in ../bank; `go generate` in
// deploy/seed runs it. It knows no questions.
package main

import (
	"log"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: draw DIRECTORY")
	}
	pictures := map[string]func() *canvas{
		"placard-3.png": flammable, "placard-8.png": corrosive,
		"bus-stop.png": busStop, "intersection.png": crossing,
	}
	for name, draw := range pictures {
		data, err := draw().encode()
		if err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(os.Args[1], name), data, 0o644); err != nil { //nolint:gosec // a committed picture
			log.Fatal(err)
		}
	}
}
