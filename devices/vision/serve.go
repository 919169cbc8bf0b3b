package vision

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"huyun.internal/protocol/fault"
)

// Handler answers one well-formed request. It must be safe for concurrent use.
type Handler interface {
	Answer(ctx context.Context, ask string, pictures [][]byte) Reply
}

// frameTime is how long a peer may take to deliver one frame, or to read one.
const frameTime = 30 * time.Second

// ErrFrame answers a request that does not follow the protocol; the connection
// is closed after it.
var ErrFrame = fault.New(fault.Invalid, "vision.frame", "人脸核验请求格式不正确，请升级程序或联系技术支持")

// Serve answers requests on ln until ctx ends, with at most conns connections
// at a time; one more is told vision.busy. It returns when all have ended.
func Serve(ctx context.Context, ln net.Listener, h Handler, conns int) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = ln.Close() })()
	free := make(chan struct{}, conns)
	for {
		conn, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		select {
		case free <- struct{}{}:
		default:
			_ = conn.SetDeadline(time.Now().Add(time.Second))
			_ = WriteFrame(conn, Reply{Fault: FaultOf(ErrBusy)})
			_ = conn.Close()
			continue
		}
		wg.Go(func() {
			defer func() { <-free }()
			stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
			defer stop()
			defer func() { _ = conn.Close() }()
			converse(ctx, conn, h)
		})
	}
}

// converse answers one request after the other until the peer hangs up or
// breaks the protocol.
func converse(ctx context.Context, conn net.Conn, h Handler) {
	for {
		_ = conn.SetDeadline(time.Now().Add(frameTime))
		var req Request
		payload, err := ReadFrame(conn, &req)
		if errors.Is(err, ErrMagic) || errors.Is(err, ErrLength) || errors.Is(err, ErrHeader) || errors.Is(err, io.ErrUnexpectedEOF) {
			_ = WriteFrame(conn, Reply{Fault: FaultOf(ErrFrame)})
		}
		if err != nil {
			return
		}
		pictures, ok := req.Split(payload)
		if !ok {
			_ = WriteFrame(conn, Reply{Fault: FaultOf(ErrFrame)})
			return
		}
		// The work has its own limit at the client; only delivering has one here.
		_ = conn.SetDeadline(time.Time{})
		rep := h.Answer(ctx, req.Ask, pictures)
		_ = conn.SetDeadline(time.Now().Add(frameTime))
		if WriteFrame(conn, rep) != nil {
			return
		}
	}
}
