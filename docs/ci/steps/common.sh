# shellcheck shell=sh
# Shared by the steps. Source it; do not run it. $1 of each step is the stack, except in `validate.sh`.
#   DIGO_PYTHON  the interpreter with digo's requirements; default .venv/bin/python, from `make setup`
#   DIGO_CI_OUT  the folder for output files; default digo-ci
# On GitHub the log's commands (`::…::`, `##[…]`) are stopped from here to the step's end: names of others are printed.
python=${DIGO_PYTHON:-.venv/bin/python}

digo() { "$python" -m digo "$@"; }

# Stops the log's commands. Only the token resumes them. It is in no variable that a program gets, and nobody can guess it.
stop_commands() {
    [ "${GITHUB_ACTIONS:-}" = true ] && [ -z "${DIGO_CI_STOPPED:-}" ] || return 0
    stop_token=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
    [ ${#stop_token} -eq 64 ] || die "there is no /dev/urandom here, so the log's commands cannot be stopped"
    # A step that this one calls has the commands stopped already.
    export DIGO_CI_STOPPED=yes
    printf '\n::stop-commands::%s\n' "$stop_token"
}

# Lets the log's commands work again, if this step has stopped them.
resume_commands() {
    [ -n "${stop_token:-}" ] || return 0
    printf '\n::%s::\n' "$stop_token"
    unset stop_token DIGO_CI_STOPPED
}

# `pulumi` if it is on PATH, otherwise the embedded engine, as in scripts/stack.sh.
engine() {
    if command -v pulumi >/dev/null 2>&1; then pulumi "$@"; else "$python" -m engine "$@"; fi
}

# Whether a hosting service runs this job.
hosted() { [ "${GITHUB_ACTIONS:-}" = true ] || [ "${GITLAB_CI:-}" = true ]; }

# Creates the output folder of the stack $1, and prints it.
out_of() {
    mkdir -p "${DIGO_CI_OUT:-digo-ci}/$1"
    echo "${DIGO_CI_OUT:-digo-ci}/$1"
}

# Prints the newest journal of the stack $1. Each run that writes has its own.
last_journal() {
    find ".digo/journal/$1" -name '*.jsonl' 2>/dev/null | sort | tail -n 1
}

# Shows the Markdown file $1 on the run's page on GitHub.
summary() {
    if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -f "$1" ]; then cat "$1" >>"$GITHUB_STEP_SUMMARY"; fi
}

die() {
    printf 'error: %s\n' "$@" >&2
    exit 1
}

unset stop_token
if [ "${GITHUB_ACTIONS:-}" = true ]; then
    # A shell that a signal ends runs no EXIT trap by itself.
    trap resume_commands EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    stop_commands
fi

command -v "$python" >/dev/null 2>&1 ||
    die "there is no $python here: run this in the project's folder, after \`make setup\`; or set DIGO_PYTHON"
