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

# Gets config/ of the pull request $1 at the commit $2 into the folder $3, as data. It needs a job of GitHub.
# DIGO_CI_REMOTE is the remote to fetch from (default: origin).
fork_config() {
    hosted || die "this step reads the config of a fork: it is for the checkout of a pipeline"
    case $1 in *[!0-9]* | "") die "$1 is not a number of a pull request" ;; esac

    # A private repository needs the token. Passed by the environment, it is in no command line and no file. git would
    # send it on to another server, so it follows no redirect.
    remote=${DIGO_CI_REMOTE:-origin}
    basic=$(printf 'x-access-token:%s' "${GITHUB_TOKEN:-}" | base64 | tr -d '\n')
    GIT_TERMINAL_PROMPT=0 GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0="http.$remote.extraheader" \
        GIT_CONFIG_VALUE_0="Authorization: Basic $basic" \
        GIT_CONFIG_KEY_1=http.followRedirects GIT_CONFIG_VALUE_1=false \
        git fetch --quiet --no-tags --no-recurse-submodules --depth 1 "$remote" "refs/pull/$1/head"
    [ "$(git rev-parse FETCH_HEAD)" = "$2" ] ||
        die "the pull request has a newer commit than $2: its own run makes the plan"

    # Git's own ways to write files obey the fork's .gitattributes. This one takes the commit's bytes, and refuses links.
    digo ci fork-config "$2" "$3/config"
}

# Removes every secret and every variable of config from the environment. Call it in a subshell.
forget_secrets() {
    unset GITHUB_TOKEN GH_TOKEN
    for name in $(env | sed -n 's/^\([A-Z][A-Z0-9]*_[A-Za-z0-9_]*\)=.*/\1/p'); do
        case $name in DIGO_* | PULUMI_* | AWS_* | AZURE_* | GOOGLE_* | ACTIONS_*) unset "$name" ;; esac
    done
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
