package engine

/*
#cgo !windows pkg-config: opencv4
#cgo CXXFLAGS: --std=c++11
#include <stdlib.h>
#include "native.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	"gocv.io/x/gocv"
)

// SetThreads fixes how many threads one OpenCV call may use, for the whole
// process. One worker, one thread is the rule: workers give the parallelism.
func SetThreads(n int) { C.huyun_set_threads(C.int(n)) }

// network is one loaded net. gocv's own Net is not used because its
// ForwardLayers leaks the output names and the array of outputs at every call,
// and because a C++ exception that crosses it ends the process: here one
// becomes an error. It is not safe for concurrent use.
type network struct {
	net    unsafe.Pointer
	names  []*C.char
	sizes  []C.int
	output []float32
}

const faultSize = 512

// openNetwork loads model (with config beside it for Caffe, otherwise "") and
// prepares to read the named outputs, together at most capacity floats.
func openNetwork(model, config string, outputs []string, capacity int) (*network, error) {
	cModel, cConfig := C.CString(model), C.CString(config)
	defer C.free(unsafe.Pointer(cModel))
	defer C.free(unsafe.Pointer(cConfig))
	fault := (*C.char)(C.calloc(1, faultSize))
	defer C.free(unsafe.Pointer(fault))
	net := C.huyun_net_open(cModel, cConfig, fault, faultSize)
	if net == nil {
		return nil, fmt.Errorf("load model %s: %s", model, C.GoString(fault))
	}
	n := &network{net: net, sizes: make([]C.int, len(outputs)), output: make([]float32, capacity)}
	for _, name := range outputs {
		n.names = append(n.names, C.CString(name))
	}
	return n, nil
}

// run does one forward pass. The returned slices are valid until the next run.
func (n *network) run(blob gocv.Mat) ([][]float32, error) {
	if n.net == nil {
		return nil, errors.New("network is closed")
	}
	fault := (*C.char)(C.calloc(1, faultSize))
	defer C.free(unsafe.Pointer(fault))
	failed := C.huyun_net_run(n.net, unsafe.Pointer(blob.Ptr()), &n.names[0], C.int(len(n.names)),
		(*C.float)(unsafe.Pointer(&n.output[0])), C.int(len(n.output)), &n.sizes[0], fault, faultSize)
	if failed != 0 {
		return nil, fmt.Errorf("run model: %s", C.GoString(fault))
	}
	outs, from := make([][]float32, len(n.sizes)), 0
	for i, size := range n.sizes {
		outs[i] = n.output[from : from+int(size)]
		from += int(size)
	}
	return outs, nil
}

func (n *network) close() {
	if n.net == nil {
		return
	}
	C.huyun_net_close(n.net)
	n.net = nil
	for _, name := range n.names {
		C.free(unsafe.Pointer(name))
	}
	n.names = nil
}
