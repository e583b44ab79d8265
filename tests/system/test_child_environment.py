"""Which variables program and host go without: by how names of secrets end, and by values that have a password."""

from __future__ import annotations

import pytest

from digo.system.child_environment import for_children

WITHHELD = {
    "GITHUB_TOKEN": "x",
    "CI_JOB_JWT": "x",
    "DB_PASS": "x",
    "MYSQL_PWD": "x",
    "STRIPE_KEY": "x",
    "AZURE_STORAGE_KEY": "x",
    "ARM_CLIENT_SECRET": "x",
    "AWS_SESSION_TOKEN": "x",
    "GOOGLE_APPLICATION_CREDENTIALS": "x",
    "VAULT_SECRET_ID": "x",
    "NPM_CONFIG__AUTH": "x",
    "DOCKER_AUTH_CONFIG": "{}",
    "SLACK_WEBHOOK_URL": "https://hooks.example.com/x",
    "BITBUCKET_PAT": "x",
    "AZURE_STORAGE_CONNECTIONSTRING": "x",
    "DATABASE_URL": "postgres://user:canary@db.example/phones",
    "BROKER": "amqp://user:canary@mq.example",
    "REDIS_ADDRESS": "redis://:canary@cache.example/0",
    "PIP_INDEX_URL": "https://canary@pypi.example/simple",
    "PULUMI_BACKEND_URL": "postgres://user:canary@db.example/state",
    "SQL": "Server=db.example;User=phones;Password=canary;",
    "BLOBS": "AccountName=phones;AccountKey=canary",
}
KEPT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/home/asha",
    "PWD": "/home/asha/phones",
    "OLDPWD": "/home/asha",
    "PYTHONPATH": ".",
    "PYTHONDONTWRITEBYTECODE": "1",
    "KEYBOARD": "us",
    "HTTPS_PROXY": "http://user:canary@proxy.example:3128",
    "no_proxy": "localhost",
    "SSL_CERT_FILE": "/etc/ssl/cert.pem",
    "PULUMI_BACKEND_URL": "file:///home/asha/state",
    "PULUMI_CONFIG": '{"digo:endpoint": "https://api.example.com", "note": "see https://x:y@z.example"}',
    "PULUMI_CONFIG_SECRET_KEYS": "[]",
    "PULUMI_PARALLEL": "64",
    "DIGO_AUTHORIZATION": "token",
    "DIGO_AUTHORIZATION_FILE": "token.txt",
    "DIGO_LOGIN_PASSWORD": "password",
    "DIGO_AGENT_PASSWORD": "password of a new user",
    "DIGO_LOGIN_PASSWORD_FILE": "password.txt",
    "DIGO_ENDPOINT": "https://api.example.com:8443/",
    "DIGO_LEDGER_KEY": "key",
    "DIGO_PACE_STORE": "redis://user:canary@cache.example/0",
    "DIGO_VAR_SHOP_KEY": "of the config",
    "PGPASSWORD": "of the pace store",
    "REMOTE": "ssh://git@git.example.com/phones.git",
    "ADDRESS": "https://host.example:443/path@1",
}


def test_the_keys_of_a_store_are_kept_where_lists_are_read_from_it() -> None:
    amazon = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_SESSION_TOKEN": "x"}
    google = {"GOOGLE_APPLICATION_CREDENTIALS": "x"}
    for places, kept in (
        ("s3://leads/", amazon),
        ("https://leads.example/ gs://leads", google),
        ("S3://a gs://b", amazon | google),
        ("https://s3.example/", {}),
        ("", {}),
    ):
        stores = {"DIGO_STORES": places}
        assert for_children({**amazon, **google, **stores, "GITHUB_TOKEN": "x"}) == {**kept, **stores}


@pytest.mark.parametrize("name", WITHHELD)
def test_secrets_of_others_are_withheld(name: str) -> None:
    assert for_children({name: WITHHELD[name]}) == {}


@pytest.mark.parametrize("name", KEPT)
def test_what_a_run_needs_is_kept(name: str) -> None:
    assert for_children({name: KEPT[name]}) == {name: KEPT[name]}
