package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/v2"
	"go.yaml.in/yaml/v3"

	"huyun.internal/cloud/exam/dossier"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/protocol/environ"
	"huyun.internal/protocol/exam/unlock"
	"huyun.internal/protocol/fault"
)

// Config is the whole configuration of the cloud. Every default is good for one
// machine; a production site names its database server, broker and passphrase.
type Config struct {
	Data     string   `koanf:"data"` // directory of everything the cloud keeps itself
	Console  Console  `koanf:"console"`
	Gateway  Gateway  `koanf:"gateway"`
	Database Database `koanf:"database"`
	Keys     KeyFiles `koanf:"keys"`
	Broker   Broker   `koanf:"broker"`
	Exam     Exam     `koanf:"exam"`
	Pictures Pictures `koanf:"pictures"`
	Letter   Letter   `koanf:"letter"`
	Partner  Partner  `koanf:"partner"`
	Online   Online   `koanf:"online"`
	OneStop  OneStop  `koanf:"onestop"`
	CityData CityData `koanf:"citydata"`
	// Licensing are numbers that no regulation fixes; what they are for: application.Rules.
	Licensing Licensing `koanf:"licensing"`
	Log       Log       `koanf:"log"`
}

// Console is where staff reach their pages.
type Console struct {
	Addr           string   `koanf:"addr"`
	TLS            bool     `koanf:"tls"`             // serve TLS here, with the cloud's own certificate
	Secure         bool     `koanf:"secure"`          // a proxy in front serves TLS
	TrustedProxies []string `koanf:"trusted_proxies"` // whose X-Forwarded-For counts
}

// Online is where applicants arrive from 一网通办.
type Online struct {
	Addr           string   `koanf:"addr"`
	TLS            bool     `koanf:"tls"`             // serve TLS here, with the cloud's own certificate
	Secure         bool     `koanf:"secure"`          // a proxy in front serves TLS
	TrustedProxies []string `koanf:"trusted_proxies"` // whose X-Forwarded-For counts
	Portal         string   `koanf:"portal"`          // where applicants sign on: 一网通办's page
}

// OneStop is the city's platform, 一网通办.
type OneStop struct {
	URL    string `koanf:"url"`     // empty: nothing is sent, and everything waits
	CAFile string `koanf:"ca_file"` // authority (PEM) of its certificate; empty: the system's
}

// Gateway is where nodes enrol and fetch packages: HTTPS and HTTP/3.
type Gateway struct {
	Addr  string   `koanf:"addr"`
	Hosts []string `koanf:"hosts"` // names and addresses nodes use, for the certificate
}

// Database names a server; without one the cloud runs its own.
type Database struct {
	DSN      string `koanf:"dsn" secret:"true"`
	DSNFile  string `koanf:"dsn_file"`
	MaxConns int32  `koanf:"max_conns"`
	Migrate  bool   `koanf:"migrate"` // bring the schema up to date at start
}

// KeyFiles say where the keys are and what opens them.
type KeyFiles struct {
	Dir            string `koanf:"dir"` // empty: <data>/keys
	Passphrase     string `koanf:"passphrase" secret:"true"`
	PassphraseFile string `koanf:"passphrase_file"`
}

// Broker is the MQTT broker: in this process, or a server.
type Broker struct {
	URL      string `koanf:"url"` // of a server; empty: in process
	Username string `koanf:"username"`
	Password string `koanf:"password" secret:"true"`
	CAFile   string `koanf:"ca_file"` // authority of the server's certificate; empty: the cloud's own
	TCP      string `koanf:"tcp"`     // addresses of the one in process; empty: not opened
	TLS      string `koanf:"tls"`
	QUIC     string `koanf:"quic"`
	Public   Public `koanf:"public"`
	// PlainTCP lets devices' tokens travel unencrypted beyond this machine, for
	// a site whose network is itself encrypted.
	PlainTCP bool `koanf:"plain_tcp"`
}

// Public is what nodes are told about the broker, where that differs from what
// it listens on.
type Public struct {
	TCP  string `koanf:"tcp"`
	TLS  string `koanf:"tls"`
	QUIC string `koanf:"quic"`
}

// Exam holds the times of a sitting's key; what they are for: sitting.Timing.
type Exam struct {
	ReleaseLead   time.Duration `koanf:"release_lead"`   // 30m to 24h before the planned start
	PreflightLife time.Duration `koanf:"preflight_life"` // 10m to 24h
	UnlockNeed    int           `koanf:"unlock_need"`    // 2 to unlock_of: codes that open a package without network
	UnlockOf      int           `koanf:"unlock_of"`      // to 9: codes there are
}

// Pictures says how long faces are kept.
type Pictures struct {
	Keep time.Duration `koanf:"keep"` // 24h to 2160h after the close of a sitting; longer while a matter is open
}

