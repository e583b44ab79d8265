#!/bin/sh
# Compares config, state and account of all stacks of the fleet, and tells those whom `notices` of fleet.yaml names.
#   docs/ci/steps/fleet-drift.sh
# `.digo/fleet/watch.json` is what the last watch found. Keep it from run to run: notices are of what has changed since.
# Exit code, as of `digo fleet drift --detailed-exitcode`: 0 no drift, 2 an up corrects it, 3 something that no up can
# correct, 1 a stack could not be read.
set -eu
. "$(dirname "$0")/common.sh"
out=${DIGO_CI_OUT:-digo-ci}
mkdir -p "$out"
rm -f "$out"/fleet-drift.*

code=0
digo fleet drift --detailed-exitcode --write "$out/fleet-drift.md" --write "$out/fleet-drift.html" \
    --write "$out/fleet-drift.json" || code=$?
summary "$out/fleet-drift.md"
exit "$code"
