#!/bin/sh
# Applies the reviewed plan, or nothing.
#   docs/ci/steps/up.sh STACK
# DIGO_REVIEWED is the reviewed hash. If it is empty, the pull request that this commit merges supplies it.
# Exit code: 0 done, or nothing to do; 1 refused, or failed.
set -eu
. "$(dirname "$0")/common.sh"
[ $# -ge 1 ] || die "usage: docs/ci/steps/up.sh STACK"
stack=$1
out=$(out_of "$stack")
rm -f "$out/reviewed.json" "$out"/plan.*

# The pin is not known yet, and an empty DIGO_PLAN would be an error.
unset DIGO_PLAN
code=0
digo --stack "$stack" plan --detailed-exitcode \
    --write "$out/plan.md" --write "$out/plan.html" --write "$out/plan.json" || code=$?
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
Read the current plan ($out/plan.html, above as text). If it is right, run this job by hand with its hash as the reviewed
one. Do the same to continue an interrupted up.
NEXT
}

# Compare the verbs too: the hash does not cover the state, which another up may have changed.
if [ -f "$out/reviewed.json" ] && ! digo ci same "$out/reviewed.json" "$out/plan.json"; then
    echo "error: this plan is not the one that was reviewed; nothing was written" >&2
    next
    exit 1
fi

# From here on the pin protects: the account may still change.
DIGO_PLAN=$DIGO_REVIEWED
export DIGO_PLAN
before=$(last_journal "$stack")
# `pulumi` prints names as they are. In one stream, nothing of it is read after the log's commands work again.
if ! engine up --stack "$stack" --yes --skip-preview 2>&1; then
    # Only this machine knows what was written, and a runner's disk is temporary.
    [ "$(last_journal "$stack")" = "$before" ] || digo --stack "$stack" report --all || true
    next
    exit 1
fi