// Letter is whose legal documents are issued; what the fields are: letter.Agency.
type Letter struct {
	AgencyCode string `koanf:"agency_code"`
	Agency     string `koanf:"agency"`
	Prefix     string `koanf:"prefix"`
	Review     string `koanf:"review"`
	Court      string `koanf:"court"`
	Phone      string `koanf:"phone"`
	Address    string `koanf:"address"`
	Seal       string `koanf:"seal"`     // file of the seal's picture; empty: drawn, and marked 演示章
	Verify     string `koanf:"verify"`   // address of /verify as the public reaches it; empty: the code alone is printed
	Progress   string `koanf:"progress"` // where the progress of an application is shown; its number is added
}

// Partner is where outside systems push to us, and their public keys (SM2, PEM).
// Without its key a system is refused: there is no default one.
type Partner struct {
	Addr               string `koanf:"addr"`
	CreditKeyFile      string `koanf:"credit_key_file"`      // of the credit system: serious dishonesty
	EnforcementKeyFile string `koanf:"enforcement_key_file"` // of the enforcement system: revocations
	OneStopKeyFile     string `koanf:"onestop_key_file"`     // of 一网通办: callbacks
}

// CityData is the city's data-sharing platform, which answers checks about
// applicants. Without url they are for a person.
type CityData struct {
	URL     string        `koanf:"url"`
	KeyFile string        `koanf:"key_file"` // the platform's SM2 public key, PEM
	CAFile  string        `koanf:"ca_file"`  // authority of its certificate; empty: the system's
	Fresh   time.Duration `koanf:"fresh"`    // 1h to 168h: how old an answer may be at the decision
}

// Licensing are the office's numbers of licensing.
type Licensing struct {
	CorrectionDays  int `koanf:"correction_days"`
	DraftDays       int `koanf:"draft_days"`
	RenewalOpens    int `koanf:"renewal_opens"`
	ExperienceYears int `koanf:"experience_years"`
	EducationHours  int `koanf:"education_hours"`
	EducationYears  int `koanf:"education_years"`
	TaxiHours       int `koanf:"taxi_hours"`
	TaxiYears       int `koanf:"taxi_years"`
	RefresherHours  int `koanf:"refresher_hours"`
}

// Log is how the program reports.
type Log struct {
	Level  string `koanf:"level"`  // debug | info | warn | error
	Format string `koanf:"format"` // json | text
}

// Defaults is the configuration of a machine that has none.
func Defaults() Config {
	return Config{
		Data:      defaultData(),
		Console:   Console{Addr: "127.0.0.1:8080"},
		Gateway:   Gateway{Addr: ":8443"},
		Database:  Database{MaxConns: 24, Migrate: true},
		Broker:    Broker{TCP: "127.0.0.1:1883", TLS: ":8883", QUIC: ":14567"},
		Exam:      Exam(sitting.DefaultTiming()),
		Pictures:  Pictures{Keep: dossier.DefaultKeep},
		Letter:    defaultLetter(),
		Partner:   Partner{Addr: ":8444"},
		Online:    Online{Addr: ":8445"},
		CityData:  CityData{Fresh: application.DefaultFresh},
		Licensing: Licensing(application.DefaultRules()),
		Log:       Log{Level: "info", Format: "json"},
	}
}

func defaultData() string {
	if os.Geteuid() == 0 {
		return "/var/lib/huyun/cloud"
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "."
	}
	return filepath.Join(home, ".local", "share", "huyun", "cloud")
}

// Load reads defaults, then the file, then the environment ("NAME=value"):
// HUYUN_DATABASE_DSN is database.dsn. Unknown keys in the file are refused, and
// so are variables that name no field of our sections. Faults: app.config.
func Load(path string, env []string) (Config, error) {
	cfg := Defaults()
	k := koanf.New(".")
	if path != "" {
		raw, err := os.ReadFile(path) //nolint:gosec // named by whoever starts the program
		if err != nil {
			return cfg, fault.Newf(fault.Invalid, "app.config", "读不到配置文件 %s", path).With(err)
		}
		if err := k.Load(yamlBytes(raw), yamlParser{}); err != nil {
			return cfg, fault.Newf(fault.Invalid, "app.config", "配置文件 %s 不是规范的 YAML：%v", path, err)
		}
	}
	if err := override(k, env); err != nil {
		return cfg, err
	}
	err := k.UnmarshalWithConf("", &cfg, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		Result: &cfg, TagName: "koanf", ErrorUnused: true, WeaklyTypedInput: true,
		DecodeHook: mapstructure.ComposeDecodeHookFunc(mapstructure.StringToTimeDurationHookFunc(), mapstructure.StringToSliceHookFunc(",")),
	}})
	if err != nil {
		return cfg, fault.Newf(fault.Invalid, "app.config", "配置有误，请对照说明修改：%v", err)
	}
	return cfg, cfg.complete()
}

