package broker

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func TestRedact(t *testing.T) {
	r := NewRedactor("s3cr&t/\"pass\" wörd", "s3cr", "hunter2", "pw")
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"nothing to hide", "nothing to hide"},
		{"the password is hunter2.", "the password is [redacted]."},
		{"hunter2hunter2", "[redacted][redacted]"},
		{"x" + "s3cr&t/\"pass\" wörd" + "y", "x[redacted]y"}, // the longer one, and nothing left of it
		{"s3cr alone", "[redacted] alone"},
		{"q=" + url.QueryEscape("s3cr&t/\"pass\" wörd") + "&x", "q=[redacted]&x"},
		{"q=" + strings.ToLower(url.QueryEscape("s3cr&t/\"pass\" wörd")) + "&x", "q=[redacted]&x"},
		{`{"p":"s3cr&t/\"pass\" wörd"}`, `{"p":"[redacted]"}`},
		{`{"p":"s3cr\u0026t/\"pass\" w\u00f6rd"}`, `{"p":"[redacted]\u0026t/\"pass\" w\u00f6rd"}`}, // a mix no encoder writes
		{"hex " + hex.EncodeToString([]byte("hunter2")), "hex [redacted]"},
		{"SASL AGFsaWNlAGh1bnRlcjI= sent", "SASL AGFsaWNlA[redacted]= sent"}, // of "\0alice\0hunter2", with the letters at its ends
		// Short ones only where they stand alone.
		{"password: pw", "password: [redacted]"},
		{"'pw' and pw, but not pwd or spwx", "'[redacted]' and [redacted], but not pwd or spwx"},
		// Name and password in a URL, known or not.
		{"GET https://bob:other@registry.example:8081/x", "GET https://[redacted]@registry.example:8081/x"},
		{"http://a:b@c@host/path@x", "http://[redacted]@host/path@x"},
		{"sasl_ssl://broker:9092/1: mail to a@b", "sasl_ssl://broker:9092/1: mail to a@b"},
	} {
		if got := r.Redact(c.text); got != c.want {
			t.Errorf("%q\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}

func TestRedactNone(t *testing.T) {
	for _, r := range []*Redactor{nil, {}, NewRedactor(), NewRedactor("")} {
		if got := r.Redact("a http://u:p@h b"); got != "a http://[redacted]@h b" {
			t.Errorf("got %q", got)
		}
	}
}

func TestRedactOverlap(t *testing.T) {
	r := NewRedactor("abcd", "cdef", "aaa")
	for text, want := range map[string]string{"xabcdefx": "x[redacted]x", "aaaaa": "[redacted]", "abcdcdef": "[redacted][redacted]"} {
		if got := r.Redact(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestRedactPEM(t *testing.T) {
	key := "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw\nAbCdEfGhIjKlMnOpQrStUvWx\n-----END PRIVATE KEY-----\n"
	r := NewRedactor(key)
	for _, text := range []string{key, "line AbCdEfGhIjKlMnOpQrStUvWx alone", strings.ReplaceAll(key, "\n", `\n`), strings.ReplaceAll(key, "\n", "\r\n")} {
		got := r.Redact(text)
		if strings.Contains(got, "MIIEvQ") || strings.Contains(got, "AbCdEf") || !strings.Contains(got, mark) {
			t.Errorf("got %q", got)
		}
	}
}

func TestSecrets(t *testing.T) {
	got := Secrets(map[string]string{
		"sasl.username": "alice", "sasl.password": "hunter2", "ssl.ca.location": "/ca.pem", "ssl.key.password": "",
		"sasl.jaas.config": `org.example.Login required username="bob" password='s3cret';`,
	})
	for _, want := range []string{"hunter2", "s3cret", base64.StdEncoding.EncodeToString([]byte("\x00alice\x00hunter2"))} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
	for _, no := range []string{"alice", "/ca.pem", ""} {
		if slices.Contains(got, no) {
			t.Errorf("%q is not a secret", no)
		}
	}
}

func TestRedactConcurrently(t *testing.T) {
	r := NewRedactor("hunter2")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 200 {
				if got, want := r.Redact(fmt.Sprint(i, " hunter2")), fmt.Sprint(i, " [redacted]"); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
		})
	}
	all.Wait()
}

// FuzzRedact looks for a secret that survives, in any of the ways in which a
// program writes it down.
func FuzzRedact(f *testing.F) {
	f.Add("hunter2", "before ", " after")
	f.Add("a b&c=d/é\"\\'", "x", "y")
	f.Add("äöü\x00\xff", "%", "%20")
	f.Add("s3cr", "s3", "cr")
	f.Add("://u:p@", "http", "host")
	f.Add("line one of it\nline two of it", "\n", "\n")
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		if len(secret) < shortSecret || strings.Contains(mark, secret) {
			return // TestRedact has the short ones, and the mark itself is no secret
		}
		r := NewRedactor(secret)
		quoted, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		goQuoted := strconv.Quote(secret)
		for way, written := range map[string]string{
			"plain": secret, "query": url.QueryEscape(secret), "path": url.PathEscape(secret),
			"userinfo": url.UserPassword("u", secret).String()[2:], "json": string(quoted[1 : len(quoted)-1]),
			"go": goQuoted[1 : len(goQuoted)-1], "hex": hex.EncodeToString([]byte(secret)),
			"base64": base64.StdEncoding.EncodeToString([]byte(secret)), "base64url": base64.URLEncoding.EncodeToString([]byte(secret)),
		} {
			got := r.Redact(before + written + after)
			if strings.Contains(strings.ReplaceAll(got, mark, "\x01"), written) {
				t.Fatalf("%s: %q survives in %q", way, written, got)
			}
		}
		// Inside a longer base64 only whole letters of it can be found; five bytes make six of them.
		if len(secret) >= 5 {
			for _, user := range []string{"a", "al", "ali"} {
				encoded := base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + secret))
				if got := r.Redact(encoded); got == encoded {
					t.Fatalf("%q in base64 after %q survives", secret, user)
				}
			}
		}
	})
}
