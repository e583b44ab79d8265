# shellcheck shell=sh
# Shared by the steps; sourced, never run. $1 of each step but `validate.sh` is the stack.
#   DIGO_PYTHON  the interpreter that has digo's requirements; default .venv/bin/python, as `make setup` makes it
#   DIGO_CI_OUT  where files for people and later jobs are left; default digo-ci
python=${DIGO_PYTHON:-.venv/bin/python}

digo() { "$python" -m digo "$@"; }

# `pulumi` where it is on PATH, the embedded engine where it is not: the rule of scripts/stack.sh.
engine() {
    if command -v pulumi >/dev/null 2>&1; then pulumi "$@"; else "$python" -m engine "$@"; fi
}

# Whether a hosting service is there to be told.
hosted() { [ "${GITHUB_ACTIONS:-}" = true ] || [ "${GITLAB_CI:-}" = true ]; }

# The folder of the stack $1.
out_of() {
    mkdir -p "${DIGO_CI_OUT:-digo-ci}/$1"
    echo "${DIGO_CI_OUT:-digo-ci}/$1"
}

# The newest journal of the stack $1: a run that writes has one of its own.
last_journal() {
    find ".digo/journal/$1" -name '*.jsonl' 2>/dev/null | sort | tail -n 1
}

# Shows the Markdown in $1 on the page of a run on GitHub.
summary() {
    if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -f "$1" ]; then cat "$1" >>"$GITHUB_STEP_SUMMARY"; fi
}

die() {
    printf 'error: %s\n' "$@" >&2
    exit 1
}

command -v "$python" >/dev/null 2>&1 ||
    die "there is no $python here: run this in the project's folder, after \`make setup\`; or set DIGO_PYTHON"
