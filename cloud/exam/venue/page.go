package venue

import (
	"context"
	"fmt"
	"time"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
)

// Member is somebody who may sign in at a venue.
type Member struct {
	Username string   `json:"username"`
	Name     string   `json:"name"`
	Roles    []string `json:"roles"`
	Disabled bool     `json:"disabled"`
}

// Device is an edge device of a venue and how it is.
type Device struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	State    string        `json:"state"`
	Reason   string        `json:"reason"`
	Online   bool          `json:"online"`
	SeenAt   *time.Time    `json:"seen_at,omitempty"`
	Version  string        `json:"version"`
	DiskFree int64         `json:"disk_free"`
	Clock    time.Duration `json:"clock_offset_ns" doc:"与中心的时差"`
	Behind   time.Duration `json:"behind_ns" doc:"最早一条未确认上报的时长"`
	Dead     int           `json:"dead" doc:"待处置上报"`
	NotAfter time.Time     `json:"not_after" doc:"证书到期"`
}

// Around answers what a venue's page asks of lower domains; satisfied in app
// by identity and node.
type Around interface {
	VenuePeople(ctx context.Context, q db.Q, venue string) ([]Member, error)
	VenueDevices(ctx context.Context, venue string) ([]Device, error)
	// VenuesOnline says for each venue with an active device whether it is heard.
	VenuesOnline(ctx context.Context) (map[string]bool, error)
}

// Page is everything about one venue but its base data and its sittings.
type Page struct {
	Phase     Phase       `json:"phase" enum:"DISABLED,READY,APPLYING,APPROVED,DISPATCHED,RUNNING,CLOSED,SUSPENDED"`
	Now       BoardRow    `json:"now"`
	Impact    Impact      `json:"impact"`
	People    []Member    `json:"people"`
	Devices   []Device    `json:"devices"`
	Contacts  []Contact   `json:"contacts"`
	Equipment []Equipment `json:"equipment"`
	Short     []string    `json:"short" doc:"可用考试机少于座位的考室"`
	History   []Change    `json:"history"`
	// Rehearsals are the last ten outage rehearsals, the newest first.
	Rehearsals []Rehearsal `json:"rehearsals" doc:"断网演练，最新在前"`
}

// Phase is a venue's state of chapter 9.4 of the domain reference. All but
// READY, SUSPENDED and DISABLED follow from its most urgent sitting.
type Phase string

// phaseOf is the state of a venue that is switched to s and whose most urgent
// sitting is in activity.
func phaseOf(s State, activity string) Phase {
	if s != Ready {
		return Phase(s)
	}
	switch activity {
	case "APPLYING", "APPROVED", "RUNNING", "CLOSED", "SUSPENDED", "DISPATCHED":
		return Phase(activity)
	case "RECEIVED", "RELEASED":
		return "DISPATCHED"
	}
	return Phase(Ready)
}

// Page reads what a venue has, who works there, how its devices are and what
// was decided about it.
func (s *Service) Page(ctx context.Context, id string) (Page, error) {
	v, err := s.Get(ctx, id)
	if err != nil {
		return Page{}, err
	}
	var out Page
	now := s.clock.Now()
	today := clock.DateOf(now)
	rows, err := board(ctx, s.db, auth.Scope{Venues: []string{id}}, today.Start(), today.End())
	if err != nil {
		return out, err
	}
	if len(rows) > 0 {
		out.Now = rows[0]
	} else { // a disabled venue is on no board
		out.Now = BoardRow{ID: v.ID, Code: v.Code, Name: v.Name, District: v.District, State: v.State, Seats: v.Seats}
	}
	out.Phase = phaseOf(v.State, out.Now.Activity)
	out.Now.Phase = out.Phase
	if out.Impact, err = impact(ctx, s.db, id, now); err != nil {
		return out, err
	}
	if out.Contacts, err = db.All[Contact](ctx, s.db, contactsSQL, id); err != nil {
		return out, err
	}
	if out.Equipment, err = db.All[Equipment](ctx, s.db, equipmentSQL, id); err != nil {
		return out, err
	}
	out.Short = short(v.Rooms, out.Equipment)
	if out.History, err = db.All[Change](ctx, s.db, historySQL, id); err != nil {
		return out, err
	}
	if out.Rehearsals, err = db.All[Rehearsal](ctx, s.db, rehearsalsSQL, id); err != nil {
		return out, err
	}
	return out, s.around(ctx, id, &out)
}

func (s *Service) around(ctx context.Context, id string, out *Page) error {
	out.People, out.Devices = []Member{}, []Device{}
	if s.Around == nil {
		return nil
	}
	var err error
	if out.People, err = s.Around.VenuePeople(ctx, s.db, id); err != nil {
		return fmt.Errorf("people of the venue: %w", err)
	}
	if out.Devices, err = s.Around.VenueDevices(ctx, id); err != nil {
		return fmt.Errorf("devices of the venue: %w", err)
	}
	for _, d := range out.Devices {
		out.Now.Online = out.Now.Online || (d.Online && d.State == "ACTIVE")
		out.Now.Device = out.Now.Device || d.State == "ACTIVE"
	}
	return nil
}
