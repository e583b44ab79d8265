"""The passphrase and the salt of the tests' stacks, and the key that they give, a tenth of a second of work.

Importing it derives the key; `digo.project.passphrase` keeps it.
"""

from digo.project.passphrase import crypter_of

PASSPHRASE = "test"
SALT = "v1:IFeHIyLuSf4=:v1:yBOIjv7lh3O7DIdj:+68vxEjmNoiX/tk+4EhL+LM9C8eoPg=="

crypter_of(PASSPHRASE, SALT)
