"""The passphrase and the salt of the tests' stacks, and the key that they give, a tenth of a second of work.

Importing it derives the key, and that of the repository's own stack; `digo.project.passphrase` keeps both.
"""

from pathlib import Path

import yaml

from digo.project.passphrase import crypter_of

PASSPHRASE = "test"
SALT = "v1:IFeHIyLuSf4=:v1:yBOIjv7lh3O7DIdj:+68vxEjmNoiX/tk+4EhL+LM9C8eoPg=="

_SANDBOX = Path(__file__).resolve().parents[2] / "Pulumi.sandbox.yaml"

crypter_of(PASSPHRASE, SALT)
crypter_of("", yaml.safe_load(_SANDBOX.read_text(encoding="utf-8"))["encryptionsalt"])
