package app

import (
	"context"
	"path/filepath"

	"huyun.internal/cloud/appointment"
	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/exam/bank"
	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/dossier"
	"huyun.internal/cloud/exam/enrolment"
	"huyun.internal/cloud/exam/paper"
	"huyun.internal/cloud/exam/practical"
	"huyun.internal/cloud/exam/score"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/exam/stats"
	"huyun.internal/cloud/exam/venue"
	"huyun.internal/cloud/external/onestop"
	"huyun.internal/cloud/identity"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/batch"
	"huyun.internal/cloud/licensing/calendar"
	"huyun.internal/cloud/licensing/cancel"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/licensing/online"
	"huyun.internal/cloud/node"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/jobs"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/cloud/training/class"
	pages "huyun.internal/cloud/web"
)

// domains are the business domains, in import order; each has a line here, one
// in wire and one in Console.
type domains struct {
	Node  *node.Service
	Class *class.Service
	Bank  *bank.Service
	Paper *paper.Service
	Venue *venue.Service

	Sitting *sitting.Service
	Conduct *conduct.Service
	Score   *score.Service
	Credit  *credit.Service
	Stats   *stats.Service
	Dossier *dossier.Service

	Practical *practical.Service
	Enrolment *enrolment.Service

	Calendar     *calendar.Service
	Case         *application.Service
	Matter       *matter.Catalogue
	Practitioner *practitioner.Service
	Letter       *letter.Service
	Sanction     *sanction.Service
	Online       *online.Service
	Jobs         *jobs.Queue
	OneStop      *onestop.Service
	Batch        *batch.Service
	Cancel       *cancel.Service
	Appointment  *appointment.Service
}

// wire makes the services and answers the questions that lower domains ask
// upward.
func (s *System) wire() {
	s.Audit = audit.New(s.DB, s.Keys, s.Clock, filepath.Join(s.Config.Data, "audit.anchors"))
	orders := node.NewOrders(s.Keys, s.Clock.Now)
	s.Node = &node.Service{
		DB: s.DB, Audit: s.Audit, CA: s.Keys, Orders: orders, Now: s.Clock.Now, Log: s.Log,
		Venue:  func(ctx context.Context, _ db.Q, id string) (string, error) { return s.venueName(ctx, id) },
		Broker: s.brokerForNodes, Enrolled: s.nodeEnrolled,
	}
	s.Identity = identity.New(identity.Deps{
		DB: s.DB, Keys: s.Keys, Audit: s.Audit, Clock: s.Clock, Log: s.Log, Roles: staffRoles(),
		Secure: s.Config.Console.TLS || s.Config.Console.Secure, VenueChanged: s.tellStaff,
	})
	s.Class = class.New(s.DB, s.Keys, s.Audit, s.Clock)
	s.Bank = bank.New(s.DB, s.Keys, s.Audit, s.Blobs, s.Clock)
	s.Paper = paper.New(s.DB, s.Bank, s.Audit, s.Clock)
	s.Venue = venue.New(s.DB, s.Keys, s.Audit, s.Clock)
	s.Venue.Around, s.Venue.Nodes = around{s}, s.Node
	s.Sitting = sitting.New(sitting.Parts{
		DB: s.DB, Keys: s.Keys, Audit: s.Audit, Blobs: s.Blobs, Clock: s.Clock, Bank: s.Bank, Papers: s.Paper, Venues: s.Venue, Classes: s.Class,
		Orders: orders, Nodes: s.Node, Journals: s.Node, Watcher: nodeSeen{s.Node}, Timing: sitting.Timing(s.Config.Exam),
	})
	s.Conduct = conduct.New(s.DB, s.Keys, s.Audit, s.Clock, s.Sitting)
	s.Credit = credit.New(s.DB, s.Keys, s.Audit, s.Clock, s.Sitting, s.Conduct)
	s.Score = score.New(s.DB, s.Keys, s.Audit, s.Clock, s.Sitting, s.Conduct, s.Credit)
	s.Stats = stats.New(s.DB, s.Audit)
	s.Dossier = dossier.New(dossier.Parts{
		DB: s.DB, Keys: s.Keys, Audit: s.Audit, Blobs: s.Blobs, Clock: s.Clock, Nodes: s.Node,
		Sittings: s.Sitting, Conduct: s.Conduct, Scores: s.Score, Names: s.Identity.Names, Keep: s.Config.Pictures.Keep,
	})
	s.Practical = practical.New(s.DB, s.Keys, s.Audit, s.Clock, s.Sitting, s.Credit)
	s.Calendar = calendar.New(s.DB, s.Audit, s.Clock)
	s.Matter = matter.New(s.DB, s.Keys, s.Audit, s.Clock)
	s.Practitioner = practitioner.New(s.DB, s.Keys, s.Audit, s.Clock)
	s.Practitioner.Exams, s.Practitioner.Opens = s.examsOf, s.Config.Licensing.RenewalOpens
	s.Class.Aliases, s.Sitting.Aliases, s.Credit.Aliases = s.Practitioner.Numbers, s.Practitioner.Numbers, s.Practitioner.Numbers
	s.Enrolment = enrolment.New(s.DB, s.Keys, s.Audit, s.Clock, s.Practitioner, s.Sitting, s.Credit)
	s.Letter, s.unwired = s.openLetters()
	s.wireSanction()
	s.wireOneStop()
	s.wireAppointment()
	s.Case = application.New(application.Parts{
		DB: s.DB, Keys: s.Keys, Audit: s.Audit, Blobs: s.Blobs, Clock: s.Clock, Matters: s.Matter, People: s.Practitioner,
		Calendar: s.Calendar, Credits: s.Credit, Enrolments: s.Enrolment, Letters: s.Letter, Sanctions: s.Sanction, Staff: s.officers,
		Tell: s.OneStop.Tell, Registers: s.cityRegisters(), Fresh: s.Config.CityData.Fresh, Rules: application.Rules(s.Config.Licensing), Booked: s.booked, Trained: s.Class.Passed,
	})
	s.Online = online.New(online.Parts{
		DB: s.DB, Keys: s.Keys, Audit: s.Audit, Clock: s.Clock, Log: s.Log, Cases: s.Case, Matters: s.Matter, People: s.Practitioner,
		Sanctions: s.Sanction, Visiting: s.Appointment, Secure: s.Config.Online.TLS || s.Config.Online.Secure, SignOn: s.signOn, Number: s.OneStop.Number, Known: s.OneStop.Knows,
		About: online.About{Agency: s.Config.Letter.Agency, Phone: s.Config.Letter.Phone, Portal: s.Config.Online.Portal},
	})
	s.Cancel = cancel.New(cancel.Parts{
		DB: s.DB, Keys: s.Keys, Audit: s.Audit, Clock: s.Clock, Log: s.Log, People: s.Practitioner, Letters: s.Letter, Open: s.Case.OpenOn, Tell: s.OneStop.Notify,
	})
	s.Batch = batch.New(batch.Parts{DB: s.DB, Keys: s.Keys, Audit: s.Audit, Blobs: s.Blobs, Clock: s.Clock, Cases: s.Case, People: s.Practitioner})
	s.Calendar.Changed = s.Case.Recount
	s.Practitioner.Cases = s.casesOf
	s.Matter.Holders, s.Sanction.CasesOf = s.Case.Holders, s.Case.OpenOf
	s.Node.Appliers = []node.Applier{s.Sitting, s.Practical, s.Venue}
}

