"""A state in S3 when requests go wrong, and on servers that are not what they seem."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ghstate.errors import (
    StateConflict,
    StateError,
    StateLocked,
    StateUnreadable,
    StateUnwritable,
)
from ghstate.ports import GENERATIONS, Store
from ghstate.store import s3_client
from ghstate.store.opening import open_store
from ghstate.store.s3_client import connect
from tests.store import s3_server
from tests.store.holding import holder
from tests.store.openers import STORES
from tests.store.s3_played import CANARY, Mischief, Played, playing, refusal

PLACE = "s3://bucket/acme/state.json"
KEY = "acme/state.json"
UNSAFE = "so it cannot keep a state safely"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Nothing of the machine's own settings, and credentials that are watched for."""
    for variable in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", f"AKIA{CANARY}")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", f"secret-{CANARY}")
    s3_client.session.cache_clear()
    yield monkeypatch
    s3_client.session.cache_clear()


@pytest.fixture
def played(environment: pytest.MonkeyPatch) -> Iterator[Played]:
    with playing() as (server, address):
        environment.setenv("AWS_ENDPOINT_URL_S3", address)
        yield server


@pytest.fixture
def store(played: Played, tmp_path: Path) -> Store:
    return opened(tmp_path)


def opened(directory: Path) -> Store:
    path = directory / ".ghstate" / "state.json"
    return open_store(path, PLACE, organization="acme", environ={})


def content(store: Store) -> bytes | None:
    stored = store.read()
    return stored.content if stored else None


HAPPENED = (
    Mischief.ANSWER_LOST,
    Mischief.ANSWERED_500,
    Mischief.SENT_TWICE,
    Mischief.FAILED_503,
)
"""After these the store finds out what became of its writing, or writes again."""


@pytest.mark.parametrize("mischief", HAPPENED)
@pytest.mark.parametrize("key", ["state.json", ".generations/00000001"])
def test_a_writing_whose_answer_is_lost_is_looked_for_before_it_is_said_to_have_failed(
    store: Store, played: Played, tmp_path: Path, mischief: Mischief, key: str
) -> None:
    played.of_the_key = key
    played.coming = [mischief, mischief] if key == "state.json" else [mischief]
    first = store.write(b"one", replacing=None)
    store.write(b"two", replacing=first)
    assert played.coming == []
    assert content(opened(tmp_path)) == b"two"
    (kept,) = store.generations()
    assert store.generation(kept.name) == b"one"


@pytest.mark.parametrize("mischief", HAPPENED)
def test_every_step_of_a_journal_survives_a_lost_answer(
    store: Store, played: Played, tmp_path: Path, mischief: Mischief
) -> None:
    played.coming = [mischief]
    store.journal.begin(b"began\n")
    played.coming.append(mischief)
    store.journal.append(b"doing\n")
    assert opened(tmp_path).journal.read() == b"began\ndoing\n"
    played.coming.append(mischief)
    store.journal.end()
    assert played.coming == []
    assert opened(tmp_path).journal.read() is None


@pytest.mark.parametrize("mischief", HAPPENED)
def test_a_lock_is_taken_and_given_back_once_whatever_the_answers(
    store: Store, played: Played, tmp_path: Path, mischief: Mischief
) -> None:
    played.coming = [mischief] * 2
    with store.lock(holder("b41c")) as lock:
        assert lock.still_held()
        assert opened(tmp_path).holder() == holder("b41c")
    assert played.coming == []
    assert opened(tmp_path).holder() is None


def test_somebody_who_came_first_is_a_conflict_also_when_the_answer_is_lost(
    store: Store, played: Played, tmp_path: Path
) -> None:
    first = store.write(b"one", replacing=None)
    played.of_the_key, played.coming = "state.json", [Mischief.OVERTAKEN]
    with pytest.raises(StateConflict):
        store.write(b"two", replacing=first)
    assert content(opened(tmp_path)) == b"somebody else's"


