package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"huyun.internal/edge/face"
	"huyun.internal/protocol/environ"
	"huyun.internal/protocol/fault"
)

// Config is the whole configuration of an edge. Every default is good for one
// venue on one machine; what a site has to say is where the centre is.
type Config struct {
	Data   string      `yaml:"data"` // directory of everything the edge keeps
	HTTP   HTTP        `yaml:"http"`
	Cloud  Centre      `yaml:"cloud"`
	Key    Key         `yaml:"key"`
	Link   LinkConfig  `yaml:"link"`
	Vision Vision      `yaml:"vision"`
	Face   face.Policy `yaml:"face"`
	Exam   Exam        `yaml:"exam"`
	Log    Log         `yaml:"log"`
}

// HTTP is where terminals and proctors are served.
type HTTP struct {
	Addr    string `yaml:"addr"`
	TLSCert string `yaml:"tls_cert"` // PEM files; both or none
	TLSKey  string `yaml:"tls_key"`
}

// Centre says where the cloud's gateway is.
type Centre struct {
	URL  string `yaml:"url"`  // https://host:port
	Root string `yaml:"root"` // PEM file of the authority of that address, for the enrolment; empty: the system's
}

// Key opens the device key's file.
type Key struct {
	Passphrase     string `yaml:"passphrase" secret:"true"`
	PassphraseFile string `yaml:"passphrase_file"`
}

// LinkConfig is how the journals travel.
type LinkConfig struct {
	Transport string `yaml:"transport"` // auto | quic | tls | tcp: what to try first
}

// Vision is the face process.
type Vision struct {
	Off      bool   `yaml:"off"`      // no face process: proctors check by eye
	Binary   string `yaml:"binary"`   // empty: "vision" beside this program, if it is there
	Socket   string `yaml:"socket"`   // of a process that somebody else runs
	Models   string `yaml:"models"`   // directory of model files; empty: the demonstration engine
	Cascades string `yaml:"cascades"` // directory of OpenCV's cascades; empty: Debian's
	Workers  int    `yaml:"workers"`
}

// Exam holds the times a venue may choose.
type Exam struct {
	ResumeWait  time.Duration `yaml:"resume_wait"`  // how long clocks wait for their terminals after a restart
	KeepPicture time.Duration `yaml:"keep_picture"` // pictures that no sitting names are removed; a sitting's go on the centre's word
}

// Log is how the program reports.
type Log struct {
	Level  string `yaml:"level"`  // debug | info | warn | error
	Format string `yaml:"format"` // json | text
}

// Default is the configuration of a venue that says nothing.
func Default() Config {
	return Config{
		Data:  "data/edge",
		HTTP:  HTTP{Addr: "127.0.0.1:8300"},
		Cloud: Centre{URL: "https://127.0.0.1:8443"},
		Link:  LinkConfig{Transport: "auto"}, Vision: Vision{Workers: 2}, Face: face.Default(),
		Exam: Exam{ResumeWait: 10 * time.Minute, KeepPicture: 90 * 24 * time.Hour},
		Log:  Log{Level: "info", Format: "json"},
	}
}

// envPrefix begins the variables that override the file: HUYUN_EDGE_HTTP_ADDR
// is http.addr.
const envPrefix = environ.EdgePrefix

// Load reads a configuration: defaults, then the file (empty = none), then the
// environment. An unknown field is an error that names it. It fails with
// app.config.
func Load(path string, env []string) (Config, error) {
	c := Default()
	if path != "" {
		raw, err := os.ReadFile(path)
		if err != nil {
			return c, badConfig("无法读取配置文件 "+path, err)
		}
		d := yaml.NewDecoder(bytes.NewReader(raw))
		d.KnownFields(true)
		if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
			return c, badConfig("配置文件 "+path+" 有误："+err.Error(), err)
		}
	}
	if err := override(reflect.ValueOf(&c).Elem(), envPrefix, env); err != nil {
		return c, err
	}
	return c, c.check()
}

