package bank

import (
	"context"
	"encoding/base64"

	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/sm"
)

// Pictures are those of a paper as data addresses, by digest, for a page whose
// reader may see this paper but not the bank. It asks for no right.
func (s *Service) Pictures(ctx context.Context, sheet exam.Sheet) (map[string]string, error) {
	var media []exam.Media
	for _, c := range sheet.Cases {
		media = append(media, c.Media...)
	}
	for _, i := range sheet.Items {
		media = append(media, i.Media...)
	}
	out := map[string]string{}
	for _, m := range media {
		digest, err := sm.ParseDigest(m.Digest)
		if err != nil {
			return nil, err
		}
		data, kind, err := s.Media(ctx, digest)
		if err != nil {
			return nil, err
		}
		out[m.Digest] = "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data)
	}
	return out, nil
}
