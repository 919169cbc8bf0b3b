package app

import (
	"crypto/tls"

	"huyun.internal/cloud/licensing/batch"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/online"
	"huyun.internal/cloud/platform/web"
	pages "huyun.internal/cloud/web/online"
)

// Applicant is the interface of applicants' pages: nothing of the console is there.
func (s *System) Applicant() *web.Web {
	w := web.New(web.Options{
		Title: "沪运从业 网上申请", Version: "1", Auth: s.Online, Log: s.Log, Metrics: s.Metrics,
		TrustedProxies: s.Config.Online.TrustedProxies, Secure: s.Config.Online.TLS || s.Config.Online.Secure,
	})
	w.Health(s.checks()...)
	online.Register(w, s.Online)
	batch.RegisterOwn(w, s.Batch)
	letter.RegisterVerify(w, s.Letter)
	w.SPA(pages.Dist())
	return w
}

// startOnline serves applicants.
func startOnline(s *System, r *running) error {
	var conf *tls.Config
	scheme := "http"
	if s.Config.Online.TLS {
		conf, scheme = s.Keys.TLS(s.Config.Gateway.Hosts...), "https"
	}
	at, err := r.listen(roleOnline, s.Config.Online.Addr, s.Applicant(), conf)
	if err == nil {
		s.Log.InfoContext(r.ctx, "applicants' pages are at", "url", scheme+"://"+at.String())
	}
	return err
}
