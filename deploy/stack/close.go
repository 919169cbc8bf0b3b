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

// Closing is a sitting's reconciliation as the venue shows it.
type Closing struct {
	Sums []struct {
		Code  string
		Left  struct{ N int }
		Total int
		OK    bool
	} `json:"sums"`
	Problems []struct {
		Code, Text string
		Waivable   bool
	} `json:"problems"`
	Answers int    `json:"answers"`
	Digest  string `json:"digest"`
	Waivers []struct{ Code, Fact, Reason string }
	Centre  struct {
		Confirmed int
		At        time.Time
		Receipt   *struct {
			Number, Digest string
			Count, Answers int
			Handins        []struct{ Seat, Code, Digest string }
		}
		Disputed []string
	} `json:"centre"`
}

// Closing reads it.
func (h *Hall) Closing(ctx context.Context) (Closing, error) {
	var c Closing
	return c, h.Chief.Do(ctx, http.MethodGet, h.Path("/closing"), nil, &c)
}

// Close reconciles and closes the sitting at the venue; whatever does not meet is
// waived, each with a reason.
func (h *Hall) Close(ctx context.Context) error {
	closing, err := h.Closing(ctx)
	if err != nil {
		return err
	}
	body := map[string]any{}
	if len(closing.Problems) > 0 {
		l := h.Logins["liu.jiankao"]
		waivers := []map[string]string{}
		for _, p := range closing.Problems {
			waivers = append(waivers, map[string]string{"code": p.Code, "reason": "演练：" + p.Text})
		}
		body = map[string]any{"waivers": waivers, "second": map[string]string{"username": l.Username, "password": l.Password}}
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