func (s *System) venueName(ctx context.Context, id string) (string, error) {
	v, err := s.Venue.Get(ctx, id)
	return v.Name, err
}

// Console is the interface of the pages for staff.
func (s *System) Console() *web.Web {
	secure := s.Config.Console.TLS || s.Config.Console.Secure
	w := web.New(web.Options{
		Title: "沪运从业 管理端", Version: "1", Auth: s.Identity, Log: s.Log, Metrics: s.Metrics,
		TrustedProxies: s.Config.Console.TrustedProxies, Secure: secure,
	})
	w.Health(s.checks()...)
	identity.Register(w, s.Identity)
	audit.Register(w, s.Audit)
	node.Register(w, s.Node)
	class.Register(w, s.Class)
	bank.Register(w, s.Bank)
	paper.Register(w, s.Paper)
	venue.Register(w, s.Venue)
	sitting.Register(w, s.Sitting)
	conduct.Register(w, s.Conduct)
	score.Register(w, s.Score)
	credit.Register(w, s.Credit)
	stats.Register(w, s.Stats)
	dossier.Register(w, s.Dossier)
	practical.Register(w, s.Practical)
	enrolment.Register(w, s.Enrolment)
	application.Register(w, s.Case)
	letter.Register(w, s.Letter)
	calendar.Register(w, s.Calendar)
	matter.Register(w, s.Matter)
	practitioner.Register(w, s.Practitioner)
	sanction.Register(w, s.Sanction)
	jobs.Register(w, s.Jobs)
	onestop.Register(w, s.OneStop)
	batch.Register(w, s.Batch)
	cancel.Register(w, s.Cancel)
	appointment.Register(w, s.Appointment)
	w.SPA(pages.Dist())
	return w
}

// Gateway is the interface of devices.
func (s *System) Gateway() *web.Web {
	w := web.New(web.Options{
		Title: "沪运从业 设备接入", Version: "1", Auth: node.Door{Service: s.Node}, Log: s.Log, Metrics: s.Metrics, Secure: true,
	})
	w.Health(s.checks()...)
	node.RegisterNode(w, s.Node, s.Blobs)
	dossier.RegisterNode(w, s.Dossier)
	return w
}

func (s *System) checks() []web.Check {
	return []web.Check{
		{Name: "database", Run: func(ctx context.Context) error { return s.DB.Ping(ctx) }},
		{Name: "roles", Run: func(context.Context) error { // one that answers early is no sign that the others do
			if !s.started.Load() {
				return errStarting
			}
			return nil
		}},
	}
}
