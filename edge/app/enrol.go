package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// Enrolment is what the device keeps for life: who it is and whom it believes.
type Enrolment struct {
	wire.EnrolReply
	CloudURL   string    `json:"cloud_url"`
	EnrolledAt time.Time `json:"enrolled_at"`
}

// Enrol makes this machine a venue of the centre: a key made here, a request
// signed with it, a certificate in return. It can be repeated after any
// interruption with the same code. It fails with app.enrol.done on a machine
// that is enrolled, app.enrol.refused when the centre says no, app.enrol.reply
// when the answer is not about our key.
func Enrol(ctx context.Context, c Config, code string) (Enrolment, error) {
	if have, err := loadEnrolment(c); err == nil {
		if err := ensureStore(c, have.Node); err != nil {
			return have, err
		}
		return have, fault.Conflictf("app.enrol.done", "本机已注册为“%s”（%s），不能重复注册；更换用途请先由中心停用本设备", have.VenueName, have.Node)
	} else if !fault.Is(err, "app.enrol.none") {
		return Enrolment{}, err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return Enrolment{}, err
	}
	key, err := deviceKey(c)
	if err != nil {
		return Enrolment{}, err
	}
	host, _ := os.Hostname() // only a label for people
	request, err := sm.NewRequest(key, sm.Subject{Node: "new"})
	if err != nil {
		return Enrolment{}, err
	}
	client, err := firstClient(c)
	if err != nil {
		return Enrolment{}, err
	}
	reply, err := post[wire.EnrolReply](ctx, client, c.Cloud.URL+"/node/v1/enrol", "", wire.EnrolRequest{
		Code: strings.TrimSpace(code), Request: request, Version: Version, Host: host,
	})
	if err != nil {
		return Enrolment{}, err
	}
	e := Enrolment{EnrolReply: reply, CloudURL: c.Cloud.URL, EnrolledAt: time.Now().UTC()}
	if err := e.verify(key.Public(), time.Now()); err != nil {
		return Enrolment{}, err
	}
	if err := e.save(c); err != nil {
		return Enrolment{}, err
	}
	return e, ensureStore(c, e.Node)
}

// deviceKey loads the key, or makes it at the first enrolment. A site that
// configured no passphrase gets a random one in a file of its own: the key's
// file is then safe where it alone is copied, which is what the doctor says.
func deviceKey(c Config) (*sm.SoftKey, error) {
	if _, err := os.Stat(c.passphraseFile()); c.Key == (Key{}) && errors.Is(err, fs.ErrNotExist) {
		raw := make([]byte, 32)
		if _, err := rand.Read(raw); err != nil {
			return nil, err
		}
		if err := writeDurably(c.passphraseFile(), []byte(hex.EncodeToString(raw)+"\n")); err != nil {
			return nil, err
		}
	}
	pass, err := c.passphrase()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(c.keyFile()); errors.Is(err, fs.ErrNotExist) {
		key, err := sm.Generate()
		if err != nil {
			return nil, err
		}
		return key, key.Save(c.keyFile(), pass)
	}
	return sm.LoadKey(c.keyFile(), pass)
}

// ensureStore makes the store of a freshly enrolled device; one that is there
// stays as it is.
func ensureStore(c Config, node string) error {
	err := store.Create(c.storeDir(), store.Identity{Node: node})
	if fault.Is(err, "store.exists") {
		return nil
	}
	return err
}

// verify checks that the reply is about our key and by one authority.
func (e *Enrolment) verify(key *sm.PublicKey, at time.Time) error {
	bad := fault.Preconditionf("app.enrol.reply", "中心返回的注册信息校验不通过，请联系中心技术人员")
	cert, err := sm.ParseCertificate(e.Certificate)
	if err != nil {
		return bad.With(err)
	}
	root, err := sm.ParseCertificate(e.Authority)
	if err != nil {
		return bad.With(err)
	}
	if err := sm.CheckChain(cert, []*sm.Certificate{root}, at); err != nil {
		return bad.With(err)
	}
	if !cert.Public().Equal(key) || e.Node == "" || e.Venue == "" {
		return bad
	}
	if _, err := sm.ParsePublicKey(e.Cloud); err != nil {
		return bad.With(err)
	}
	return nil
}

// save keeps the enrolment, whole or not at all.
func (e *Enrolment) save(c Config) error {
	raw, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return writeDurably(c.enrolmentFile(), append(raw, '\n'))
}

