#!/bin/sh
# The same steps without a pipeline service: for a person or cron, in the project's folder. See docs/ci/README.md.
#   docs/ci/shell/digo-ci.sh review STACK       validate and plan; prints the hash and the plan's file
#   docs/ci/shell/digo-ci.sh up STACK HASH      apply the plan with that hash, or nothing
#   docs/ci/shell/digo-ci.sh drift STACK        report drift; for cron
# One run per stack at a time on this machine; a second one is refused. The steps set the exit code.
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
# First try in a subshell: if `exec` cannot open the file, dash ends with 2, which would mean drift.
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
    echo "The plan as a page: ${DIGO_CI_OUT:-digo-ci}/$stack/plan.html"
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
