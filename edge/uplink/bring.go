package uplink

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

var (
	errBringLater   = fault.New(fault.Unavailable, "uplink.picture.later", "照片未能送达中心，稍后自动重试")
	errBringRefused = fault.New(fault.Forbidden, "uplink.picture.refused", "中心拒绝接收照片")
)

// bringTime is how long a picture may take on a bad line: 2 MB at 400 kbit/s.
const bringTime = 45 * time.Second

// BringPicture gives the centre a picture that it asked for, or says that it is
// gone. It fails with uplink.picture.later (try again) or uplink.picture.refused.
func (u *Uplink) BringPicture(ctx context.Context, p wire.Picture) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, bringTime)
	defer cancel()
	token, err := envelope.NewToken(u.keeper, u.cfg.Node, envelope.AudienceHTTP, u.time.now().Add(tokenLife))
	if err != nil {
		return err
	}
	url := strings.TrimSuffix(u.cfg.CloudURL, "/") + "/node/v1/pictures"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", envelope.Authorization(token))
	req.Header.Set("Content-Type", "application/json")
	// HTTPS alone: a few pictures on a person's request need no second way.
	resp, err := u.blobs.https.Do(req)
	if err != nil {
		return errBringLater.With(err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode < 300:
		return nil
	case resp.StatusCode == http.StatusUnauthorized: // a clock that is off, a certificate that is being renewed
		u.time.learn(resp.Header.Get("Date"))
		return errBringLater.Withf("status %d", resp.StatusCode)
	case resp.StatusCode < 500 && resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusRequestTimeout:
		return errBringRefused.Withf("status %d", resp.StatusCode)
	}
	return errBringLater.Withf("status %d", resp.StatusCode)
}
