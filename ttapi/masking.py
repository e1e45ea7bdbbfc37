"""Secrets are replaced in answers, in case a server repeats what it was sent: answers are stored and printed."""

import json
from collections.abc import Iterable

MASK = "***"
SHORTEST = 6
"""Characters of the shortest value that is masked. A shorter one is no secret, and would spoil other text."""


class Mask:
    """Replaces some secrets."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # The longest first, since one can contain another.
        self._secrets = sorted({each for each in secrets if len(each) >= SHORTEST}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without the secrets."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text

    def body(self, raw: bytes) -> bytes:
        """The bytes without the secrets, as they are and as JSON writes them."""
        for secret in self._secrets:
            quoted = json.dumps(secret)[1:-1]
            for form in {secret, quoted, quoted.replace("/", "\\/")}:
                raw = raw.replace(form.encode(), MASK.encode())
        return raw
