// Package seb speaks Safe Exam Browser: the settings of a sitting as a .seb
// file, their Config Key, and the check of what a browser sends with a request
// (safeexambrowser.org, developer documentation "Config Key"). It is used by the
// proctor's console, which offers the file, and the terminal's API.
//
// What a right hash proves is that the sender knows the settings: that a browser
// was set up for this sitting. It does not prove an honest browser; whoever has
// the file can compute the hash in any program (reliability B.5). So it is shown
// to people, and decides nothing but the login of a sitting that wants it.
package seb

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Headers in which a browser shows its Config Key: SEB's own, over the URL of
// the request; and ours, in which the page passes on what SEB's JavaScript
// interface gives it, over the URL of the page.
const (
	Header     = "X-SafeExamBrowser-ConfigKeyHash"
	PageHeader = "X-Huyun-SEB-Page"
)

// Settings are key and value of a .seb file. Values are bool, int, string,
// []byte, Settings and []Settings.
type Settings map[string]any

// For are the settings of a sitting. base is where the venue is reached,
// "https://10.0.0.5"; salt makes them, and with them the key, the sitting's own.
func For(base string, salt []byte) Settings {
	return Settings{
		"originatorVersion":              "Huyun 1",
		"startURL":                       Page(base),
		"configKeySalt":                  salt,
		"sendBrowserExamKey":             true,
		"sebConfigPurpose":               0, // starts an exam, does not configure a client
		"sebMode":                        0,
		"browserWindowWebView":           3, // macOS, iOS: the engine with the JavaScript interface
		"browserViewMode":                1, // whole screen
		"newBrowserWindowByLinkPolicy":   0,
		"newBrowserWindowByScriptPolicy": 0,
		"allowBrowsingBackForward":       false,
		"browserWindowAllowReload":       true, // a terminal finds its place again
		"showReloadButton":               false,
		"showTaskBar":                    true,
		"showTime":                       false, // the time is the venue's
		"allowQuit":                      false, // a technician ends it by the system
		"allowSwitchToApplications":      false,
		"allowVirtualMachine":            false,
		"allowScreenSharing":             false,
		"allowVideoCapture":              true, // the check of the face
		"allowAudioCapture":              false,
		"allowDownUploads":               false,
		"allowDictation":                 false,
		"allowSpellCheck":                false,
		"allowPreferencesWindow":         false,
		"allowWlan":                      false,
		"allowUserSwitching":             false,
		"createNewDesktop":               true,
		"enablePrivateClipboard":         true,
		"enableRightMouse":               false,
		"enablePrintScreen":              false,
		"enableAltTab":                   false,
		"enableAltEsc":                   false,
		"enableAltF4":                    false,
		"enableCtrlEsc":                  false,
		"enableStartMenu":                false,
		"hookKeys":                       true,
		"monitorProcesses":               true,
		"removeLocalStorage":             false, // pairing and unsent answers live there
		"removeBrowserProfile":           false,
		"URLFilterEnable":                true,
		"URLFilterEnableContentFilter":   false,
		"URLFilterRules":                 []Settings{{"active": true, "regex": false, "action": 1, "expression": strings.TrimPrefix(strings.TrimPrefix(base, "https://"), "http://") + "/*"}},
	}
}

// Page is the terminal's page under a base.
func Page(base string) string { return base + "/terminal/" }

// keys are the names of a dictionary in SEB's order, which does not tell cases
// apart.
func (s Settings) keys() []string {
	out := make([]string, 0, len(s))
	for k := range s {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return out
}

// JSON is the text whose hash is the Config Key: sorted, without blanks, without
// escapes, without originatorVersion and without empty dictionaries.
func (s Settings) JSON() string {
	var b strings.Builder
	top := Settings{}
	for k, v := range s {
		if k != "originatorVersion" {
			top[k] = v
		}
	}
	writeJSON(&b, top)
	return b.String()
}

func writeJSON(b *strings.Builder, v any) {
	switch v := v.(type) {
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case int:
		b.WriteString(strconv.Itoa(v))
	case string:
		b.WriteString(`"` + v + `"`)
	case []byte:
		b.WriteString(`"` + base64.StdEncoding.EncodeToString(v) + `"`)
	case []Settings:
		b.WriteByte('[')
		for i, one := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, one)
		}
		b.WriteByte(']')
	case Settings:
		b.WriteByte('{')
		first := true
		for _, k := range v.keys() {
			if d, ok := v[k].(Settings); ok && len(d) == 0 {
				continue
			}
			if !first {
				b.WriteByte(',')
			}
			first = false
			b.WriteString(`"` + k + `":`)
			writeJSON(b, v[k])
		}
		b.WriteByte('}')
	default:
		panic(fmt.Sprintf("seb: no form for a %T", v)) // a slip in For, found by its test
	}
}

// Key is the Config Key: SHA-256 of JSON in lower-case hex.
func (s Settings) Key() string { return hash(s.JSON()) }

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// Shown is what a browser with this key sends with a request for url.
func Shown(url, key string) string {
	url, _, _ = strings.Cut(url, "#")
	return hash(url + key)
}

// Matches reports whether what was sent is what a browser with this key sends.
func Matches(sent, url, key string) bool {
	return subtle.ConstantTimeCompare([]byte(strings.ToLower(sent)), []byte(Shown(url, key))) == 1
}

// File is the settings as an unencrypted .seb file: an XML property list.
func (s Settings) File() []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">` + "\n<plist version=\"1.0\">\n")
	writePlist(&b, s)
	b.WriteString("</plist>\n")
	return []byte(b.String())
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func writePlist(b *strings.Builder, v any) {
	switch v := v.(type) {
	case bool:
		b.WriteString("<" + strconv.FormatBool(v) + "/>\n")
	case int:
		b.WriteString("<integer>" + strconv.Itoa(v) + "</integer>\n")
	case string:
		b.WriteString("<string>" + escape.Replace(v) + "</string>\n")
	case []byte:
		b.WriteString("<data>" + base64.StdEncoding.EncodeToString(v) + "</data>\n")
	case []Settings:
		b.WriteString("<array>\n")
		for _, one := range v {
			writePlist(b, one)
		}
		b.WriteString("</array>\n")
	case Settings:
		b.WriteString("<dict>\n")
		for _, k := range v.keys() {
			b.WriteString("<key>" + escape.Replace(k) + "</key>\n")
			writePlist(b, v[k])
		}
		b.WriteString("</dict>\n")
	}
}
