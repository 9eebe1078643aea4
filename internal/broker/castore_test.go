package broker

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// layout is a system with certificates in some places and nothing in others.
func layout(goos string, environment map[string]string, fallback string, places ...string) CALookup {
	return CALookup{GOOS: goos, Fallback: fallback,
		Getenv: func(name string) string { return environment[name] },
		Usable: func(path string) error {
			for _, place := range places {
				if path == place {
					return nil
				}
			}
			return &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}}
}

func TestFindCA(t *testing.T) {
	const debian, redhat, extracted, suse, alpine = "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"
	for _, c := range []struct {
		name   string
		lookup CALookup
		want   CAStore
	}{
		{"Debian", layout("linux", nil, "/certifi.pem", debian, "/etc/ssl/certs", "/certifi.pem"), CAStore{debian, "the system's CA certificates: " + debian}},
		{"Alpine with the package", layout("linux", nil, "", debian, alpine), CAStore{debian, "the system's CA certificates: " + debian}},
		{"Alpine without it", layout("linux", nil, "", alpine), CAStore{alpine, "the system's CA certificates: " + alpine}},
		{"Red Hat", layout("linux", nil, "", redhat, extracted, "/etc/pki/tls/cert.pem"), CAStore{redhat, "the system's CA certificates: " + redhat}},
		{"Red Hat without the link", layout("linux", nil, "", extracted), CAStore{extracted, "the system's CA certificates: " + extracted}},
		{"SUSE", layout("linux", nil, "", suse, "/etc/ssl/certs"), CAStore{suse, "the system's CA certificates: " + suse}},
		{"a folder only", layout("linux", nil, "", "/etc/ssl/certs"), CAStore{"/etc/ssl/certs", "the system's CA certificates: /etc/ssl/certs"}},
		{"macOS", layout("darwin", nil, "", alpine), CAStore{alpine, "the system's CA certificates: " + alpine}},
		{"Windows", layout("windows", map[string]string{"SSL_CERT_FILE": `C:\conda\cacert.pem`}, "/certifi.pem"), CAStore{"", "the Windows certificate store (Root)"}},
		{"SSL_CERT_FILE first", layout("linux", map[string]string{"SSL_CERT_FILE": "/my.pem", "SSL_CERT_DIR": "/d"}, "", "/my.pem", debian),
			CAStore{"/my.pem", "the environment variable SSL_CERT_FILE: /my.pem"}},
		{"SSL_CERT_DIR, a list", layout("linux", map[string]string{"SSL_CERT_DIR": "/none" + string(os.PathListSeparator) + "/d"}, "", "/d", debian),
			CAStore{"/d", "the environment variable SSL_CERT_DIR: /d"}},
		{"an empty image", layout("linux", nil, "/certifi.pem", "/certifi.pem"), CAStore{"/certifi.pem", "the CA certificates of certifi, as the system has none: /certifi.pem"}},
	} {
		got, err := c.lookup.Find()
		if err != nil || got != c.want {
			t.Errorf("%s: got %+v, %v, want %+v", c.name, got, err, c.want)
		}
	}
}

func TestFindCANothing(t *testing.T) {
	const hint = "install the system's ca-certificates package, or name a PEM file with ssl.ca.location"
	for _, c := range []struct {
		lookup        CALookup
		message, hint string
	}{
		{layout("linux", nil, ""), "no CA certificates to check the broker's certificate with: none of the system's usual places has any, and SSL_CERT_FILE is not set", hint},
		{layout("linux", nil, "/gone.pem"), "the system has no CA certificates, and those that came along cannot be used: /gone.pem: file does not exist", hint},
		// Falling back to the system would trust more than was asked for.
		{layout("linux", map[string]string{"SSL_CERT_FILE": "/gone.pem"}, "", "/etc/ssl/cert.pem"),
			"the environment variable SSL_CERT_FILE gives no CA certificates: /gone.pem: file does not exist", "correct or unset it, or name a PEM file with ssl.ca.location"},
		{layout("linux", map[string]string{"SSL_CERT_DIR": "/gone"}, "", "/etc/ssl/cert.pem"),
			"the environment variable SSL_CERT_DIR gives no CA certificates: /gone: file does not exist", "correct or unset it, or name a PEM file with ssl.ca.location"},
	} {
		_, err := c.lookup.Find()
		var e *Error
		if !errors.As(err, &e) || e.Code() != "config" || e.Error() != c.message || e.Hint() != c.hint {
			t.Errorf("got %v, want %s", err, c.message)
		}
	}
}

func TestUsableCA(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pem := file("good.pem", "# remarks\n-----BEGIN CERTIFICATE-----\n...")
	trust := file("trust.pem", "-----BEGIN TRUSTED CERTIFICATE-----\n...")
	empty, other := file("empty.pem", ""), file("key.pem", "-----BEGIN PRIVATE KEY-----\n...")
	hashed, loose := filepath.Dir(file("hashed/0a1b2c3d.0", "")), filepath.Dir(file("loose/ca.pem", ""))
	for path, want := range map[string]string{
		pem: "", trust: "", hashed: "",
		empty: "it holds no certificate in PEM form", other: "it holds no certificate in PEM form",
		loose:                          "it holds no certificates named by hash, as c_rehash makes them",
		filepath.Join(dir, "gone.pem"): "no such file or directory",
	} {
		err := usableCA(path)
		switch {
		case (err == nil) != (want == ""):
			t.Errorf("%s: got %v, want %q", path, err, want)
		case err != nil && reason(err).Error() != want && !errors.Is(err, fs.ErrNotExist):
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
}

func TestFindCAOfClient(t *testing.T) {
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, []byte("-----BEGIN CERTIFICATE-----\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", bundle)
	for _, c := range []struct {
		name     string
		config   map[string]string
		location any
		setting  string
	}{
		{"no TLS", nil, nil, ""},
		{"TLS", map[string]string{"security.protocol": "SASL_SSL"}, bundle, "the environment variable SSL_CERT_FILE: " + bundle},
		{"the user's own", map[string]string{"security.protocol": "ssl", "ssl.ca.location": "/own.pem"}, nil, "config: /own.pem"},
		{"the user's own as text", map[string]string{"security.protocol": "ssl", "ssl.ca.pem": "x"}, nil, ""},
	} {
		client := &Client{config: Config{Properties: c.config}, settings: map[string]string{}}
		properties := kafka.ConfigMap{}
		if err := client.findCA(properties); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if properties["ssl.ca.location"] != c.location || client.settings["ssl.ca.location"] != c.setting {
			t.Errorf("%s: got %v, %q", c.name, properties, client.settings)
		}
	}
}
