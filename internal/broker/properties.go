package broker

import (
	"fmt"
	"slices"
	"strings"
)

// Class says what tailframe does with a librdkafka property in a user's config.
type Class uint8

const (
	Passed    Class = iota + 1 // given to librdkafka as it is
	Ours                       // refused: tailframe sets it, or it has no meaning here
	Dangerous                  // refused: it runs code, touches files, calls out or weakens TLS
)

// Role says which client a property is for. The two can be combined.
type Role uint8

const (
	Consumer Role = 1 << iota
	Producer
	both = Consumer | Producer
)

// Property is a property of the linked librdkafka and what becomes of it.
type Property struct {
	Name    string
	AliasOf string   // the canonical name, "" if this is it
	Class   Class    //
	Role    Role     // clients that have a use for it
	Secret  bool     // its value must never be shown
	Safe    []string // values allowed although the class is Dangerous, in lower case
	Why     string   // of a refusal, or a remark on what is passed
	Hint    string   // what to do instead
}

// Classify finds a property by its exact name. ok is false for a name that the
// linked librdkafka does not have.
func Classify(name string) (p Property, ok bool) {
	p, ok = propertyByName[name]
	return p, ok
}

// Properties gives all properties of the linked librdkafka by name.
func Properties() []Property { return slices.Clone(propertyTable) }

var propertyByName = func() map[string]Property {
	byName := make(map[string]Property, len(propertyTable))
	for _, p := range propertyTable {
		byName[p.Name] = p
	}
	return byName
}()

// Canonical gives a copy of config with aliases replaced by the names they
// stand for, so that no property can be set under two names.
func Canonical(config map[string]string) map[string]string {
	canonical := make(map[string]string, len(config))
	for name, value := range config {
		if p, ok := Classify(name); ok && p.AliasOf != "" {
			name = p.AliasOf
		}
		canonical[name] = value
	}
	return canonical
}

// problem is one reason why a config cannot be used.
type problem struct{ name, why, hint string }

// CheckConfig tells whether config holds only properties that a user may set
// for a client of that role, with values that can work. The error is an *Error
// with code config; it names every property at fault and shows no value that
// could be a secret.
func CheckConfig(config map[string]string, role Role) error {
	names := make([]string, 0, len(config))
	for name := range config {
		names = append(names, name)
	}
	slices.Sort(names)
	var problems []problem
	for _, name := range names {
		if p, bad := checkEntry(name, config[name], role); bad {
			problems = append(problems, p)
		}
	}
	if len(problems) == 0 {
		problems = checkTogether(names, config)
	}
	return configError(problems)
}

func checkEntry(name, value string, role Role) (problem, bool) {
	p, known := Classify(name)
	if !known {
		return unknownProperty(name, value), true
	}
	refused := func(why, hint string) (problem, bool) { return problem{name, why, hint}, true }
	switch {
	case p.Class == Dangerous && !slices.Contains(p.Safe, strings.ToLower(value)):
		return refused(p.Why, p.Hint)
	case p.Class == Ours && (p.Role&role != 0 || p.Role == 0):
		return refused(p.Why, p.Hint)
	case p.Role&role == 0 && role == Consumer:
		return refused("it is a producer's property and has no effect on reading", orLeaveOut(p.Hint))
	case p.Role&role == 0:
		return refused("it is a consumer's property and has no effect on producing", orLeaveOut(p.Hint))
	case strings.ContainsRune(value, 0):
		return refused("its value holds a zero byte", "librdkafka would cut the value there: remove the byte")
	}
	if check := valueChecks[p.canonical()]; check != nil {
		if why, hint := check(value); why != "" {
			return refused(why, hint)
		}
	}
	return problem{}, false
}

func (p Property) canonical() string {
	if p.AliasOf != "" {
		return p.AliasOf
	}
	return p.Name
}

func orLeaveOut(hint string) string {
	if hint == "" {
		return "leave it out"
	}
	return hint
}

func configError(problems []problem) error {
	switch len(problems) {
	case 0:
		return nil
	case 1:
		p := problems[0]
		return &Error{code: "config", message: fmt.Sprintf("the property %q cannot be used: %s", p.name, p.why), hint: p.hint}
	}
	var whys, hints []string
	for _, p := range problems {
		whys = append(whys, fmt.Sprintf("%q: %s", p.name, p.why))
		if p.hint != "" {
			hints = append(hints, fmt.Sprintf("%s: %s", p.name, p.hint))
		}
	}
	return &Error{code: "config",
		message: fmt.Sprintf("%d properties cannot be used: %s", len(problems), strings.Join(whys, "; ")),
		hint:    strings.Join(hints, "; ")}
}

// secretWords mark names that are not librdkafka's but whose values are likely
// to be secrets all the same.
var secretWords = []string{"password", "passwd", "passphrase", "secret", "token", "jaas", "credential", "private.key", "api.key", "apikey", "user.info"}

// IsSecret tells whether the value of a property must not be shown. For names
// that librdkafka does not have, the words in the name decide.
func IsSecret(name string) bool {
	if p, ok := Classify(name); ok {
		return p.Secret
	}
	name = strings.ToLower(strings.ReplaceAll(name, "_", "."))
	return slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(name, word) })
}
