"""What a TOML text is made of, for readers of texts that the parser has accepted."""

from __future__ import annotations

import re

# Possessive quantifiers (++, *+) never try again, so that each of these is linear.
SPACE = re.compile(r"[ \t]*+")
BARE_KEY = re.compile(r"[A-Za-z0-9_-]++")
QUOTED_KEY = re.compile(r""" "(?:[^"\\\n]++|\\.)*+" | '[^'\n]*+' """, re.VERBOSE)
STRING = re.compile(
    r'''
    """(?:[^"\\]++|\\[\s\S]|"{1,2}(?!"))*+"{3,5}
    | \'\'\'(?:[^']++|'{1,2}(?!'))*+'{3,5}
    | "(?:[^"\\\n]++|\\.)*+"
    | '[^'\n]*+'
    ''',
    re.VERBOSE,
)
# A date and its time may be parted by a space.
SCALAR = re.compile(r"\d{4}-\d\d-\d\d [0-9:.Zz+-]++|[^,\]}\s#]++")
