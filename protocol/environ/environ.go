// Package environ knows the names of the environment variables that Huyun's
// programs read, so that each of them can say at start which HUYUN_* variable
// nobody reads: a slip such as HUYUN_PORTBASE changes nothing and says nothing.
// The programs share one namespace, so this list is theirs in common. A section
// is a configuration's; whoever owns it refuses a name in it that is no field.
package environ

import (
	"slices"
	"strings"
)

// Prefix begins every variable of ours.
const Prefix = "HUYUN_"

// EdgePrefix begins those of the venue's configuration.
const EdgePrefix = Prefix + "EDGE_"

// Names are variables that stand for themselves.
func Names() []string {
	return []string{
		"HUYUN_CONFIG", "HUYUN_ADMIN_PASSWORD", "HUYUN_DATA", // cloud and edge
		"HUYUN_RUN_DIR", "HUYUN_PORT_BASE", "HUYUN_MODELS", "HUYUN_PEOPLE", // make run, drill, bench
		"HUYUN_BIN", "HUYUN_ACCEPTANCE", "HUYUN_API", "HUYUN_TRIAL", // tests and page development
	}
}

// CloudSections begin the variables of the centre's configuration.
func CloudSections() []string {
	return []string{
		"HUYUN_CONSOLE_", "HUYUN_GATEWAY_", "HUYUN_DATABASE_", "HUYUN_KEYS_", "HUYUN_BROKER_", "HUYUN_EXAM_", "HUYUN_PICTURES_", "HUYUN_LETTER_",
		"HUYUN_PARTNER_", "HUYUN_ONLINE_", "HUYUN_ONESTOP_", "HUYUN_CITYDATA_", "HUYUN_LICENSING_", "HUYUN_LOG_",
	}
}

// Stray returns the names in environ ("NAME=value") that begin like ours and
// that no program reads, in order.
func Stray(environ []string) []string {
	var out []string
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, Prefix) && !read(name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func read(name string) bool {
	if slices.Contains(Names(), name) {
		return true
	}
	return slices.ContainsFunc(append(CloudSections(), EdgePrefix), func(p string) bool { return strings.HasPrefix(name, p) })
}

// Warning says what to do about a stray name.
func Warning(name string) string {
	return "环境变量 " + name + " 没有任何程序读取，不起作用；请检查拼写，可用的有 " + strings.Join(Names(), "、") +
		"，以及各配置项（中心 HUYUN_<节>_<项>，考场 HUYUN_EDGE_<节>_<项>）"
}
