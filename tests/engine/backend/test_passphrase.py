"""Pulumi's passphrase secrets, opened and made."""

from pathlib import Path

import pytest

from digo.project.passphrase import (
    MalformedSecret,
    PassphraseMissing,
    WrongPassphrase,
    passphrase_from_environment,
)
from engine import secrets

# The salt is this engine's; the value below it was encrypted by pulumi v3.272.0 with the passphrase "x".
SALT = "v1:D3gslMHmxEk=:v1:bB0AGnhyQwwwODB+:VOvmjULvDnLHUaNvhoD2wFPGWc7byg=="
VALUE_OF_PULUMI = "v1:5QZHYbX0mmptzAaS:6Y1Fm7UiUZhX0KLP4TqXjBhExzOkZg=="


def test_a_value_that_pulumi_encrypted_opens() -> None:
    assert secrets.unlock("x", SALT).crypter.decrypt(VALUE_OF_PULUMI) == "s3cret"


def test_a_new_manager_opens_with_its_passphrase_alone() -> None:
    made = secrets.create("example-passphrase")
    ciphertext = made.crypter.encrypt("canary")
    assert "canary" not in ciphertext
    assert ciphertext != made.crypter.encrypt("canary")
    assert secrets.unlock("example-passphrase", made.salt_state).crypter.decrypt(ciphertext) == "canary"
    assert made.provider_state() == {"type": "passphrase", "state": {"salt": made.salt_state}}
    with pytest.raises(WrongPassphrase, match="incorrect passphrase"):
        secrets.unlock("another", made.salt_state)


@pytest.mark.parametrize("salt", ["", "v1:abc", "v2:AAAA:v1:AAAA:AAAA", "v1:not base64:v1:AAAA:AAAA"])
def test_malformed_salts_are_named(salt: str) -> None:
    with pytest.raises(MalformedSecret, match="encryptionsalt"):
        secrets.unlock("x", salt)


@pytest.mark.parametrize("ciphertext", ["plain", "v2:a:b", "v1:AAAA", "v1:!!:AAAA", VALUE_OF_PULUMI[:-8] + "AAAAAA=="])
def test_malformed_values_are_named(ciphertext: str) -> None:
    crypter = secrets.unlock("x", SALT).crypter
    with pytest.raises(MalformedSecret):
        crypter.decrypt(ciphertext)


def test_the_environment_gives_the_passphrase(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text("from the file\n")
    assert passphrase_from_environment({}) is None
    assert passphrase_from_environment({"PULUMI_CONFIG_PASSPHRASE": ""}) == ""
    assert passphrase_from_environment({"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}) == "from the file"
    both = {"PULUMI_CONFIG_PASSPHRASE": "direct", "PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}
    assert passphrase_from_environment(both) == "direct"
    with pytest.raises(PassphraseMissing, match="PULUMI_CONFIG_PASSPHRASE_FILE"):
        passphrase_from_environment({"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "none")})
