package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"huyun.internal/protocol/envelope"
)

// seatClient is a terminal on its own kept-alive connection. It writes requests
// and reads answers by hand, because net/http's client would use more of this
// machine than the server does; a real terminal brings its own processor. It
// does sign every request, here and now, with HMAC-SM3: that counts against us.
type seatClient struct {
	host    string
	session session
	conn    net.Conn
	in      *bufio.Reader
	counter uint64
	out     []byte
	body    []byte
}

const saveTarget = "/terminal/v1/answer"

func dialSeat(addr string, s session) (*seatClient, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &seatClient{host: addr, session: s, conn: conn, in: bufio.NewReader(conn)}, nil
}

// save sends one answer and believes nothing but a receipt of that very
// revision.
func (c *seatClient) save(item int, revision uint64) error {
	c.counter++
	c.body = fmt.Appendf(c.body[:0], `{"item":"%d","revision":%d,"choice":["A","C"]}`, item, revision)
	mac := envelope.SignRequest(c.session.key, http.MethodPost, saveTarget, c.body, c.counter)
	c.out = append(c.out[:0], "POST "+saveTarget+" HTTP/1.1\r\nHost: "...)
	c.out = append(c.out, c.host...)
	c.out = append(c.out, "\r\nContent-Type: application/json\r\n"+envelope.HeaderSession+": "...)
	c.out = append(c.out, c.session.id...)
	c.out = append(c.out, "\r\n"+envelope.HeaderCounter+": "...)
	c.out = strconv.AppendUint(c.out, c.counter, 10)
	c.out = append(c.out, "\r\n"+envelope.HeaderMAC+": "...)
	c.out = append(c.out, mac.String()...)
	c.out = append(c.out, "\r\nContent-Length: "...)
	c.out = strconv.AppendInt(c.out, int64(len(c.body)), 10)
	c.out = append(append(c.out, "\r\n\r\n"...), c.body...)
	_, err := c.conn.Write(c.out)
	if err != nil {
		return err
	}
	body, err := c.answer()
	if err != nil {
		return err
	}
	want := strconv.AppendUint([]byte(`"revision":`), revision, 10)
	if i := bytes.Index(body, want); i < 0 || !bytes.ContainsAny(body[i+len(want):i+len(want)+1], ",}") {
		return fmt.Errorf("receipt is not of revision %d: %s", revision, body)
	}
	return nil
}

var errAnswer = errors.New("not an answer with a length")

// answer reads one response, which has a Content-Length: ours always do.
func (c *seatClient) answer() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	ok := bytes.HasPrefix(line, []byte("HTTP/1.1 200 "))
	size := -1
	for {
		line, err = c.in.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if value, found := bytes.CutPrefix(line, []byte("Content-Length: ")); found {
			size, err = strconv.Atoi(string(value))
			if err != nil {
				return nil, err
			}
		}
	}
	if size < 0 || size > c.in.Size() {
		return nil, errAnswer
	}
	body, err := c.in.Peek(size)
	if err != nil {
		return nil, err
	}
	_, err = c.in.Discard(size)
	if err == nil && !ok {
		err = fmt.Errorf("refused: %s", body)
	}
	return body, err
}
