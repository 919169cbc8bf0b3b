package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"huyun.internal/deploy/seed"
	"huyun.internal/protocol/sm"
)

// outside are the simulated systems that push to the centre and sign.
var outside = []string{"credit", "enforcement", "onestop", "citydata"} //nolint:gochecknoglobals // a constant list

// SimulatorsURL is where the outside systems are told what to do.
func (s *Stack) SimulatorsURL() string { return local(s.Ports.Simulators) }

// OnlineURL is where applicants arrive from the city's platform.
func (s *Stack) OnlineURL() string { return local(s.Ports.Online) }

func (s *Stack) simulatorsConfig() string { return filepath.Join(s.Dir, "simulators.yaml") }

func (s *Stack) simulatorsData() string { return filepath.Join(s.Dir, "simulators") }

// publicKey is the file that the centre knows a system by.
func (s *Stack) publicKey(system string) string {
	return filepath.Join(s.simulatorsData(), system+".pub")
}

// writeSimulators makes the systems' keys, once, and their configuration.
func (s *Stack) writeSimulators() error {
	pass, err := s.passphrase()
	if err != nil {
		return err
	}
	word, err := os.ReadFile(pass)
	if err != nil {
		return err
	}
	err = os.MkdirAll(s.simulatorsData(), 0o755) //nolint:gosec // the centre's user reads the public keys
	if err != nil {
		return err
	}
	for _, name := range outside {
		err = makeKey(filepath.Join(s.simulatorsData(), name+".key"), s.publicKey(name), strings.TrimSpace(string(word)))
		if err != nil {
			return fmt.Errorf("key of %s: %w", name, err)
		}
	}
	return writeConfig(s.simulatorsConfig(), section{
		"addr": address(s.Ports.Simulators), "dir": s.simulatorsData(), "passphrase_file": pass,
		"centre": "https://" + address(s.Ports.Partner), "root": filepath.Join(s.CloudData(), "keys", "tls-ca.pem"),
		"online": s.OnlineURL(),
	})
}

func makeKey(private, public, pass string) error {
	_, err := os.Stat(public)
	if err == nil {
		return nil
	}
	key, err := sm.Generate()
	if err != nil {
		return err
	}
	return errors.Join(key.Save(private, pass), os.WriteFile(public, key.Public().PEM(), 0o600))
}

// Outside tells a simulated system something and reads its answer into out.
func (s *Stack) Outside(ctx context.Context, method, path string, in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, s.SimulatorsURL()+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %d %s", path, resp.StatusCode, answer)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// The demonstration's people on lists, made up like everybody.
const (
	listedPeople = 8
	listedSeed   = 1300
)

// sanctionDemo reports some people and revokes some licences, over the real
// interfaces. A stack without its outside systems goes without.
func (s *Stack) sanctionDemo(ctx context.Context) error {
	if !s.Simulators.Running() {
		return nil
	}
	day := time.Now()
	date := func(months int) string { return day.AddDate(0, months, 0).Format(time.DateOnly) }
	lists := []string{"TRANSPORT_SERIOUS", "JUDGMENT", "TRANSPORT_GENERAL", "SAFETY_SERIOUS", "WAGES_SERIOUS"}
	reasons := []string{"伪造从业资格证件", "有履行能力而拒不履行生效法律文书确定的义务", "一年内多次未按规定携带从业资格证件", "对重大生产安全事故负有责任", "拖欠农民工工资被依法列入"}
	var entries []map[string]string
	for i, p := range seed.Candidates(listedPeople, listedSeed) {
		n := i % len(lists)
		e := map[string]string{
			"id_no": p.ID, "list_type": lists[n], "reason": reasons[n], "decision_no": fmt.Sprintf("（模拟）沪信列〔2026〕%d号", i+1), "org": "上海市（模拟）机关",
			"listed_at": date(-8 + i), "expire_at": date(30),
		}
		if listed := day.AddDate(0, -8+i, 0); listed.After(day) {
			e["listed_at"] = date(0)
		}
		if i == 3 {
			e["repair_state"] = "APPLIED"
		}
		if i == 5 {
			e["status"], e["repair_state"] = "OFF", "REPAIRED"
		}
		entries = append(entries, e)
	}
	err := s.Outside(ctx, http.MethodPost, "/credit/entries", map[string]any{"entries": entries}, nil)
	if err != nil {
		return fmt.Errorf("demonstration lists: %w", err)
	}
	for i, p := range seed.Candidates(2, listedSeed+1) {
		if err = s.Strike(ctx, p.ID, fmt.Sprintf("（模拟）沪交罚〔2026〕%d号", i+1)); err != nil {
			return fmt.Errorf("demonstration revocations: %w", err)
		}
	}
	return nil
}

// Strike revokes a road transport certificate, as the enforcement authority tells it.
func (s *Stack) Strike(ctx context.Context, idNo, penalty string) error {
	on := time.Now().AddDate(0, -1, 0).Format(time.DateOnly)
	return s.Outside(ctx, http.MethodPost, "/enforcement/decisions", map[string]any{
		"kind": "REVOKE", "step": 1, "penalty_no": penalty, "cert_type": "RE-071", "cert_no": idNo,
		"decision_date": on, "effective_date": on, "org": "（模拟）交通执法总队", "reason": "发生重大以上交通责任事故", "cause": "REVOKED", "scope": "PERSON_FAMILY",
	}, nil)
}
