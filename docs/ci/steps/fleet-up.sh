#!/bin/sh
# Carries out the reviewed plan of the fleet. A stack whose plan is another one by now is refused.
#   docs/ci/steps/fleet-up.sh
# DIGO_REVIEWED is the file with the reviewed plan, as JSON. If it is empty, the pull request that this commit merges
# supplies it.
# Exit code, as of `digo fleet up`: 0 all is applied, 1 refused before anything was written, 2 a stack has failed or is
# unknown, 3 stopped before the end.
set -eu
. "$(dirname "$0")/common.sh"
out=${DIGO_CI_OUT:-digo-ci}
mkdir -p "$out"
rm -f "$out"/fleet-up.* "$out/fleet-reviewed.json"

reviewed=${DIGO_REVIEWED:-}
if [ -z "$reviewed" ]; then
    hosted || die "no plan was reviewed: set DIGO_REVIEWED to the file of a plan that somebody has read"
    reviewed=$out/fleet-reviewed.json
    digo ci reviewed --fleet --output "$reviewed"
fi

code=0
digo fleet up --yes --plan "$reviewed" --write "$out/fleet-up.md" --write "$out/fleet-up.json" || code=$?
summary "$out/fleet-up.md"
case $code in
0) ;;
1)
    cat <<NEXT
Nothing was written. If the plan of a stack is not the reviewed one by now, run the pipeline by hand: it plans the fleet, and
waits for somebody who has read the plan.
NEXT
    ;;
*)
    cat <<NEXT
Read what became of each stack above. To go on, run this job again: what is applied is not done twice. If the plan of a
stack is not the reviewed one by now, as of one that is partly applied, run the pipeline by hand: it plans the fleet, and
waits for somebody who has read the plan.
NEXT
    ;;
esac
exit "$code"
