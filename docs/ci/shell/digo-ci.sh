#!/bin/sh
# The same steps where no service runs pipelines: a person, or cron, in the project's folder. See docs/ci/README.md.
#   docs/ci/shell/digo-ci.sh review STACK       validate and plan; prints the hash and where the plan lies
#   docs/ci/shell/digo-ci.sh up STACK HASH      carry out the plan of that hash, or nothing
#   docs/ci/shell/digo-ci.sh drift STACK        what has come apart; for cron
# One run of a stack at a time on this machine; a second one is refused. Exit codes are those of the steps.
set -eu
usage() {
    sed -n 's/^#   //p' "$0" >&2
    exit 1
}
[ $# -ge 2 ] || usage
operation=$1 stack=$2
steps=$(dirname "$0")/../steps
. "$(dirname "$0")/../steps/common.sh"

mkdir -p .digo
# First in a shell of its own: where `exec` cannot open it, dash ends with 2, which would say that there is drift.
(exec 9>".digo/ci-$stack.lock") || exit 1
exec 9>".digo/ci-$stack.lock"
flock -n 9 || {
    echo "error: another run of stack $stack is under way; nothing was done" >&2
    exit 1
}

case "$operation" in
review)
    "$steps/validate.sh"
    "$steps/plan.sh" "$stack"
    echo "The plan for the eye: ${DIGO_CI_OUT:-digo-ci}/$stack/plan.html"
    ;;
up)
    [ $# -eq 3 ] || usage
    DIGO_REVIEWED=$3 "$steps/up.sh" "$stack"
    ;;
drift)
    "$steps/drift.sh" "$stack"
    ;;
*) usage ;;
esac
