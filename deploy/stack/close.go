package stack

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// drainLimit is how long what a sitting leaves behind may take to arrive.
const drainLimit = 90 * time.Second

// Drain waits until nothing of the venue is unacknowledged.
func (h *Hall) Drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, drainLimit)
	defer cancel()
	var last Strip
	err := Until(ctx, 300*time.Millisecond, func() (bool, error) {
		strip, err := h.Chief.Link(ctx)
		last = strip
		return err == nil && strip.Connected && strip.Total == 0, err
	})
	if err != nil {
		return fmt.Errorf("drain: %w, %d unacknowledged, %s", err, last.Total, last.Text)
	}
	return nil
}

// Close reconciles and closes the sitting at the venue.
func (h *Hall) Close(ctx context.Context) error {
	var closing struct {
		Problems []struct {
			Code, Text string
			Waivable   bool
		} `json:"problems"`
	}
	err := h.Chief.Do(ctx, http.MethodGet, h.Path("/closing"), nil, &closing)
	if err != nil {
		return err
	}
	body := map[string]any{}
	if len(closing.Problems) > 0 {
		l := h.Logins["liu.jiankao"]
		body = map[string]any{"reason": "演练", "second": map[string]string{"username": l.Username, "password": l.Password}}
	}
	err = h.Chief.Do(ctx, http.MethodPost, h.Path("/close"), body, nil)
	if err != nil {
		return fmt.Errorf("close: %w, problems %+v", err, closing.Problems)
	}
	return nil
}

// Round is the centre's comparison of a sitting, as far as it has come.
type Round struct {
	Attempts    int        `json:"attempts"`
	Differences int        `json:"differences"`
	PublishedAt *time.Time `json:"published_at"`
}

// Rescore lets the centre make every paper again and score every answer again.
func (h *Hall) Rescore(ctx context.Context) (Round, error) {
	return h.score(ctx, "zhang.kaowu", "", nil)
}

// Confirm is the first person's word on the scores, Publish the second's.
func (h *Hall) Confirm(ctx context.Context) (Round, error) {
	return h.score(ctx, "zhang.kaowu", "/confirm", map[string]any{})
}

// Publish makes the results known.
func (h *Hall) Publish(ctx context.Context) (Round, error) {
	return h.score(ctx, "li.shenhe", "/publish", nil)
}

func (h *Hall) score(ctx context.Context, who, step string, body any) (Round, error) {
	var out struct{ Round Round }
	c, err := h.SignIn(ctx, h.Logins[who])
	if err != nil {
		return out.Round, err
	}
	err = c.Do(ctx, http.MethodPost, h.CentrePath("/score"+step), body, &out)
	return out.Round, err
}
