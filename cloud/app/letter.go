package app

import (
	"os"

	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/protocol/fault"
)

func defaultLetter() Letter {
	a := letter.DefaultAgency()
	return Letter{AgencyCode: a.Code, Agency: a.Name, Prefix: a.Prefix, Review: a.Review, Court: a.Court, Phone: a.Phone, Address: a.Address}
}

// openLetters makes the service of legal documents; it refuses to start with an
// agency, a seal or a template that is not in order.
func (s *System) openLetters() (*letter.Service, error) {
	c := s.Config.Letter
	a := letter.Agency{
		Code: c.AgencyCode, Name: c.Agency, Prefix: c.Prefix, Review: c.Review, Court: c.Court, Phone: c.Phone, Address: c.Address,
		Verify: c.Verify, Progress: c.Progress,
	}
	if c.Seal != "" {
		var err error
		if a.Seal, err = os.ReadFile(c.Seal); err != nil {
			return nil, fault.Newf(fault.Invalid, "app.config", "读不到印章图片 %s，请检查配置 letter.seal", c.Seal).With(err)
		}
	}
	return letter.New(s.DB, s.Keys, s.Audit, s.Clock, a)
}
