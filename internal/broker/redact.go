package broker

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mark stands where a secret was.
const mark = "[redacted]"

// shortSecret is the length in bytes below which a secret is taken out only
// where it stands alone, between characters that are neither letters nor
// digits: inside words it would shred the text and so give itself away.
const shortSecret = 3

// Redactor takes secrets out of texts: as they are, escaped for URLs, JSON, Go
// and Python source, in hexadecimal, and in base64 also as part of a longer
// value. Name and password in a URL are always taken out. The zero Redactor
// does the latter only; nil too. Safe for concurrent use.
type Redactor struct {
	forms []form
}

type form struct {
	text   string
	alone  bool // only where it stands alone
	inside bool // it is the middle of a base64 text, whose next letters tell a bit more
}

// NewRedactor makes a redactor for secrets; empty ones are ignored. Of a secret
// with several lines, such as a key in PEM, each long line is one too.
func NewRedactor(secrets ...string) *Redactor {
	seen := map[string]bool{}
	r := &Redactor{}
	add := func(f form) {
		if f.text != "" && !seen[f.text] {
			seen[f.text] = true
			r.forms = append(r.forms, f)
		}
	}
	for _, secret := range withLines(secrets) {
		for _, text := range spellings(secret) {
			add(form{text: text, alone: len(secret) < shortSecret})
		}
		for _, text := range base64Middles(secret) {
			add(form{text: text, inside: true})
		}
	}
	// Longest first: a secret that is part of another leaves nothing of it.
	slices.SortStableFunc(r.forms, func(a, b form) int { return len(b.text) - len(a.text) })
	return r
}

func withLines(secrets []string) []string {
	const longLine = 12
	var all []string
	for _, secret := range secrets {
		all = append(all, secret)
		if trimmed := strings.TrimSpace(secret); trimmed != secret {
			all = append(all, trimmed)
		}
		if !strings.ContainsAny(secret, "\r\n") {
			continue
		}
		for line := range strings.FieldsFuncSeq(secret, func(r rune) bool { return r == '\r' || r == '\n' }) {
			line = strings.TrimSpace(line)
			if len(line) >= longLine && !strings.HasPrefix(line, "-----") {
				all = append(all, line)
			}
		}
	}
	return all
}

// spellings are the ways in which a secret may turn up in a text.
func spellings(secret string) []string {
	if secret == "" {
		return nil
	}
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), url.UserPassword("", secret).String()[1:]}
	for _, escaped := range all[1:] {
		all = append(all, lowerEscapes(escaped))
	}
	for _, quoted := range []string{strconv.Quote(secret), strconv.QuoteToASCII(secret)} {
		all = append(all, quoted[1:len(quoted)-1])
	}
	if quoted, err := json.Marshal(secret); err == nil {
		all = append(all, string(quoted[1:len(quoted)-1]))
	}
	all = append(all, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(secret), // JSON, escaped no more than needed
		strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(secret)) // Python's repr
	if len(secret) >= shortSecret {
		all = append(all, hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))),
			base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte(secret)))
	}
	return all
}

// lowerEscapes writes %XX escapes in small letters.
func lowerEscapes(s string) string {
	return percentEscape.ReplaceAllStringFunc(s, strings.ToLower)
}

var percentEscape = regexp.MustCompile(`%[0-9A-F]{2}`)

// base64Middles gives what of a secret's base64 does not depend on its
// neighbours, for each of the three places where it can begin: as in base64 of
// "\0user\0password". Secrets of less than five bytes have none that is long
// enough not to be found in innocent words.
func base64Middles(secret string) []string {
	const shortest = 6
	var all []string
	for before := range 3 {
		padded := append(make([]byte, before), secret...)
		from, to := (before*8+5)/6, (before+len(secret))*8/6 // whole letters only
		if to-from < shortest {
			continue
		}
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			all = append(all, encoding.EncodeToString(padded)[from:to])
		}
	}
	return all
}

// urlUser finds name and password in a URL, up to the last @ of its authority.
var urlUser = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.\-]*://)[^\s/?#"'<>]*@`)

// Redact gives s with every secret replaced by "[redacted]". Secrets that
// overlap are replaced together.
func (r *Redactor) Redact(s string) string {
	if r != nil && s != "" {
		s = r.secrets(s)
	}
	if strings.Contains(s, "://") {
		s = urlUser.ReplaceAllString(s, "${1}"+mark+"@")
	}
	return s
}

func (r *Redactor) secrets(s string) string {
	type span struct{ from, to int }
	var spans []span
	for _, f := range r.forms {
		for at := 0; at < len(s); {
			i := strings.Index(s[at:], f.text)
			if i < 0 {
				break
			}
			from, to := at+i, at+i+len(f.text)
			if f.inside && from > 0 && isBase64(s[from-1]) {
				from--
			}
			if f.inside && to < len(s) && isBase64(s[to]) {
				to++
			}
			if !f.alone || standsAlone(s, from, to) {
				spans = append(spans, span{from, to})
			}
			at += i + 1
		}
	}
	if len(spans) == 0 {
		return s
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	var out strings.Builder
	done := 0
	for i := 0; i < len(spans); {
		from, to := spans[i].from, spans[i].to
		for i++; i < len(spans) && spans[i].from < to; i++ {
			to = max(to, spans[i].to)
		}
		out.WriteString(s[done:from])
		out.WriteString(mark)
		done = to
	}
	out.WriteString(s[done:])
	return out.String()
}

func standsAlone(s string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:from])
	after, _ := utf8.DecodeRuneInString(s[to:])
	return (from == 0 || !isWord(before)) && (to == len(s) || !isWord(after))
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func isBase64(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte("+/-_", b) >= 0
}

var quotedPart = regexp.MustCompile(`"([^"]*)"|'([^']*)'`)

// Secrets gives the values in config that must never be shown, and what is
// derived from them on the wire. Names that librdkafka does not have count
// where they look like a secret's, as config is refused only afterwards.
func Secrets(config map[string]string) []string {
	var secrets []string
	for name, value := range config {
		if !IsSecret(name) || value == "" {
			continue
		}
		secrets = append(secrets, value)
		// A Java login line has the password in quotes.
		if strings.Contains(strings.ToLower(name), "jaas") {
			for _, m := range quotedPart.FindAllStringSubmatch(value, -1) {
				secrets = append(secrets, m[1]+m[2])
			}
		}
	}
	if user, password := config["sasl.username"], config["sasl.password"]; user != "" && password != "" {
		for _, pair := range []string{"\x00" + user + "\x00" + password, user + ":" + password} {
			secrets = append(secrets, base64.StdEncoding.EncodeToString([]byte(pair)))
		}
	}
	slices.Sort(secrets)
	return slices.Compact(secrets)
}
