"""A stack's settings: values, secrets, profiles and the limits of the guards."""
