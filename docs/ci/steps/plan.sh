#!/bin/sh
# Plans the stack $1, writes the plan in three formats, and shows it on the pull request, if there is one.
#   docs/ci/steps/plan.sh STACK
# DIGO_SNAPSHOT: plan from this snapshot file instead of the account, without a token.
# Exit code: 0 a plan, with or without changes; 1 a refused plan, or no plan.
set -eu
. "$(dirname "$0")/common.sh"
[ $# -ge 1 ] || die "usage: docs/ci/steps/plan.sh STACK"
stack=$1
out=$(out_of "$stack")
rm -f "$out"/plan.*

code=0
digo --stack "$stack" plan --detailed-exitcode ${DIGO_SNAPSHOT:+--snapshot "$DIGO_SNAPSHOT"} \
    --write "$out/plan.md" --write "$out/plan.html" --write "$out/plan.json" || code=$?
summary "$out/plan.md"

# A refused plan is shown too: its comment names the guard, and the hash for an approval.
if hosted && [ -n "${DIGO_CI_COMMENT-yes}" ]; then
    digo --stack "$stack" ci comment "$out/plan.md"
fi

case $code in
0 | 2) ;;
3) echo "Something differs that no up can fix: see the plan. An up does the rest." ;;
*) exit 1 ;;
esac
