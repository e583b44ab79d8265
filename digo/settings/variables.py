"""The environment variables that people set, and their meaning. A test compares the table with the code."""

from digo.system.limits import LIMITS

VARIABLES = {
    "DIGO_ENDPOINT": "the API's address, without /v1; it wins over `digo:endpoint`",
    "DIGO_SANDBOX_PORT": "the port of a sandbox on this machine, if the endpoint's port is taken",
    "DIGO_AUTHORIZATION": "the token; it wins over a file and over the stack's secret, and never reaches the state",
    "DIGO_AUTHORIZATION_FILE": "a file with the token; it wins over `digo:authorizationFile`",
    "DIGO_PLAN": "the hash of a reviewed plan: an up carries out exactly that plan, or nothing",
    "DIGO_REVIEWED": "the same for docs/ci/steps/up.sh, if no pull request states the reviewed plan",
    "DIGO_CI_LOGIN": "the account that comments for `digo ci` on GitHub; github-actions[bot] by default",
    "DIGO_CI_PULL_REQUEST": "the pull request that `digo ci` comments on in a job of GitHub that belongs to none",
    "DIGO_CI_COMMIT": "the commit that such a comment names",
    "DIGO_GITLAB_TOKEN": "the project access token that `digo ci` comments with on GitLab",
    "DIGO_PACE_STORE": "a Redis or Postgres that machines share the account's pace in; it wins over `digo:paceStore`",
    "DIGO_LOCK_DIR": "a folder for the account locks, such as one that containers share; without it, home and `/tmp`",
    "DIGO_LEDGER_KEY": "the ledger key; it wins over a file and over the stack's secret",
    "DIGO_LEDGER_KEY_FILE": "a file with the ledger key; it wins over `digo:ledgerKeyFile`",
    "DIGO_API_KEY": "the key of POST /v1/c2c_api, for `digo announce`; it wins over a file and the stack's secret",
    "DIGO_API_KEY_FILE": "a file with that key; it wins over `digo:apiKeyFile`",
    "DIGO_MASKING_SECRET": "the secret that DIGO sends to `digo masking serve`; it wins over a file and the secret",
    "DIGO_MASKING_SECRET_FILE": "a file with that secret; it wins over `digo:maskingSecretFile`",
    "DIGO_DEBUG": "1: the program sends the Pulumi SDK's own debug messages, for `--debug`; a large run is slower then",
    **{limit.variable: f"{limit.meaning}; {limit.default:,} without it" for limit in LIMITS},
    "DIGO_VAR_…": "the value of `${…}` in config; see docs/config.md",
}

ENGINE_VARIABLES = {
    "PULUMI_STACK": "the stack, if `--stack` is omitted",
    "PULUMI_BACKEND_URL": "the address of the state; `file://FOLDER` for the embedded engine",
    "PULUMI_CONFIG_PASSPHRASE": "the passphrase that encrypts secrets in config and state",
    "PULUMI_CONFIG_PASSPHRASE_FILE": "a file with the passphrase",
    "PULUMI_PARALLEL": "how many resources are processed at once; `make` sets 64",
    "PULUMI_SKIP_CHECKPOINTS": "true: the pulumi CLI writes the state once, at the end; `make` sets it",
    "PULUMI_SKIP_CONFIRMATIONS": "true: no confirmation before an operation",
    "PULUMI_SKIP_UPDATE_CHECK": "true: the pulumi CLI does not look for a newer version",
    "PULUMI_HOME": "the folder of Pulumi's own files, such as the selected stack",
}