func badConfig(text string, cause error) error {
	return fault.Invalidf("app.config", "%s", text).With(cause)
}

func (c *Config) check() error {
	switch {
	case c.Data == "":
		return badConfig("配置项 data 不能为空", nil)
	case (c.HTTP.TLSCert == "") != (c.HTTP.TLSKey == ""):
		return badConfig("http.tls_cert 与 http.tls_key 必须同时填写", nil)
	case !strings.HasPrefix(c.Cloud.URL, "https://"):
		return badConfig("cloud.url 必须以 https:// 开头", nil)
	case c.Exam.ResumeWait < 0 || c.Exam.ResumeWait > time.Hour:
		return badConfig("exam.resume_wait 应在 0 到 1h 之间", nil)
	}
	if err := c.Face.Check(); err != nil {
		return badConfig("face 配置有误："+err.Error(), err)
	}
	return nil
}

// override sets fields from the environment; a variable with our prefix that
// names no field is an error, so that a slip does not go unseen.
func override(v reflect.Value, prefix string, env []string) error {
	fields := map[string]reflect.Value{}
	collect(v, prefix, fields)
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, envPrefix) {
			continue
		}
		f, ok := fields[name]
		if !ok {
			return badConfig("环境变量 "+name+" 不对应任何配置项", nil)
		}
		if err := set(f, value); err != nil {
			return badConfig("环境变量 "+name+" 的值不正确", err)
		}
	}
	return nil
}

func collect(v reflect.Value, prefix string, out map[string]reflect.Value) {
	for i := range v.NumField() {
		name := prefix + strings.ToUpper(v.Type().Field(i).Tag.Get("yaml"))
		f := v.Field(i)
		switch {
		case f.Kind() == reflect.Struct:
			collect(f, name+"_", out)
		case f.Kind() != reflect.Map:
			out[name] = f
		}
	}
}

func set(f reflect.Value, value string) error {
	if _, ok := f.Interface().(time.Duration); ok {
		d, err := time.ParseDuration(value)
		if err == nil {
			f.SetInt(int64(d))
		}
		return err
	}
	switch f.Kind() { //nolint:exhaustive // the kinds that Config has
	case reflect.String:
		f.SetString(value)
	case reflect.Int:
		n, err := strconv.Atoi(value)
		f.SetInt(int64(n))
		return err
	case reflect.Bool:
		b, err := strconv.ParseBool(value)
		f.SetBool(b)
		return err
	default:
		return fmt.Errorf("a value of kind %s cannot come from the environment", f.Kind())
	}
	return nil
}

// Masked is the effective configuration as YAML, secrets hidden.
func (c Config) Masked() string {
	if c.Key.Passphrase != "" {
		c.Key.Passphrase = "******"
	}
	raw, err := yaml.Marshal(c)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// passphrase is what opens the device key: a named file, the configuration, or
// the file that the first enrolment made beside the key.
func (c Config) passphrase() (string, error) {
	path := c.Key.PassphraseFile
	if path == "" {
		if c.Key.Passphrase != "" {
			return c.Key.Passphrase, nil
		}
		path = c.passphraseFile()
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", badConfig("无法读取密钥口令文件 "+path, err)
	}
	return strings.TrimSpace(string(raw)), nil
}

// Where things lie under Data.
func (c Config) keyFile() string { return filepath.Join(c.Data, "device.key") }
func (c Config) passphraseFile() string {
	return filepath.Join(c.Data, "device.pass")
}
func (c Config) enrolmentFile() string { return filepath.Join(c.Data, "enrolment.json") }
func (c Config) storeDir() string      { return filepath.Join(c.Data, "store") }
func (c Config) visionDir() string     { return filepath.Join(c.Data, "vision") }

// StoreDir is where the store lies, for the commands that repair one.
func (c Config) StoreDir() string { return c.storeDir() }
