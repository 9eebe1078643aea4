package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tailframe/tailframe/internal/tail"
)

const versionHelp = `Usage: tailframe version [FLAGS]

Tells the versions of tailframe, of librdkafka and OpenSSL inside it, and of Go.

Flags:
`

func runVersion(_ context.Context, inv *invocation, args []string) error {
	fs := newFlags("version")
	asJSON := fs.Bool("json", false, "as a JSON object")
	words, err := parseFlags(fs, args)
	if wantsHelp(err) {
		return writeText(inv.stdout, versionHelp+flagHelp(fs))
	}
	if err != nil {
		return err
	}
	if len(words) > 0 {
		return misuse(helpHint(fs), "tailframe version takes no %q", words[0])
	}
	versions := tail.Versions()
	if *asJSON {
		text, err := json.Marshal(versions)
		if err != nil {
			return err
		}
		return writeText(inv.stdout, string(text)+"\n")
	}
	var b strings.Builder
	for _, part := range []string{"tailframe", "librdkafka", "openssl", "go"} {
		fmt.Fprintf(&b, "%-10s %s\n", part, versions[part])
	}
	return writeText(inv.stdout, b.String())
}
