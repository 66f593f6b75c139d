"""A document as a picture, for pages that cannot show a terminal."""

from __future__ import annotations

import io

from rich.cells import cell_len
from rich.console import Console

from ghstate.report.document import Document
from ghstate.report.terminal import to_text


def to_svg(document: Document, title: str) -> str:
    """A picture of the document in a terminal that is just wide enough.

    The same document gives the same picture.
    """
    text = to_text(document)
    console = Console(
        file=io.StringIO(),
        record=True,
        width=max(cell_len(line) for line in text.plain.splitlines()),
        force_terminal=True,
        color_system="truecolor",
        no_color=False,
        highlight=False,
        legacy_windows=False,
    )
    console.print(text, end="")
    return console.export_svg(title=title, unique_id="ghstate")
