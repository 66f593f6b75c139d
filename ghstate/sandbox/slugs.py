"""How GitHub makes a team's slug out of its name."""

import re
import unicodedata

_BETWEEN = re.compile(r"[^a-z0-9_-]+")


def slug_of(name: str) -> str:
    """The slug *name* gives: `k8s.io-admins` is `k8s-io-admins`, `Näme` is `name`."""
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return _BETWEEN.sub("-", plain.lower()).strip("-")