// override sets fields from the environment.
func override(k *koanf.Koanf, env []string) error {
	keys := map[string]string{}
	for _, key := range configKeys(reflect.TypeFor[Config](), "") {
		keys[environ.Prefix+strings.ToUpper(strings.ReplaceAll(key, ".", "_"))] = key
	}
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		key, ok := keys[name]
		if !ok {
			if slices.ContainsFunc(environ.CloudSections(), func(p string) bool { return strings.HasPrefix(name, p) }) {
				return fault.Newf(fault.Invalid, "app.config", "环境变量 %s 不对应任何配置项，请检查拼写", name)
			}
			continue
		}
		if err := k.Set(key, value); err != nil {
			return fault.Newf(fault.Invalid, "app.config", "环境变量 %s 无法识别", name).With(err)
		}
	}
	return nil
}

// complete reads secrets from their files and fills what follows from data.
func (c *Config) complete() error {
	var err error
	if c.Data, err = filepath.Abs(c.Data); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	e := c.Exam
	if e.ReleaseLead < 30*time.Minute || e.ReleaseLead > 24*time.Hour || e.PreflightLife < 10*time.Minute || e.PreflightLife > 24*time.Hour {
		return fault.New(fault.Invalid, "app.config", "exam.release_lead 须在 30m 至 24h 之间，exam.preflight_life 须在 10m 至 24h 之间")
	}
	if e.UnlockNeed < unlock.MinNeed || e.UnlockOf < e.UnlockNeed || e.UnlockOf > unlock.MaxOf {
		return fault.Newf(fault.Invalid, "app.config", "exam.unlock_need 不小于 %d，且不大于 exam.unlock_of；exam.unlock_of 不大于 %d", unlock.MinNeed, unlock.MaxOf)
	}
	if c.Pictures.Keep < 24*time.Hour || c.Pictures.Keep > 90*24*time.Hour {
		return fault.New(fault.Invalid, "app.config", "pictures.keep 须在 24h 至 2160h（90 天）之间")
	}
	if c.CityData.Fresh < time.Hour || c.CityData.Fresh > 7*24*time.Hour {
		return fault.New(fault.Invalid, "app.config", "citydata.fresh 须在 1h 至 168h 之间")
	}
	if err := application.Rules(c.Licensing).Check(); err != nil {
		return fault.New(fault.Invalid, "app.config", err.Error())
	}
	if c.Keys.Dir == "" {
		c.Keys.Dir = filepath.Join(c.Data, "keys")
	}
	return errors.Join(secretFile(&c.Database.DSN, c.Database.DSNFile), secretFile(&c.Keys.Passphrase, c.Keys.PassphraseFile))
}

func secretFile(into *string, path string) error {
	if path == "" {
		return nil
	}
	if *into != "" {
		return fault.Newf(fault.Invalid, "app.config", "同一个秘密既写在配置里又指定了文件 %s，请只保留一处", path)
	}
	raw, err := os.ReadFile(path) //nolint:gosec // named in the configuration
	if err != nil {
		return fault.Newf(fault.Invalid, "app.config", "读不到秘密文件 %s", path).With(err)
	}
	*into = strings.TrimSpace(string(raw))
	return nil
}

func configKeys(t reflect.Type, prefix string) []string {
	var out []string
	for i := range t.NumField() {
		f := t.Field(i)
		key := prefix + f.Tag.Get("koanf")
		if f.Type.Kind() == reflect.Struct {
			out = append(out, configKeys(f.Type, key+".")...)
		} else {
			out = append(out, key)
		}
	}
	return out
}

// Masked renders the effective configuration with secrets hidden.
func (c Config) Masked() string {
	out, err := yaml.Marshal(maskStruct(reflect.ValueOf(c)))
	if err != nil {
		return err.Error()
	}
	return string(out)
}

func maskStruct(v reflect.Value) map[string]any {
	out := map[string]any{}
	for i := range v.NumField() {
		f, name := v.Type().Field(i), v.Type().Field(i).Tag.Get("koanf")
		switch {
		case f.Type.Kind() == reflect.Struct:
			out[name] = maskStruct(v.Field(i))
		case f.Tag.Get("secret") == "true" && v.Field(i).String() != "":
			out[name] = "******"
		default:
			out[name] = v.Field(i).Interface()
		}
	}
	return out
}

// LogValue keeps secrets out of logs.
func (c Config) LogValue() string { return c.Masked() }

type yamlBytes []byte

func (b yamlBytes) ReadBytes() ([]byte, error)    { return b, nil }
func (b yamlBytes) Read() (map[string]any, error) { return nil, errors.ErrUnsupported }

type yamlParser struct{}

func (yamlParser) Unmarshal(raw []byte) (map[string]any, error) {
	out := map[string]any{}
	return out, yaml.Unmarshal(raw, &out)
}

func (yamlParser) Marshal(m map[string]any) ([]byte, error) { return json.Marshal(m) }
