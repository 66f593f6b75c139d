"""TOML as people write it: in any order, with comments and blank lines everywhere.

Every comment is written down on the way, so that none can get lost unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

LOGINS = ["ada", "Bob", "cyd-x", "DAN", "eve_acme", "fay", "7", "Zoe", "z-1", "zack"]
SLUGS = ["api", "core", "docs", "infra_2", "ops", "web"]

_WORDS = st.sampled_from(
    ["", " x", ' "', " '", "'''", ' """ ', "]", "}, {", "=", "# #", " é…", "\t\\", ","]
)
_SPACE = st.sampled_from(["", "", " ", "  ", "\t"])
_LINES = st.lists(st.sampled_from(["blank", "comment"]), max_size=3)
_SELDOM = st.sampled_from([False, False, False, True])


@dataclass
class Writer:
    """Writes what it is told to, with noise between the words."""

    draw: st.DrawFn
    comments: list[str] = field(default_factory=list)

    def one(self, choices: Sequence[str]) -> str:
        return self.draw(st.sampled_from(choices))

    def seldom(self) -> bool:
        return self.draw(_SELDOM)

    def space(self) -> str:
        return self.draw(_SPACE)

    def comment(self) -> str:
        # Told apart by a number, so that the same comment twice is not the same.
        text = f"#{len(self.comments)}{self.draw(_WORDS)}"
        self.comments.append(text.rstrip())
        return text

    def end(self) -> str:
        """The end of a line, perhaps with a comment beside what stands there."""
        beside = self.comment() if self.seldom() else ""
        return f"{self.space()}{beside}\n"

    def lines(self) -> str:
        """Blank lines and comments, or nothing."""
        written = ""
        for kind in self.draw(_LINES):
            comment = self.comment() if kind == "comment" else ""
            written += f"{self.space()}{comment}\n"
        return written

    def gap(self) -> str:
        """What may stand between the words of a list: anything."""
        if not self.seldom():
            return self.space()
        return self.end() + self.lines() + self.space()

    def key(self, *parts: str) -> str:
        quoted = [self.one([part, part, f'"{part}"', f"'{part}'"]) for part in parts]
        dots = [f"{self.space()}.{self.space()}" for _ in parts[1:]]
        return "".join(a + b for a, b in zip(quoted, [*dots, ""], strict=True))

    def string(self, text: str) -> str:
        return self.one([f'"{text}"', f'"{text}"', f"'{text}'"])

    def pair(self, keys: Iterable[str], value: str) -> str:
        return f"{self.key(*keys)}{self.space()}={self.space()}{value}"

    def entry(self, keys: Iterable[str], value: str) -> str:
        """A pair on its own line, with lines above it."""
        return self.lines() + self.space() + self.pair(keys, value) + self.end()

    def header(self, *keys: str, many: bool = False) -> str:
        name = f"{self.space()}{self.key(*keys)}{self.space()}"
        written = f"[[{name}]]" if many else f"[{name}]"
        return self.lines() + self.space() + written + self.end()

    def array(self, items: Sequence[str]) -> str:
        written = "["
        for number, item in enumerate(items):
            last = number == len(items) - 1
            comma = "," if not last or self.seldom() else ""
            written += self.gap() + item + self.gap() + comma
        return written + self.gap() + "]"

    def inline(self, pairs: Sequence[str], *, broken: bool = False) -> str:
        gap = self.gap if broken else self.space
        inside = ",".join(gap() + pair + gap() for pair in pairs)
        return "{" + inside + ("," if broken and pairs and self.seldom() else "") + "}"

    def shuffled(self, things: Iterable[str]) -> list[str]:
        return self.draw(st.permutations(list(things)))


@dataclass(frozen=True)
class Noisy:
    text: str
    comments: Counter[str]


def project_files() -> SearchStrategy[Noisy]:
    """Files that a project may have, with nothing wrong in them."""
    return _written(_project_file)


def any_toml() -> SearchStrategy[Noisy]:
    """Files that are TOML and mean nothing to ghstate."""
    return _written(_any_toml)


def _written(write: Callable[[Writer], str]) -> SearchStrategy[Noisy]:
    @st.composite
    def noisy(draw: st.DrawFn) -> Noisy:
        writer = Writer(draw)
        text = write(writer)
        if draw(_SELDOM):
            text = text.removesuffix("\n")
        return Noisy(text, Counter(writer.comments))

    return noisy()


def _project_file(w: Writer) -> str:
    people = w.draw(st.lists(st.sampled_from(LOGINS), unique=True, max_size=7))
    slugs = w.draw(st.lists(st.sampled_from(SLUGS), unique=True, max_size=4))
    above, tables = _members(w, people) if people else ("", [])
    for slug in slugs:
        pairs, more = _one_team(w, slug, people)
        above += pairs
        tables += more
    return above + "".join(w.draw(st.permutations(tables))) + w.lines()


