package uplink

import (
	"context"
	"errors"
	"net"
	"net/url"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/topic"
)

const (
	// maxInFlight is how many publishes may wait for the broker at once; paho
	// has 65,535 message ids and no limit of its own.
	maxInFlight = 64
	// maxInbound bounds what lies between the client's goroutines and ours.
	// What does not fit is dropped: the link asks again.
	maxInbound = 256
	// tokenPatience is how long a slot is kept for a publish without a PUBACK.
	tokenPatience = 30 * time.Second
	// quitPatience is how long a client may take to go before it is abandoned.
	quitPatience = time.Second
	keepAlive    = 15 * time.Second
	tokenLife    = 5 * time.Minute
)

var (
	errLostConnection = errors.New("connection lost")
	errNoAnswer       = errors.New("connected, but the cloud does not answer")
	errConnectTimeout = errors.New("the broker did not accept in time")
)

// session is one MQTT client on one connection. It never reconnects: when
// anything is wrong with it, it is thrown away and another is made, because
// paho's own reconnecting completes tokens that were never delivered and has
// hung in more than one way (reliability.md A.2).
type session struct {
	transport string
	client    mqtt.Client
	conn      *watchedConn
	in        chan []byte
	lost      chan error
	out       chan outgoing
	slots     chan struct{}
	done      chan struct{}
}

type outgoing struct {
	topic   string
	qos     byte
	payload []byte
	acked   func() // a seam: the broker's word, which nothing else listens to
}

// watchedConn lets a session end its connection when the client does not.
type watchedConn struct{ net.Conn }

// dial connects and subscribes over one transport within the dial timeout.
func (u *Uplink) dial(ctx context.Context, transport string) (*session, error) {
	s := &session{
		transport: transport,
		in:        make(chan []byte, maxInbound), lost: make(chan error, 1),
		out: make(chan outgoing, maxInFlight), slots: make(chan struct{}, maxInFlight), done: make(chan struct{}),
	}
	ready := make(chan error, 1)
	password, err := envelope.NewToken(u.keeper, u.cfg.Node, envelope.AudienceMQTT, u.time.now().Add(tokenLife))
	if err != nil {
		return nil, err
	}
	opts := mqtt.NewClientOptions().
		AddBroker("tcp://" + u.address(transport)). // the custom opener decides what it really is
		SetClientID(u.cfg.Node).SetUsername(u.cfg.Node).SetPassword(password).
		SetStore(mqtt.NewMemoryStore()).SetCleanSession(true).
		SetAutoReconnect(false).SetConnectRetry(false).
		SetOrderMatters(true).SetKeepAlive(keepAlive).SetPingTimeout(10 * time.Second).
		SetConnectTimeout(u.cfg.DialTimeout).SetWriteTimeout(10 * time.Second)
	opts.SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) {
		conn, err := u.open(ctx, transport)
		if err != nil {
			return nil, err
		}
		_ = conn.SetDeadline(time.Now().Add(u.cfg.DialTimeout)) // lifted in OnConnect
		s.conn = &watchedConn{conn}
		return conn, nil
	})
	opts.SetConnectionLostHandler(func(_ mqtt.Client, err error) { s.fail(err) })
	opts.SetOnConnectHandler(func(c mqtt.Client) {
		_ = s.conn.SetDeadline(time.Time{})
		ready <- s.subscribe(c, topic.Down(u.cfg.Node), u.cfg.DialTimeout)
	})
	s.client = mqtt.NewClient(opts)
	if err := s.begin(ctx, ready, 2*u.cfg.DialTimeout); err != nil {
		s.close()
		return nil, err
	}
	go s.publish()
	return s, nil
}

// begin waits for the connection and the subscription; both may hang in paho,
// so nothing waits without a limit.
func (s *session) begin(ctx context.Context, ready <-chan error, patience time.Duration) error {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	token := s.client.Connect()
	select {
	case <-token.Done():
		if err := token.Error(); err != nil {
			return err
		}
	case <-limit.C:
		return errConnectTimeout
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-ready:
		return err
	case err := <-s.lost:
		return err
	case <-limit.C:
		return errConnectTimeout
	case <-ctx.Done():
		return ctx.Err()
	}
}

// subscribe hands every message over without ever blocking the client.
func (s *session) subscribe(c mqtt.Client, filter string, patience time.Duration) error {
	token := c.Subscribe(filter, 1, func(_ mqtt.Client, m mqtt.Message) {
		select {
		case s.in <- m.Payload():
		default:
		}
	})
	if !token.WaitTimeout(patience) {
		return errConnectTimeout
	}
	return token.Error()
}

func (s *session) fail(err error) {
	if err == nil {
		err = errLostConnection
	}
	select {
	case s.lost <- err:
	default:
	}
}

// send queues a message, or drops it when the line cannot take more: the link
// sends again whatever had no answer.
func (s *session) send(m outgoing) bool {
	select {
	case s.out <- m:
		return true
	default:
		return false
	}
}

// publish is the one goroutine that gives messages to the client, so that they
// keep their order.
func (s *session) publish() {
	for {
		select {
		case <-s.done:
			return
		case m := <-s.out:
			select {
			case s.slots <- struct{}{}:
			case <-s.done:
				return
			}
			token := s.client.Publish(m.topic, m.qos, false, m.payload)
			go func() {
				if token.WaitTimeout(tokenPatience) && token.Error() == nil && m.acked != nil {
					m.acked()
				}
				<-s.slots
			}()
		}
	}
}

// close ends the client, and abandons it when it does not end.
func (s *session) close() {
	close(s.done)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		s.client.Disconnect(100)
	}()
	select {
	case <-gone:
	case <-time.After(quitPatience):
	}
	if s.conn != nil {
		_ = s.conn.Close()
	}
}
