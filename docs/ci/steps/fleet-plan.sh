#!/bin/sh
# Plans the stacks of the fleet, writes the plan in three formats, and shows it on the pull request, if there is one.
#   docs/ci/steps/fleet-plan.sh
# DIGO_SINCE: plan only the stacks that have changed since this commit. All stacks if it is empty.
# Exit code: 0 a plan, with or without changes; 1 no plan, or a stack whose plan is refused or has failed.
set -eu
. "$(dirname "$0")/common.sh"
out=${DIGO_CI_OUT:-digo-ci}
mkdir -p "$out"
rm -f "$out"/fleet-plan.*

code=0
digo fleet plan --detailed-exitcode ${DIGO_SINCE:+--since "$DIGO_SINCE"} \
    --write "$out/fleet-plan.md" --write "$out/fleet-plan.html" --write "$out/fleet-plan.json" || code=$?
summary "$out/fleet-plan.md"

# A plan with refused stacks is shown too: its comment says why.
if hosted && [ -n "${DIGO_CI_COMMENT-yes}" ]; then
    digo ci comment --fleet "$out/fleet-plan.md"
fi

case $code in
0 | 2) ;;
3) echo "Something differs that no up can fix: see the plan. An up does the rest." ;;
*) exit 1 ;;
esac
