package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/tailframe/tailframe/internal/broker"
)

// Environment variables that every command heeds. TAILFRAME_CONFIG_SASL_PASSWORD
// sets sasl.password, and so on.
const (
	envServers      = "TAILFRAME_BOOTSTRAP_SERVERS"
	envConfigPrefix = "TAILFRAME_CONFIG_"
)

// brokerFlags are the flags that say how to reach the cluster. Register them,
// parse, then ask for settings.
type brokerFlags struct {
	servers string
	config  []string // KEY=VALUE; checked in settings, errors must not quote them
	file    string
}

// brokerSettings is how to reach the cluster.
type brokerSettings struct {
	Servers string            // host:port, separated by commas
	Config  map[string]string // librdkafka properties, without bootstrap.servers
	Sources map[string]string // property -> where it came from, bootstrap.servers included
}

// Register adds the flags to set.
func (b *brokerFlags) Register(set *flag.FlagSet) {
	set.StringVar(&b.servers, "bootstrap-servers", "",
		"`HOST:PORT,...`\none or more brokers of the cluster (or "+envServers+"\nin the environment)")
	set.Func("config", "`KEY=VALUE`\nsets a librdkafka property, such as security.protocol=SASL_SSL; may be\n"+
		"repeated. Passwords come by the environment, "+envConfigPrefix+"SASL_PASSWORD\n"+
		"for sasl.password and so on, or by --config-file", func(s string) error {
		b.config = append(b.config, s)
		return nil
	})
	set.StringVar(&b.file, "config-file", "",
		"read librdkafka properties from `FILE`: lines key=value; those that begin\nwith # are comments")
}

// settings puts flags, environment and file together: a flag counts before the
// environment and that before the file. It tells the first error in them.
func (b *brokerFlags) settings(env []string) (brokerSettings, error) {
	out := brokerSettings{Config: map[string]string{}, Sources: map[string]string{}}
	if b.file != "" {
		props, err := readProperties(b.file)
		if err != nil {
			return out, err
		}
		for key, value := range props {
			out.set(key, value, "file "+b.file)
		}
	}
	out.addEnvironment(env)

	given := map[string]bool{}
	for _, word := range b.config {
		key, value, ok := strings.Cut(word, "=")
		key = strings.TrimSpace(key)
		switch {
		case !ok || key == "":
			return out, misuse("for example --config security.protocol=SSL",
				"--config takes KEY=VALUE; one was given without a key or without =")
		case key == serversKey:
			return out, misuse("", "--config %s: use --bootstrap-servers", key)
		case broker.IsSecret(key):
			return out, misuse("set "+envName(key)+" in the environment, or put it into a --config-file",
				"--config %s: a secret on the command line can be read by every user of the machine", key)
		case given[key]:
			return out, misuse("", "--config %s is given twice", key)
		}
		given[key] = true
		out.set(key, value, "flag --config")
	}
	if b.servers != "" {
		out.set(serversKey, b.servers, "flag --bootstrap-servers")
	}
	if out.Servers == "" {
		return out, misuse("for example --bootstrap-servers localhost:9092, or "+envServers+
			"=localhost:9092 in the environment", "no bootstrap servers are given")
	}
	return out, nil
}

const serversKey = "bootstrap.servers"

func (s *brokerSettings) set(key, value, source string) {
	if key == serversKey {
		s.Servers = value
	} else {
		s.Config[key] = value
	}
	s.Sources[key] = source
}

// addEnvironment takes what the environment sets; empty variables count as
// not set.
func (s *brokerSettings) addEnvironment(env []string) {
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		property, ok := strings.CutPrefix(name, envConfigPrefix)
		switch {
		case value == "":
		case name == envServers:
			s.set(serversKey, value, "environment "+name)
		case ok && property != "":
			s.set(strings.ReplaceAll(strings.ToLower(property), "_", "."), value, "environment "+name)
		}
	}
}

// envName gives the environment variable that sets a property.
func envName(key string) string {
	return envConfigPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// maxProperties bounds a --config-file, which may be a device without end.
const maxProperties = 1 << 20

// readAtMost reads a file, but no more than a byte over limit.
func readAtMost(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit+1))
}

// readProperties reads lines key=value. Blank lines and those that begin with
// # or ! are passed over; a value is taken as it stands, without the spaces
// around it.
func readProperties(path string) (map[string]string, error) {
	text, err := readAtMost(path, maxProperties)
	if err != nil {
		var cause *fs.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return nil, badConfig("", "--config-file %s cannot be read: %v", path, err)
	}
	if len(text) > maxProperties {
		return nil, badConfig("give a file of lines key=value", "--config-file %s is larger than 1 MiB", path)
	}
	props := map[string]string{}
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		key = strings.TrimSpace(key)
		where := fmt.Sprintf("--config-file %s, line %d", path, number)
		if !ok || key == "" {
			return nil, badConfig("each line is key=value", "%s has no key or no =", where)
		}
		if _, twice := props[key]; twice {
			return nil, badConfig("", "%s sets %s a second time", where, key)
		}
		props[key] = strings.TrimSpace(value)
	}
	return props, nil
}
