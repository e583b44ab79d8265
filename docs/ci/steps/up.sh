#!/bin/sh
# Carries out the plan that was reviewed, or nothing.
#   docs/ci/steps/up.sh STACK
# DIGO_REVIEWED: the hash that somebody has read; where it is empty, it is that of the pull request which this commit
# merges. Exit code: 0 done, or nothing to do; 1 refused, or failed.
set -eu
. "$(dirname "$0")/common.sh"
[ $# -ge 1 ] || die "usage: docs/ci/steps/up.sh STACK"
stack=$1
out=$(out_of "$stack")
rm -f "$out/reviewed.json" "$out"/plan.*

# No plan is pinned before we know which; an empty DIGO_PLAN would be an error.
unset DIGO_PLAN
code=0
digo --stack "$stack" plan --write "$out/plan.md" --write "$out/plan.html" --write "$out/plan.json" || code=$?
summary "$out/plan.md"
case $code in
0)
    echo "Nothing to do."
    exit 0
    ;;
2 | 3) ;;
*) exit 1 ;;
esac

if [ -z "${DIGO_REVIEWED:-}" ]; then
    hosted || die "no plan was reviewed: set DIGO_REVIEWED to the hash that a plan shows"
    DIGO_REVIEWED=$(digo --stack "$stack" ci reviewed --output "$out/reviewed.json")
fi
echo "reviewed: $DIGO_REVIEWED"

next() {
    cat <<NEXT
Read the plan of now ($out/plan.html, above as text). If it is right, run this job by hand with its hash as the reviewed
one. An up that was cut off is gone on with in the same way.
NEXT
}

# Its verbs are compared as well: the hash does not cover what an up from elsewhere left in the state.
if [ -f "$out/reviewed.json" ] && ! digo ci same "$out/reviewed.json" "$out/plan.json"; then
    echo "error: this plan is not the one that was reviewed; nothing was written" >&2
    next
    exit 1
fi

# From here on the pin decides: the account may change in between.
DIGO_PLAN=$DIGO_REVIEWED
export DIGO_PLAN
before=$(last_journal "$stack")
if ! engine up --stack "$stack" --yes --skip-preview; then
    # What was written is on this machine alone, and a runner's disk does not last.
    [ "$(last_journal "$stack")" = "$before" ] || digo --stack "$stack" report --all || true
    next
    exit 1
fi
