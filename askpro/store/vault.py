"""Encryption at rest, and the keyed digests by which encrypted values are found again.

Keys are derived from ``SECRET_KEY`` (HKDF-SHA256, one key a purpose). While rotating, the former
secrets in ``SECRET_KEY_PREVIOUS`` still decrypt, and their digests are still looked for; what is
written is written with the newest one. ``flask keys rotate`` rewrites what the former ones wrote
(:mod:`askpro.store.rotation`).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=b"askpro", info=purpose).derive(secret.encode())


class Vault:
    """Encrypts, decrypts and digests with the installation's secret."""

    def __init__(self, secret: str, previous: Sequence[str] = ()) -> None:
        secrets = (secret, *previous)
        fernets = [Fernet(base64.urlsafe_b64encode(_derive(each, b"at rest"))) for each in secrets]
        self._newest = fernets[0]
        self._fernets = MultiFernet(fernets)
        self._digest_keys = tuple(_derive(each, b"digest") for each in secrets)

    def __repr__(self) -> str:
        return "Vault(…)"

    def encrypt(self, text: str) -> bytes:
        return self._fernets.encrypt(text.encode())

    def decrypt(self, token: bytes) -> str:
        """Raises ``cryptography.fernet.InvalidToken`` when no known secret fits."""
        return self._fernets.decrypt(token).decode()

    def renewed(self, token: bytes) -> bytes | None:
        """``token`` encrypted with the newest secret; None if it is already.

        Raises ``cryptography.fernet.InvalidToken`` when no known secret fits.
        """
        try:
            self._newest.decrypt(token)
        except InvalidToken:
            return self._fernets.rotate(token)
        return None

    def digest(self, text: str) -> str:
        """A keyed fingerprint (64 hex digits) under which a personal value can be looked up."""
        return self.digests(text)[0]

    def digests(self, text: str) -> tuple[str, ...]:
        """The fingerprint, and those that the former secrets made of the same value."""
        return tuple(hmac.new(key, text.encode(), sha256).hexdigest() for key in self._digest_keys)


class _InstalledVault:
    """The process's vault. Column types cannot be handed one, so create_app installs it here."""

    vault: Vault | None = None

    def install(self, vault: Vault) -> None:
        self.vault = vault

    def current(self) -> Vault:
        if self.vault is None:
            raise RuntimeError("no vault: create_app has not run in this process")
        return self.vault


installed_vault = _InstalledVault()


def digest(text: str) -> str:
    """:meth:`Vault.digest` of the process's vault."""
    return installed_vault.current().digest(text)


def digests(text: str) -> tuple[str, ...]:
    """:meth:`Vault.digests` of the process's vault: what a look-up has to try."""
    return installed_vault.current().digests(text)


class Encrypted(TypeDecorator[str]):
    """A text column that is ciphertext in the database. Cannot be compared in SQL: add a digest."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else installed_vault.current().encrypt(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else installed_vault.current().decrypt(bytes(value))


__all__ = ["Encrypted", "InvalidToken", "Vault", "digest", "digests", "installed_vault"]
