#!/usr/bin/env bash
# Makes targets side by side: tools/lanes.sh 'one two' 'three' makes one and then two, and three beside them.
# What a target wrote comes whole when it has ended, with its exit status and time. A target that fails does not keep
# the others from being made, so that one run shows all that is wrong; the exit status is then 1.
set -euo pipefail
results=$(mktemp -d)
lanes=()
trap 'rm -rf "$results"' EXIT
set -m # each lane is a group of processes, of which none is left when this is interrupted
trap 'kill -- "${lanes[@]/#/-}" 2>/dev/null || true; exit 130' INT TERM

# make_one makes a target and writes what there is to say about it, at once.
make_one() {
  local target=$1 status=0 started=$SECONDS
  "${MAKE:-make}" --no-print-directory "$target" >"$results/$target.log" 2>&1 </dev/null || status=$?
  {
    flock 9
    echo "=== make $target: exit status $status after $((SECONDS - started)) s"
    cat "$results/$target.log"
  } 9>"$results/lock"
  [ "$status" = 0 ] || touch "$results/failed"
}

make_lane() {
  local target
  for target in $1; do make_one "$target"; done
}

for lane in "$@"; do
  make_lane "$lane" &
  lanes+=($!)
done
for lane in "${lanes[@]}"; do wait "$lane" || touch "$results/failed"; done
if [ -e "$results/failed" ]; then
  echo '=== failed; see the exit statuses above' >&2
  exit 1
fi
