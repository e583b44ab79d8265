#!/bin/sh
# The same steps for a fleet without a pipeline service: for a person or cron, in the project's folder. See
# docs/ci/README.md.
#   docs/ci/fleet/digo-fleet-ci.sh review [REV]   validate and plan, or plan what has changed since REV
#   docs/ci/fleet/digo-fleet-ci.sh up             carry out the plan of the last review, or nothing
#   docs/ci/fleet/digo-fleet-ci.sh drift          compare all accounts, and tell of what has changed; for cron
# One run at a time on this machine; a second one is refused. The steps set the exit code.
set -eu
usage() {
    sed -n 's/^#   //p' "$0" >&2
    exit 1
}
[ $# -ge 1 ] || usage
operation=$1
steps=$(dirname "$0")/../steps
. "$(dirname "$0")/../steps/common.sh"

mkdir -p .digo
# First try in a subshell: if `exec` cannot open the file, dash ends with 2, which would mean drift.
(exec 9>".digo/ci-fleet.lock") || exit 1
exec 9>".digo/ci-fleet.lock"
flock -n 9 || {
    echo "error: another run of the fleet is under way; nothing was done" >&2
    exit 1
}

case "$operation" in
review)
    [ $# -le 2 ] || usage
    "$steps/validate.sh"
    DIGO_SINCE=${2:-} "$steps/fleet-plan.sh"
    echo "The plan as a page: ${DIGO_CI_OUT:-digo-ci}/fleet-plan.html"
    ;;
up)
    [ $# -eq 1 ] || usage
    DIGO_REVIEWED=${DIGO_CI_OUT:-digo-ci}/fleet-plan.json "$steps/fleet-up.sh"
    ;;
drift)
    [ $# -eq 1 ] || usage
    "$steps/fleet-drift.sh"
    ;;
*) usage ;;
esac