def test_409_is_a_lost_race_as_412_is(store: Store, played: Played) -> None:
    first = store.write(b"one", replacing=None)
    played.of_the_key, played.coming = "state.json", [Mischief.CONFLICT_409]
    with pytest.raises(StateConflict):
        store.write(b"two", replacing=first)
    played.of_the_key, played.coming = ".lock", [Mischief.CONFLICT_409]
    with pytest.raises(StateLocked), store.lock(holder()):
        pytest.fail("a lock that was not given")
    played.coming = [Mischief.CONFLICT_409]
    with store.lock(holder(), timeout=5) as lock:
        assert lock.still_held()


def test_a_state_that_was_removed_meanwhile_is_a_conflict(
    store: Store, played: Played
) -> None:
    first = store.write(b"one", replacing=None)
    played.of_the_key, played.coming = "state.json", [Mischief.REMOVED]
    with pytest.raises(StateConflict):
        store.write(b"two", replacing=first)


def test_a_server_that_keeps_failing_is_an_error_that_does_not_claim_to_know(
    store: Store, played: Played
) -> None:
    first = store.write(b"one", replacing=None)
    played.of_the_key, played.coming = "state.json", [Mischief.FAILED_503] * 3
    with pytest.raises(StateUnwritable) as caught:
        store.write(b"two", replacing=first)
    assert str(caught.value) == (
        f"{PLACE}: the state could not be written for certain: "
        "the server says 503 SlowDown"
    )
    assert content(store) == b"one"
    assert content_of_generations(store) == []
    store.write(b"two", replacing=first)
    assert content_of_generations(store) == [b"one"]


def content_of_generations(store: Store) -> list[bytes]:
    return [store.generation(kept.name) for kept in store.generations()]


def test_a_journal_goes_on_after_a_record_of_which_nothing_is_known(
    store: Store, played: Played, tmp_path: Path
) -> None:
    store.journal.begin(b"began\n")
    for mischief in (Mischief.FAILED_503, Mischief.ANSWERED_500):
        played.coming = [mischief]
        played.failing_reads = 3
        with pytest.raises(StateUnwritable):
            store.journal.append(b"lost\n")
        played.failing_reads = 0
    store.journal.append(b"doing\n")
    assert opened(tmp_path).journal.read() == b"began\ndoing\n"
    played.coming, played.failing_reads = [Mischief.ANSWERED_500], 3
    with pytest.raises(StateUnwritable):
        store.journal.append(b"lost\n")
    played.failing_reads = 0
    opened(tmp_path).journal.begin(b"another\n")
    with pytest.raises(StateConflict):
        store.journal.append(b"doing\n")


def test_reading_is_tried_again(store: Store, played: Played) -> None:
    store.write(b"one", replacing=None)
    played.failing_reads = 2
    assert content(store) == b"one"
    played.failing_reads = 3
    with pytest.raises(StateUnreadable, match="500 InternalError"):
        store.read()


def test_a_lock_that_could_not_be_given_back_is_told(
    store: Store, played: Played
) -> None:
    def work() -> None:
        with store.lock(holder()):
            played.coming = [Mischief.FORBIDDEN]

    with pytest.raises(StateUnwritable, match="access is denied"):
        work()
    assert store.holder() == holder()


def test_what_went_wrong_under_a_lock_is_told_before_what_goes_wrong_after(
    store: Store, played: Played
) -> None:
    def work() -> None:
        with store.lock(holder()):
            played.coming = [Mischief.FORBIDDEN]
            raise KeyError

    with pytest.raises(KeyError):
        work()


def test_a_lock_that_is_given_back_while_it_is_forced_open_is_nobodys(
    store: Store, played: Played, tmp_path: Path
) -> None:
    with store.lock(holder("b41c")):
        played.coming = [Mischief.CONFLICT_409]
        with pytest.raises(StateError, match="nobody holds the lock"):
            opened(tmp_path).break_lock("b41c")