def _members(w: Writer, people: Sequence[str]) -> tuple[str, list[str]]:
    """The people: what stands above all tables, and tables."""
    match w.one(["table", "table", "tables", "dotted", "inline"]):
        case "table":
            body = "".join(w.entry([login], _role(w, login)) for login in people)
            return "", [w.header("members") + body]
        case "tables":
            role = ["role"], '"member"'
            return "", [w.header("members", each) + w.entry(*role) for each in people]
        case "dotted":
            lines = (w.entry(["members", each], _role(w, each)) for each in people)
            return "".join(lines), []
        case _:
            pairs = [w.pair([login], _role(w, login)) for login in people]
            return w.entry(["members"], w.inline(pairs, broken=w.seldom())), []


def _one_team(w: Writer, slug: str, people: Sequence[str]) -> tuple[str, list[str]]:
    match w.one(["table", "table", "dotted", "inline", "items"]):
        case "table":
            body = "".join(w.entry(*each) for each in _team(w, slug, people))
            return "", [w.header("teams", slug) + body]
        case "dotted":
            pairs = _team(w, slug, people)
            return "".join(w.entry(["teams", slug, *k], v) for k, v in pairs), []
        case "inline":
            inside = [w.pair(*each) for each in _team(w, slug, people)]
            table = w.inline(inside, broken=w.seldom())
            return w.entry(["teams", slug], table), []
        case _:
            return "", [
                w.header("teams", slug, "members", many=True)
                + w.entry(["login"], w.string(login))
                for login in people[:2]
            ]


def _role(w: Writer, login: str) -> str:
    role = w.string(w.one(["admin", "member"]))
    if not w.seldom():
        return role
    pairs = w.shuffled(
        [w.pair(["role"], role), w.pair(["id"], f"{1 + LOGINS.index(login)}")]
    )
    return w.inline(pairs, broken=w.seldom())


def _team(
    w: Writer, slug: str, people: Sequence[str]
) -> Iterator[tuple[list[str], str]]:
    some = w.shuffled(people)
    half = len(some) // 2
    for key in w.draw(st.lists(st.sampled_from(_TEAM), unique=True, min_size=1)):
        match key:
            case "maintainers":
                value = _people(w, some[:half])
            case "members":
                value = _people(w, some[half:])
            case "previously":
                value = w.array([w.string(f"{slug}-{n}") for n in range(2)])
            case "name":
                value = w.one([f"'''\n{slug}'''", f'"""\\\n   {slug}"""'])
            case "description":
                value = w.one(['"a # b"', "'a \"b\" c'", '"""a "" b"""'])
            case "privacy":
                value = w.string("closed")
            case _:
                value = "true"
        yield [key], value


def _people(w: Writer, people: Sequence[str]) -> str:
    items = [
        w.inline([w.pair(["login"], w.string(login))])
        if w.seldom()
        else w.string(login)
        for login in people
    ]
    return w.array(items)


_TEAM = [
    "name",
    "description",
    "privacy",
    "notifications",
    "maintainers",
    "members",
    "previously",
]
_SCALARS = [
    "1",
    "0x1F",
    "1e6",
    "nan",
    "-inf",
    "true",
    "2027-01-31",
    "07:32:00.5",
    '"a # b"',
    "1979-05-27 07:32:00Z",
    "1979-05-27T07:32:00",
    "'c:\\d'",
    '"\\e[31m"',
    "'''\n'a''''",
    '"""a\n  # no comment\n"b" \\\n\n  c"""',
    "''",
    '""',
]


def _any_toml(w: Writer) -> str:
    names = w.draw(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6))
    names += w.shuffled(["members", "teams", "é x", ""])[: w.draw(st.integers(0, 2))]
    cut = w.draw(st.integers(0, len(names)))
    text = ""
    for name in names[:cut]:
        text += w.entry([name], _value(w, 3)) if name not in {"é x", ""} else ""
    for name in names[cut:]:
        if name in {"é x", ""}:
            text += w.lines() + f'["{name}"]' + w.end()
            continue
        many = w.seldom()
        for _ in range(w.draw(st.integers(1, 3)) if many else 1):
            text += w.header(name, many=many)
            for key in w.draw(st.lists(st.sampled_from("zyxw"), unique=True)):
                text += w.entry(w.one([key, key + "q"]), _value(w, 2))
            if w.seldom():
                text += w.header(name, "below") + w.entry(["k"], _value(w, 1))
    return text + w.lines()


def _value(w: Writer, depth: int) -> str:
    kind = w.one(["scalar", "scalar", "array", "inline"]) if depth else "scalar"
    match kind:
        case "array":
            count = w.draw(st.integers(0, 5))
            return w.array([_value(w, depth - 1) for _ in range(count)])
        case "inline":
            keys = w.draw(st.lists(st.sampled_from("zyxw"), unique=True, max_size=3))
            pairs = [w.pair([key], _value(w, depth - 1)) for key in keys]
            return w.inline(pairs, broken=w.seldom())
        case _:
            return w.one(_SCALARS)
