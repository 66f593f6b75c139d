"""Laws of memory: what is counted of a person's invitations, read after read."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ghstate.engine.recollection import with_lock
from tests.laws.pasts import Event, Person, Recorder

SETTINGS = settings(max_examples=150, deadline=None)
SENT, ACCEPTED, DECLINED = Event.SENT, Event.ACCEPTED, Event.DECLINED
LEFT, RENAMED, EDITED = Event.LEFT, Event.RENAMED, Event.EDITED

NAMING = [Event.RENAMED, Event.EDITED]
STEADY = [Event.SENT, Event.SENT, *(each for each in Event if each not in NAMING)]
LIKELY = st.sampled_from(STEADY)
EVENTS = st.lists(LIKELY, max_size=16)
PEOPLE = st.builds(Person, by_mail=st.booleans())


@SETTINGS
@given(EVENTS, PEOPLE)
def test_what_came_to_nothing_since_they_were_a_member_is_counted_and_nothing_else(
    events: list[Event], person: Person
) -> None:
    recorder = Recorder(person)
    recorder.read()
    for event in events:
        person.meet(event)
        recorder.read()
        assert recorder.counted == person.lost


@SETTINGS
@given(st.lists(st.tuples(LIKELY, st.integers(1, 3)), max_size=16), PEOPLE)
def test_reading_more_often_counts_nothing_twice(
    events: list[tuple[Event, int]], person: Person
) -> None:
    often, once = Recorder(person), Recorder(person)
    often.read()
    once.read()
    for event, times in events:
        person.meet(event)
        once.read()
        for _ in range(times):
            often.read()
        assert often.state.past == once.state.past


@SETTINGS
@given(st.lists(st.tuples(LIKELY, st.booleans()), max_size=16), PEOPLE)
def test_what_nobody_read_is_counted_at_most_once_and_never_made_up(
    events: list[tuple[Event, bool]], person: Person
) -> None:
    """Whoever reads seldom knows less, and what they know is so."""
    recorder = Recorder(person)
    for event, reads in events:
        person.meet(event)
        if not reads:
            continue
        recorder.read()
        for past in recorder.state.past.values():
            assert past.invited == tuple(sorted({*past.invited}))
            assert {*past.forgiven} <= {*past.invited}
            assert {*past.invited} <= {1_001 + n for n in range(person.sent)}
        assert recorder.counted.isdisjoint({person.live})
        if person.is_member:
            assert not recorder.counted


@SETTINGS
@given(EVENTS, PEOPLE, st.integers(0, 16))
def test_a_reset_forgives_what_was_and_counts_what_comes(
    events: list[Event], person: Person, when: int
) -> None:
    recorder = Recorder(person)
    recorder.read()
    for n, event in enumerate(events):
        if n == when and person.live is None:
            recorder.reset()
            person.lost.clear()
        person.meet(event)
        recorder.read()
        assert recorder.counted == person.lost


# Where no state survives ---------------------------------------------------------


@SETTINGS
@given(st.lists(st.tuples(LIKELY, st.booleans()), max_size=16), PEOPLE)
def test_the_lock_file_carries_the_count_where_no_state_survives(
    events: list[tuple[Event, bool]], person: Person
) -> None:
    kept, carried = Recorder(person), Recorder(person)
    for recorder in (kept, carried):
        recorder.read()
    # GitHub's record of what failed before they joined counts anew without a state.
    recorded = False
    for event, moves in events:
        person.meet(event)
        recorded |= bool(person.failed)
        for recorder in (kept, carried):
            recorder.read()
        assert carried.counted >= kept.counted
        if not recorded:
            assert carried.counted == kept.counted
        if moves:
            carried.lose_the_state()


@SETTINGS
@given(st.lists(st.tuples(LIKELY, st.booleans()), max_size=16), PEOPLE)
@example(
    [(SENT, True), (ACCEPTED, False), (LEFT, False), (SENT, False)],
    Person(by_mail=False),
)
def test_an_old_lock_file_changes_nothing_of_the_count(
    events: list[tuple[Event, bool]], person: Person
) -> None:
    """Nor does it add to it what they accepted since."""
    recorder = Recorder(person)
    recorder.read()
    locked = recorder.lock()
    for event, locks in events:
        person.meet(event)
        recorder.state = with_lock(recorder.state, locked)
        recorder.read()
        assert recorder.counted == person.lost
        if locks:
            locked = recorder.lock()


@SETTINGS
@given(EVENTS, PEOPLE)
def test_a_lock_file_tells_its_own_state_nothing_new(
    events: list[Event], person: Person
) -> None:
    recorder = Recorder(person)
    recorder.read()
    for event in events:
        person.meet(event)
        recorder.read()
        locked = recorder.lock()
        told = with_lock(recorder.state, locked)
        assert told.past == recorder.state.past
        assert told.bindings == recorder.state.bindings
        assert with_lock(told, locked) == told


# Where somebody is called something else -------------------------------------------

NAMED = st.lists(st.sampled_from([*STEADY, *NAMING, *NAMING]), max_size=12)


@SETTINGS
@given(NAMED)
@example([SENT, RENAMED, DECLINED])
@example([SENT, RENAMED, DECLINED, EDITED])
def test_a_new_name_changes_nothing_of_the_count(events: list[Event]) -> None:
    person = Person(by_mail=False)
    recorder = Recorder(person)
    recorder.read()
    for event in events:
        person.meet(event)
        recorder.read()
        assert recorder.counted == person.lost


@SETTINGS
@given(NAMED)
@example([SENT, ACCEPTED, RENAMED])
def test_a_member_with_a_new_name_has_no_past(events: list[Event]) -> None:
    person = Person(by_mail=False)
    recorder = Recorder(person)
    recorder.read()
    for event in events:
        person.meet(event)
        recorder.read()
        if person.is_member:
            assert recorder.state.past == {}


@SETTINGS
@given(NAMED, st.integers(0, 12))
@example([SENT, DECLINED, SENT, DECLINED, SENT, RENAMED], 0)
def test_an_old_lock_file_takes_nothing_from_the_count_under_a_new_name(
    events: list[Event], when: int
) -> None:
    person = Person(by_mail=False)
    recorder = Recorder(person)
    recorder.read()
    locked = recorder.lock()
    for n, event in enumerate(events):
        person.meet(event)
        recorder.state = with_lock(recorder.state, locked)
        recorder.read()
        assert recorder.counted >= person.lost
        if n == when:
            locked = recorder.lock()
