import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghstate.sandbox.slugs import slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("My TEam Näme", "my-team-name"),
        ("k8s.io-admins", "k8s-io-admins"),
        ("kubernetes/sig-apps", "kubernetes-sig-apps"),
        ("Monkeys & Bananas", "monkeys-bananas"),
        ("snake_case", "snake_case"),
        ("  (edges)  ", "edges"),
        ("Ünïcödé", "unicode"),
        ("!!!", ""),
    ],
)
def test_t45_a_slug_is_made_of_the_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@given(st.text(max_size=40))
def test_the_slug_of_a_slug_is_itself(name: str) -> None:
    assert slug_of(slug_of(name)) == slug_of(name)
