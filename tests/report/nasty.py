"""Text as somebody would write it who wants to do harm."""

from hypothesis import strategies as st

_PIECES = [
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\r",
    "\n",
    "\r\n",
    "\t",
    "\x00",
    "\x7f",
    "\u202e",
    "\u2066",
    "\u200b",
    "\u200e",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\u3164",
    "\u00a0",
    "\U000e0041",
    "\ud800",
    "::error::",
    "::set-output name=x::",
    "##[add-mask]",
    "##",
    "[",
    ":",
    " ",
    "[bold red]",
    "[/]",
    ":smile:",
    "`",
    "$(id)",
    "名前",
    "é",
]

nasty = st.one_of(
    st.lists(st.sampled_from(_PIECES), max_size=8).map("".join),
    st.text(st.characters(), max_size=20),
)
