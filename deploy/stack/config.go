package stack

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// Configuration files are written as JSON, which is YAML.
type section map[string]any

func (s *Stack) cloudConfig() string { return filepath.Join(s.Dir, "cloud.yaml") }
func (s *Stack) edgeConfig() string  { return filepath.Join(s.Dir, "edge.yaml") }

// CloudData and EdgeData are where the two keep what they have.
func (s *Stack) CloudData() string { return filepath.Join(s.Dir, "cloud") }

// EdgeData is the edge's directory.
func (s *Stack) EdgeData() string { return filepath.Join(s.Dir, "edge") }

func (s *Stack) writeCloud() error {
	broker := section{"tcp": address(s.Ports.MQTT), "tls": address(s.Ports.MQTTS), "quic": address(s.Ports.QUIC)}
	public := section{"tcp": address(s.Ports.MQTT), "tls": address(s.Ports.MQTTS), "quic": address(s.Ports.QUIC)}
	if s.Broker != "" {
		broker = section{"url": s.Broker, "username": "cloud", "ca_file": s.CA}
		scheme, at, _ := strings.Cut(s.Broker, "://")
		public = section{map[string]string{"tcp": "tcp", "ssl": "tls"}[scheme]: at}
	}
	if s.WAN != nil {
		// One transport, so that the network in between sees everything. The
		// others must not even listen: an edge that is told of them goes round
		// the cut.
		public = section{"tcp": s.MQTT.Addr()}
		if s.Broker == "" {
			broker["tls"], broker["quic"] = "", ""
		}
	}
	broker["public"] = public
	database := section{"migrate": true}
	if s.DSN != "" {
		database["dsn"] = s.DSN
	}
	return writeConfig(s.cloudConfig(), section{
		"data":     s.CloudData(),
		"console":  section{"addr": address(s.Ports.Console)},
		"gateway":  section{"addr": address(s.Ports.Gateway)},
		"database": database,
		"broker":   broker,
		"partner": section{
			"addr": address(s.Ports.Partner), "credit_key_file": s.publicKey("credit"), "enforcement_key_file": s.publicKey("enforcement"),
			"onestop_key_file": s.publicKey("onestop"),
		},
		"online":   section{"addr": address(s.Ports.Online), "portal": s.SimulatorsURL() + "/onestop/"},
		"onestop":  section{"url": s.SimulatorsURL()},
		"citydata": section{"url": s.SimulatorsURL() + "/citydata", "key_file": s.publicKey("citydata")},
		"log":      section{"format": "text"},
	})
}

// writeEdge writes the configuration of a device that keeps its data in a
// folder and serves on a port.
func (s *Stack) writeEdge(path, data string, port int) error {
	transport := "auto"
	if s.WAN != nil {
		transport = "tcp"
	}
	pass, err := s.passphrase()
	if err != nil {
		return err
	}
	return writeConfig(path, section{
		"data":   data,
		"http":   section{"addr": address(port)},
		"cloud":  section{"url": s.gatewayURL(), "root": filepath.Join(s.CloudData(), "keys", "tls-ca.pem")},
		"key":    section{"passphrase_file": pass},
		"link":   section{"transport": transport},
		"vision": section{"binary": filepath.Join(s.Bin, "vision"), "models": s.Models},
		"log":    section{"format": "text"},
	})
}

// passphrase makes, once, what opens the device's key.
func (s *Stack) passphrase() (string, error) {
	path := filepath.Join(s.Dir, "device.pass")
	_, err := os.Stat(path)
	if err == nil {
		return path, nil
	}
	word, err := newPassword()
	if err != nil {
		return "", err
	}
	return path, os.WriteFile(path, []byte(word+"\n"), 0o600)
}

func writeConfig(path string, v section) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o600)
}
