package app

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/external"
	"huyun.internal/cloud/external/credit"
	"huyun.internal/cloud/external/enforcement"
	"huyun.internal/cloud/external/onestop"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/sm"
)

// partners are the outside systems' public keys; nil: not configured.
type partners struct {
	credit, enforcement, onestop *sm.PublicKey
}

// loadPartners reads the keys at the start, so that a wrong file stops the start
// and not the first message.
func (s *System) loadPartners() error {
	for _, p := range []struct {
		path string
		into **sm.PublicKey
	}{{s.Config.Partner.CreditKeyFile, &s.partners.credit}, {s.Config.Partner.EnforcementKeyFile, &s.partners.enforcement}, {s.Config.Partner.OneStopKeyFile, &s.partners.onestop}} {
		if p.path == "" {
			continue
		}
		key, err := publicKey(p.path)
		if err != nil {
			return err
		}
		*p.into = key
	}
	return nil
}

func (s *System) peers() []external.Peer {
	return []external.Peer{
		{Sender: credit.Sender, Name: "失信管理系统", Path: credit.Path, Setting: "partner.credit_key_file", Perm: credit.Perm, Key: s.partners.credit},
		{
			Sender: enforcement.Sender, Name: "综合执法系统", Path: enforcement.Path, Setting: "partner.enforcement_key_file", Perm: enforcement.Perm,
			Key: s.partners.enforcement,
		},
		{Sender: onestop.Sender, Name: "一网通办", Path: onestop.Path, Setting: "partner.onestop_key_file", Perm: onestop.Perm, Key: s.partners.onestop},
	}
}

// Partner is the interface of outside systems that push to us.
func (s *System) Partner() *web.Web {
	w := web.New(web.Options{
		Title: "沪运从业 外部系统接入", Version: "1", Auth: external.Door{Peers: s.peers(), Clock: s.Clock, Log: s.Log}, Log: s.Log, Secure: true,
	})
	w.Health(s.checks()...)
	web.Raw(w, web.Op{ID: "external.key", Method: http.MethodGet, Path: "/partner/v1/key", Perm: web.Public, Summary: "本系统的 SM2 公钥", PerMin: 60}, func(c *gin.Context) {
		c.Data(http.StatusOK, "application/x-pem-file", s.Keys.Cloud().Public().PEM())
	})
	(&credit.Inbound{Keys: s.Keys.Cloud(), List: s.Sanction, Clock: s.Clock, Log: s.Log}).Register(w)
	(&enforcement.Inbound{Keys: s.Keys.Cloud(), Locks: s.Sanction, Log: s.Log}).Register(w)
	(&onestop.Inbound{DB: s.DB, Clock: s.Clock, Log: s.Log, Cases: s.Case}).Register(w)
	(&onestop.Visits{DB: s.DB, Clock: s.Clock, Log: s.Log, Keys: s.Keys.Cloud(), Book: s.Appointment}).Register(w)
	return w
}

// startPartner serves outside systems over HTTPS.
func startPartner(s *System, r *running) error {
	at, err := r.listen(rolePartner, s.Config.Partner.Addr, s.Partner(), s.Keys.TLS(s.Config.Gateway.Hosts...))
	if err == nil {
		s.Log.InfoContext(r.ctx, "partner interface is at", "url", "https://"+at.String())
	}
	return err
}