def test_there_is_an_end_to_a_journal(
    store: Store, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.journal.begin(b"began\n")
    monkeypatch.setattr("ghstate.store.s3_journal.LIMIT", 10)
    with pytest.raises(StateUnwritable, match="larger than"):
        store.journal.append(b"doing\n")
    assert store.journal.read() == b"began\n"


def test_a_lock_whose_server_is_gone_is_not_held(store: Store, played: Played) -> None:
    with store.lock(holder()) as lock:
        played.failing_reads = 3
        assert not lock.still_held()
        played.failing_reads = 3
        assert store.holder() is None


@pytest.mark.parametrize(
    ("ignored", "words"),
    [
        ({"if-none-match"}, "If-None-Match"),
        ({"if-match"}, "If-Match"),
        ({"if-match", "if-none-match"}, "If-None-Match"),
    ],
)
def test_d1_a_server_that_ignores_conditions_is_not_trusted(
    store: Store, played: Played, ignored: set[str], words: str
) -> None:
    played.ignored = frozenset(ignored)
    refused: tuple[Callable[[], object], ...] = (
        lambda: store.write(b"one", replacing=None),
        lambda: store.lock(holder()).__enter__(),
        lambda: store.journal.begin(b"began\n"),
    )
    for attempt in refused:
        with pytest.raises(StateError) as caught:
            attempt()
        assert str(caught.value) == f"{PLACE}: this server ignores {words}, {UNSAFE}"
        assert "docs/stores.md" in caught.value.hint
        assert played.things == {}


def test_d1_a_server_without_conditions_or_without_steady_tags_is_not_trusted(
    store: Store, played: Played
) -> None:
    played.knows_conditions = False
    with pytest.raises(StateError, match=r"ignores conditional writes, so it cannot"):
        store.write(b"one", replacing=None)
    played.knows_conditions, played.knows_its_tags = True, False
    with pytest.raises(StateError, match=f"its own ETag again, {UNSAFE}"):
        store.write(b"one", replacing=None)
    assert played.things == {}


def test_a_server_is_tried_once_in_a_process(
    store: Store, played: Played, tmp_path: Path
) -> None:
    store.write(b"one", replacing=None)
    asked = len(played.asked)
    opened(tmp_path).journal.begin(b"began\n")
    assert not [each for each in played.asked[asked:] if ".probe-" in each]
    assert played.things.keys() == {KEY, f"{KEY}.journal"}


def test_what_stands_in_place_of_the_lock_is_not_removed_by_guessing(
    store: Store, played: Played
) -> None:
    store.write(b"one", replacing=None)
    connect().put_object(Bucket="bucket", Key=f"{KEY}.lock", Body=b"what?")
    assert store.holder() is None
    with pytest.raises(StateLocked, match="left no note"), store.lock(holder()):
        pytest.fail("that is somebody's")
    with pytest.raises(StateError, match="no lock of ghstate's") as caught:
        store.break_lock("b41c")
    assert ".lock" in caught.value.hint


def test_more_than_a_state_can_have_is_not_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(b"\0" * 100, replacing=None)
    monkeypatch.setattr("ghstate.store.s3.LIMIT", 99)
    with pytest.raises(StateUnreadable, match="larger than"):
        store.read()
    with pytest.raises(StateUnwritable, match="larger than"):
        store.write(b"\0" * 100, replacing=None)


def test_generations_that_may_not_be_removed_do_no_harm(
    store: Store, played: Played
) -> None:
    revision = None
    for number in range(GENERATIONS + 3):
        revision = store.write(b"%d" % number, replacing=revision)
    played.things[f"{KEY}.generations/zzz"] = played.things[KEY]
    for extra in range(1, 3):
        name = f"{KEY}.generations/{extra:08}"
        played.things[name] = played.things[KEY]
    assert len(store.generations()) == GENERATIONS
    assert content_of_generations(store)[0] == b"11"
    store.write(b"more", replacing=revision)
    assert len(played.things) == 1 + GENERATIONS + 1


@pytest.mark.parametrize(
    ("break_it", "expected"),
    [
        (("AWS_ACCESS_KEY_ID", ""), "there are no AWS credentials"),
        (("AWS_PROFILE", "nobody"), "there are no AWS credentials"),
        (("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1"), "the server does not answer"),
        (("AWS_ENDPOINT_URL_S3", "no address"), "boto3 cannot begin"),
    ],
    ids=["no key", "no profile", "no server", "no address"],
)
def test_what_cannot_begin_is_told_with_a_way_out(
    environment: pytest.MonkeyPatch,
    played: Played,
    tmp_path: Path,
    break_it: tuple[str, str],
    expected: str,
) -> None:
    variable, value = break_it
    if variable == "AWS_ACCESS_KEY_ID":
        environment.delenv("AWS_ACCESS_KEY_ID")
        environment.delenv("AWS_SECRET_ACCESS_KEY")
    else:
        environment.setenv(variable, value)
    s3_client.session.cache_clear()
    store = opened(tmp_path)
    for attempt in (store.read, lambda: store.write(b"one", replacing=None)):
        with pytest.raises(StateError, match=expected) as caught:
            attempt()
        assert str(caught.value).startswith(f"{PLACE}: ")
        assert caught.value.hint


CODES = {
    (403, "AccessDenied"): "access is denied (AccessDenied)",
    (403, "InvalidAccessKeyId"): "the credentials are not accepted",
    (400, "ExpiredToken"): "the credentials are not accepted (ExpiredToken)",
    (404, "NoSuchBucket"): "there is no such bucket",
    (400, "IllegalLocationConstraintException"): "the bucket is in another region",
    (400, "Evil\x1b[2J&lt;" + "x" * 999): "the server says 400 Evil2J",
}


@pytest.mark.parametrize(("answered", "expected"), CODES.items(), ids=range(len(CODES)))
def test_no_secret_is_ever_told(
    store: Store,
    played: Played,
    answered: tuple[int, str],
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = answered[1].replace("\x1b", "")
    monkeypatch.setattr(played, "answer", lambda *_: refusal(answered[0], code))
    attempts: tuple[Callable[[], object], ...] = (
        store.read,
        store.generations,
        store.journal.read,
        lambda: store.journal.begin(b"began\n"),
        lambda: store.lock(holder()).__enter__(),
        lambda: store.break_lock("b41c"),
    )
    for attempt in attempts:
        with pytest.raises(StateError) as caught:
            attempt()
        said = f"{caught.value} {caught.value.hint}"
        assert expected in said
        assert said.isprintable()
        assert len(said) < 400
        assert CANARY not in said


def test_credentials_are_in_no_error_however_closely_one_looks(
    played: Played, store: Store
) -> None:
    played.failing_reads = 9
    with pytest.raises(StateUnreadable) as caught:
        store.read()
    told = "".join(traceback.format_exception(caught.value))
    assert f"secret-{CANARY}" not in told
    assert f"AKIA{CANARY}" not in told


@pytest.mark.parametrize("condition", ["IfNoneMatch", "IfMatch"])
def test_the_real_server_lets_one_of_eight_writers_through(
    tmp_path: Path, condition: str
) -> None:
    """If it did not, nothing that the other tests show would be worth anything."""
    STORES["s3"](tmp_path)().write(b"so that the server is there", replacing=None)
    clients = [connect() for _ in range(8)]
    together = threading.Barrier(8)
    bucket = s3_server.BUCKET

    def write(number: int, key: str, given: str) -> bool:
        together.wait(timeout=20)
        try:
            clients[number].put_object(
                Bucket=bucket, Key=key, Body=b"by %d" % number, **{condition: given}
            )
        except s3_client.LIBRARY_ERRORS:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        for attempt in range(25):
            key = f"{tmp_path.name}/{attempt}"
            given = "*"
            if condition == "IfMatch":
                put = clients[0].put_object(Bucket=bucket, Key=key, Body=b"before")
                given = put["ETag"].strip('"')
            jobs = [pool.submit(write, number, key, given) for number in range(8)]
            through = [number for number, job in enumerate(jobs) if job.result()]
            (winner,) = through
            body = clients[0].get_object(Bucket=bucket, Key=key)["Body"]
            with body:
                assert body.read() == b"by %d" % winner
