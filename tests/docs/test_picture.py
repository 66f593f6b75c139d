"""The picture in the README is what the program draws today."""

from __future__ import annotations

from tests.docs.pages import README, links
from tests.pictures import PICTURE, picture


def test_the_picture_is_current() -> None:
    drawn = picture()

    assert PICTURE.read_text("utf-8") == drawn, "run python -m tests.pictures"


def test_the_readme_shows_the_picture() -> None:
    assert any((README.parent / link).resolve() == PICTURE for link in links(README))