func writeDurably(path string, raw []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already when all went well
	_, err = tmp.Write(raw)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// loadEnrolment fails with app.enrol.none on a machine that never enrolled.
func loadEnrolment(c Config) (Enrolment, error) {
	var e Enrolment
	raw, err := os.ReadFile(c.enrolmentFile())
	if errors.Is(err, fs.ErrNotExist) {
		return e, fault.Preconditionf("app.enrol.none", "本机尚未注册：请向中心索取一次性注册码，运行 edge enrol --code <注册码>")
	}
	if err == nil {
		err = json.Unmarshal(raw, &e)
	}
	if err != nil {
		return e, fault.Internalf("app.enrol.file", "注册信息文件损坏：请运行 edge doctor，不要重新注册").With(err)
	}
	return e, nil
}

// firstClient trusts the authority in the configured file, or the system's.
// Nothing is ever skipped: whoever answers an enrolment gets to say whom the
// venue believes.
func firstClient(c Config) (*http.Client, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.Cloud.Root != "" {
		raw, err := os.ReadFile(c.Cloud.Root)
		if err != nil {
			return nil, badConfig("无法读取中心根证书 "+c.Cloud.Root, err)
		}
		if conf.RootCAs, err = poolOf(raw); err != nil {
			return nil, err
		}
	}
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: conf, Proxy: http.ProxyFromEnvironment}}, nil
}

// cloudClient trusts what the enrolment named.
func cloudClient(c Config, e Enrolment) (*http.Client, error) {
	if len(e.Broker.Root) == 0 {
		return firstClient(c)
	}
	pool, err := poolOf(e.Broker.Root)
	if err != nil {
		return nil, err
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: conf}}, nil
}

func poolOf(pem []byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, badConfig("根证书文件中没有可用的证书", nil)
	}
	return pool, nil
}

// maxReply bounds an answer of the centre, in bytes.
const maxReply = 1 << 20

func post[T any](ctx context.Context, client *http.Client, url, token string, body any) (T, error) {
	var out T
	raw, err := json.Marshal(body)
	if err != nil {
		return out, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		return out, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", envelope.Authorization(token))
	}
	resp, err := client.Do(req)
	if err != nil {
		return out, fault.Unavailablef("app.cloud.reach", "无法连接中心 %s：请检查网络、地址与根证书", url).With(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return out, fault.Unavailablef("app.cloud.reach", "与中心的连接中断，请重试").With(err)
	}
	if resp.StatusCode != http.StatusOK {
		var problem struct{ Code, Title string }
		if json.Unmarshal(answer, &problem) != nil || problem.Title == "" {
			problem.Title = resp.Status
		}
		return out, fault.Forbiddenf("app.enrol.refused", "中心拒绝：%s", problem.Title).Withf("status %d code %s", resp.StatusCode, problem.Code)
	}
	return out, json.Unmarshal(answer, &out)
}

// renew asks for a fresh certificate once two thirds of the present one's life
// are over. Failing is no harm yet: it is tried again every hour.
func renew(ctx context.Context, c Config, e *Enrolment, key *sm.SoftKey, now time.Time) (bool, error) {
	cert, err := sm.ParseCertificate(e.Certificate)
	if err != nil || now.Before(cert.RenewAfter()) {
		return false, err
	}
	client, err := cloudClient(c, *e)
	if err != nil {
		return false, err
	}
	defer client.CloseIdleConnections()
	token, err := envelope.NewToken(key, e.Node, envelope.AudienceHTTP, now.Add(5*time.Minute))
	if err != nil {
		return false, err
	}
	reply, err := post[wire.EnrolReply](ctx, client, c.Cloud.URL+"/node/v1/renew", token, struct{}{})
	if err != nil {
		return false, err
	}
	next := *e
	next.EnrolReply = reply
	if err := next.verify(key.Public(), now); err != nil {
		return false, err
	}
	if next.Node != e.Node || next.Venue != e.Venue || !bytes.Equal(next.Cloud, e.Cloud) {
		return false, fault.Preconditionf("app.enrol.reply", "中心返回的注册信息与本机不一致，请联系中心技术人员")
	}
	*e = next
	return true, next.save(c)
}

// audienceHTTP is whom a token for the centre's node interface is meant for.
