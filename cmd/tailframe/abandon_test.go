package main

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestAbandonable(t *testing.T) {
	why := errors.New("why")
	if err := abandonable(t.Context(), nil, func() error { return why }); err != why {
		t.Errorf("got %v", err)
	}
	never := make(chan struct{})
	stuck := func() error { <-never; return nil }
	lost := make(chan struct{})
	close(lost)
	if err := abandonable(t.Context(), lost, stuck); !errors.Is(err, errLeaseLost) || exitStatus(err) != 130 {
		t.Errorf("lease lost: %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := abandonable(ended, nil, stuck); err != context.Canceled || exitStatus(err) != 130 {
		t.Errorf("interrupted: %v", err)
	}
	if err := abandonable(ended, nil, func() error { <-ended.Done(); return why }); err != why {
		t.Errorf("work that ends in good order: %v", err)
	}
}

func TestBug(t *testing.T) {
	var none []int
	err := abandonable(t.Context(), nil, func() error { none[3] = 1; return nil })
	if err == nil || exitStatus(err) != 1 || !strings.HasPrefix(err.Error(), "this is a bug in tailframe: runtime error: index out of range") {
		t.Fatalf("got %v", err)
	}
	if hint := hintOf(err); !strings.Contains(hint, ".TestBug.func1:") || strings.Contains(hint, "/") {
		t.Errorf("hint %q", hint)
	}
}

func TestExitStatuses(t *testing.T) {
	for code, want := range statuses {
		if got := exitStatus(told{&problem{code: code}}); got != want {
			t.Errorf("%s: %d, want %d", code, got, want)
		}
	}
	for err, want := range map[error]int{nil: 0, errors.New("odd"): 1, &problem{code: "odd"}: 1, context.Canceled: 130} {
		if got := exitStatus(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
}
