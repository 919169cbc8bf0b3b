package app

import "context"

// startGateway serves devices over HTTPS.
func startGateway(s *System, r *running) error {
	at, err := r.listen(roleGateway, s.Config.Gateway.Addr, s.Gateway(), s.Keys.TLS(s.Config.Gateway.Hosts...))
	if err == nil {
		s.Log.InfoContext(r.ctx, "gateway is at", "url", "https://"+at.String())
	}
	return err
}

// startLink serves the journals.
func startLink(_ *System, r *running) error {
	r.do(roleLink, func(ctx context.Context) error {
		<-ctx.Done()
		return nil
	})
	return nil
}
