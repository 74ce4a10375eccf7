#!/usr/bin/env bash
# Runs every fuzz target of the module for the given time.
set -euo pipefail
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for package in $(go list ./...); do
  targets=$(go test -list '^Fuzz' "$package") # fails where a test does not build
  for target in $(grep '^Fuzz' <<<"$targets" || true); do
    echo "== $package $target"
    if go test "$package" -run '^$' -fuzz "^$target\$" -fuzztime "$1" -fuzzminimizetime 1s 2>&1 | tee "$log"; then
      continue
    fi
    # Go's fuzzer now and then takes the end of its own time for a failure; one
    # that found something names the input.
    grep -q '^ *context deadline exceeded$' "$log" && ! grep -q 'Failing input' "$log" || exit 1
  done
done
