package broker

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// systemBundles are the files in which systems keep the CA certificates they
// trust, all in PEM, most common first.
var systemBundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Alpine, Arch
	"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, Red Hat
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Red Hat, where the link above is missing
	"/etc/ssl/ca-bundle.pem",                            // SUSE
	"/etc/ssl/certs/ca-bundle.crt",                      // NixOS
	"/etc/pki/tls/cacert.pem",                           // OpenELEC
	"/etc/ssl/cert.pem",                                 // Alpine, macOS, the BSDs
	"/usr/lib/ssl/cert.pem",
	"/usr/local/etc/ssl/cert.pem",
	"/usr/local/share/certs/ca-root-nss.crt", // FreeBSD's package
	"/opt/homebrew/etc/openssl@3/cert.pem",   // Homebrew on Apple's processors
	"/usr/local/etc/openssl@3/cert.pem",      // and on Intel's
}

// systemFolders hold one certificate a file, named by hash.
var systemFolders = []string{"/etc/ssl/certs", "/etc/pki/tls/certs"}

// CAStore is the set of CA certificates a connection trusts.
type CAStore struct {
	Location string // for ssl.ca.location; "" leaves it to librdkafka
	Why      string // where the choice came from, for the report
}

// CALookup finds the system's CA certificates. librdkafka with its static
// OpenSSL tries most of these places too, but it does not heed the environment,
// takes any folder for a store, and where it finds none says so at log level
// debug only: every certificate is then refused, for no reason given.
type CALookup struct {
	GOOS     string                   // of the running system
	Getenv   func(name string) string //
	Usable   func(path string) error  // nil if path is a file or folder of certificates
	Fallback string                   // bundle the caller brings along, "" if none
}

// SystemCA is the lookup on the running system.
func SystemCA(fallback string) CALookup {
	return CALookup{GOOS: runtime.GOOS, Getenv: os.Getenv, Usable: usableCA, Fallback: fallback}
}

// Find chooses the store: SSL_CERT_FILE and SSL_CERT_DIR if they are set, then
// the system's, then the fallback. On Windows librdkafka asks the system's Root
// store by itself. The error is an *Error with code config.
func (l CALookup) Find() (CAStore, error) {
	if l.GOOS == "windows" {
		return CAStore{Why: "the Windows certificate store (Root)"}, nil
	}
	if path := l.Getenv("SSL_CERT_FILE"); path != "" {
		return l.named("SSL_CERT_FILE", path, []string{path})
	}
	if list := l.Getenv("SSL_CERT_DIR"); list != "" {
		return l.named("SSL_CERT_DIR", list, filepath.SplitList(list))
	}
	for _, paths := range [][]string{systemBundles, systemFolders} {
		for _, path := range paths {
			if l.Usable(path) == nil {
				return CAStore{path, "the system's CA certificates: " + path}, nil
			}
		}
	}
	if l.Fallback != "" {
		if err := l.Usable(l.Fallback); err != nil {
			return CAStore{}, &Error{code: "config", cause: err,
				message: fmt.Sprintf("the system has no CA certificates, and those that came along cannot be used: %s: %v", l.Fallback, reason(err)),
				hint:    hintNoCA}
		}
		return CAStore{l.Fallback, "the CA certificates of certifi, as the system has none: " + l.Fallback}, nil
	}
	return CAStore{}, &Error{code: "config",
		message: "no CA certificates to check the broker's certificate with: none of the system's usual places has any, and SSL_CERT_FILE is not set",
		hint:    hintNoCA}
}

const hintNoCA = "install the system's ca-certificates package, or name a PEM file with ssl.ca.location"

// named takes the first usable of the paths a variable gives. A variable that
// cannot be followed is an error: trusting the system instead would trust more
// than was asked for.
func (l CALookup) named(variable, value string, paths []string) (CAStore, error) {
	failure := errors.New("it names nothing")
	for _, path := range paths {
		if path == "" {
			continue
		}
		if failure = l.Usable(path); failure == nil {
			return CAStore{path, "the environment variable " + variable + ": " + path}, nil
		}
	}
	return CAStore{}, &Error{code: "config", cause: failure,
		message: fmt.Sprintf("the environment variable %s gives no CA certificates: %s: %v", variable, value, reason(failure)),
		hint:    "correct or unset it, or name a PEM file with ssl.ca.location"}
}

// reason leaves out the path that a file error repeats.
func reason(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

var hashedName = regexp.MustCompile(`^[0-9a-f]{8}\.[0-9]+$`)

// usableCA tells whether OpenSSL can take CA certificates from path.
func usableCA(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return usableFolder(f)
	}
	// Some bundles begin with pages of remarks, and a name can be anything.
	const limit = 16 << 20
	content, err := io.ReadAll(io.LimitReader(f, limit))
	if err != nil {
		return err
	}
	if !bytes.Contains(content, []byte("-----BEGIN CERTIFICATE-----")) && !bytes.Contains(content, []byte("-----BEGIN TRUSTED CERTIFICATE-----")) {
		return errors.New("it holds no certificate in PEM form")
	}
	return nil
}

func usableFolder(f *os.File) error {
	for {
		names, err := f.Readdirnames(512)
		for _, name := range names {
			if hashedName.MatchString(name) {
				return nil
			}
		}
		if err != nil {
			return errors.New("it holds no certificates named by hash, as c_rehash makes them")
		}
	}
}

// needsCA tells whether config asks for TLS without saying whom to trust.
func needsCA(config map[string]string) bool {
	if !usesTLS(config) {
		return false
	}
	for _, name := range []string{"ssl.ca.location", "ssl.ca.pem", "ssl.ca.certificate.stores"} {
		if config[name] != "" {
			return false
		}
	}
	return true
}

// findCA puts the CA certificates into properties, which go to librdkafka, and
// notes for the report where they come from.
func (c *Client) findCA(properties kafka.ConfigMap) error {
	const name = "ssl.ca.location"
	if !needsCA(c.config.Properties) {
		if path := c.config.Properties[name]; path != "" {
			c.settings[name] = "config: " + path
		}
		return nil
	}
	store, err := SystemCA(c.config.CAFallback).Find()
	if err != nil {
		return err
	}
	if store.Location != "" {
		properties[name] = store.Location
	}
	c.settings[name] = store.Why
	return nil
}

// trusted describes the CA certificates config leads to, for hints.
func trusted(config map[string]string) string {
	switch {
	case config["ssl.ca.location"] != "":
		return strings.TrimSpace(config["ssl.ca.location"])
	case config["ssl.ca.pem"] != "":
		return "ssl.ca.pem"
	}
	return "the system's CA certificates"
}
