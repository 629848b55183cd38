"""The circuit: when it opens, probes and closes, on every ground it may stand on."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable

import circuitbreaker
import pytest

from askpro.errors import (
    BookingConflict,
    BudgetSpent,
    CalcomFault,
    CalcomNotFound,
    CalcomRateLimited,
    CalcomRejected,
    CalcomUnauthorized,
    CalcomUnavailable,
    CalcomUnreachable,
    CalcomUnreadable,
    CircuitOpen,
    SlotTaken,
)
from askpro.guards.breaker import SharedCircuitBreaker
from askpro.guards.circuits import Circuits, circuit_name
from askpro.guards.permits import CircuitRules, Settlement
from tests.guards.conftest import Ground

Make = Callable[..., Circuits]


class Calendar:
    """Cal.com's sending place: does what it is told, and knows how often it was asked."""

    def __init__(self, circuits: Circuits, name: str = "calcom_api") -> None:
        self.asked = 0
        self.answer: object = "slots"
        self.circuits = circuits
        self.name = name
        self.send = circuits.of(name)(self._send)

    def _send(self, kind: str = "read") -> object:
        self.asked += 1
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    def fail(self, times: int = 1, error: BaseException | None = None) -> None:
        self._meet(error or CalcomUnreachable(), times)

    def succeed(self, times: int = 1) -> None:
        self.answer = "slots"
        for _ in range(times):
            assert self.send(kind="read") == "slots"

    def _meet(self, error: BaseException, times: int) -> None:
        self.answer = error
        for _ in range(times):
            with pytest.raises(type(error)):
                self.send(kind="read")
        self.answer = "slots"

    @property
    def state(self) -> str:
        return str(self.circuits.status(self.name)[0]["state"])


@pytest.fixture
def calendar(circuits: Make) -> Calendar:
    return Calendar(circuits())


def test_the_fifth_failure_in_a_row_opens_it(calendar: Calendar):
    calendar.fail(4)
    assert calendar.state == "closed"
    calendar.fail()
    assert calendar.state == "open"


def test_a_success_in_between_starts_the_count_again(calendar: Calendar):
    calendar.fail(4)
    calendar.succeed()
    calendar.fail(4)
    assert calendar.state == "closed"


def test_an_open_circuit_lets_nothing_leave_and_says_for_how_long(calendar: Calendar):
    calendar.fail(5)
    with pytest.raises(CircuitOpen) as refused:
        calendar.send(kind="write")
    assert calendar.asked == 5
    assert refused.value.retry_seconds == 1
    assert refused.value.maybe_done is False


@pytest.mark.parametrize(
    "fault",
    [
        CalcomUnreachable(),
        CalcomUnavailable(http_status=503),
        CalcomUnreadable(),
        CalcomUnauthorized(http_status=401),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_every_fault_of_the_calendar_counts(circuits: Make, fault: CalcomFault):
    calendar = Calendar(circuits(failures=2))
    calendar.fail(2, fault)
    assert calendar.state == "open"


def test_too_many_requests_count_as_failures_and_block_the_account(circuits: Make):
    calendar = Calendar(circuits())
    calendar.fail(1, CalcomRateLimited(reset_seconds=30))
    assert calendar.circuits.status()[0]["failure_count"] == 1
    with pytest.raises(BudgetSpent) as refused:
        calendar.send(kind="write")
    assert 28 <= refused.value.retry_seconds <= 30


@pytest.mark.parametrize(
    "answer",
    [SlotTaken(), BookingConflict(), CalcomNotFound(http_status=404), CalcomRejected()],
    ids=lambda answer: type(answer).__name__,
)
def test_a_hundred_business_answers_do_not_open_it(circuits: Make, answer: Exception):
    calendar = Calendar(circuits(requests=1000))
    calendar.fail(100, answer)
    assert calendar.state == "closed"


def test_a_404_between_timeouts_does_not_reset_the_count(calendar: Calendar):
    calendar.fail(4)
    calendar.fail(1, CalcomNotFound(http_status=404))
    calendar.fail(1)
    assert calendar.state == "open"


def test_an_error_of_our_own_counts_for_nothing(calendar: Calendar):
    calendar.fail(4)
    calendar.fail(9, ZeroDivisionError())
    assert calendar.circuits.status()[0]["failure_count"] == 4


def test_two_successful_probes_close_it(ground: Ground, calendar: Calendar):
    calendar.fail(5)
    ground.wait(0.35)
    calendar.succeed()
    assert calendar.state == "half_open"
    calendar.succeed()
    assert calendar.state == "closed"
    calendar.fail(4)
    assert calendar.state == "closed"


def test_a_failed_probe_opens_it_again(ground: Ground, calendar: Calendar):
    calendar.fail(5)
    ground.wait(0.35)
    calendar.succeed()
    calendar.fail()
    with pytest.raises(CircuitOpen):
        calendar.send(kind="read")


def test_a_business_answer_to_a_probe_neither_closes_nor_opens_it(
    ground: Ground, calendar: Calendar
):
    calendar.fail(5)
    ground.wait(0.35)
    calendar.fail(3, SlotTaken())
    assert calendar.state == "half_open"
    calendar.succeed(2)
    assert calendar.state == "closed"


def test_one_of_fifty_is_let_through_to_probe(ground: Ground, circuits: Make):
    office = circuits()
    for _ in range(5):
        office.settle(office.acquire("calcom_api", "read"), Settlement("failure"))
    ground.wait(0.35)
    through, refused = [], []
    start = threading.Barrier(50)

    def try_it() -> None:
        start.wait()
        try:
            through.append(office.acquire("calcom_api", "read"))
        except CircuitOpen:
            refused.append(1)

    threads = [threading.Thread(target=try_it) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(through), len(refused)) == (1, 49)


def test_a_probe_whose_worker_died_gives_way_after_its_lease(ground: Ground, circuits: Make):
    office = circuits(lease_seconds=0.3)
    for _ in range(5):
        office.settle(office.acquire("calcom_api", "read"), Settlement("failure"))
    ground.wait(0.35)
    lost = office.acquire("calcom_api", "read")
    with pytest.raises(CircuitOpen):
        office.acquire("calcom_api", "read")
    ground.wait(0.35)
    office.settle(office.acquire("calcom_api", "read"), Settlement("success"))
    # The dead one was not dead, only slow: its result comes too late to count.
    office.settle(lost, Settlement("success"))
    assert office.status()[0]["success_count"] == 1


def test_a_late_success_from_before_the_opening_closes_nothing(circuits: Make):
    office = circuits()
    slow = office.acquire("calcom_api", "read")
    for _ in range(5):
        office.settle(office.acquire("calcom_api", "read"), Settlement("failure"))
    office.settle(slow, Settlement("success"))
    assert office.status()[0]["state"] == "open"


def test_a_late_failure_from_before_the_opening_does_not_prolong_it(ground: Ground, circuits: Make):
    office = circuits()
    slow = [office.acquire("calcom_api", "read") for _ in range(9)]
    for permit in slow[:5]:
        office.settle(permit, Settlement("failure"))
    ground.wait(0.2)
    for permit in slow[5:]:
        office.settle(permit, Settlement("failure"))
    ground.wait(0.15)
    assert office.acquire("calcom_api", "read").probe


def test_one_companys_key_stops_only_that_company(circuits: Make):
    office = circuits()
    wrong_key, platform = Calendar(office, circuit_name(20)), Calendar(office)
    wrong_key.fail(5, CalcomUnauthorized(http_status=401))
    assert wrong_key.name == "calcom_api:20"
    assert wrong_key.state == "open"
    platform.succeed()


def test_the_status_says_what_operators_are_used_to(calendar: Calendar):
    calendar.fail(5)
    [status] = calendar.circuits.status()
    opened_at = status.pop("opened_at")
    assert status == {
        "service": "calcom_api",
        "state": "open",
        "failure_count": 5,
        "failure_threshold": 5,
        "success_count": 0,
        "seconds_until_retry": 1,
    }
    assert opened_at.startswith("2026-")


def test_a_reset_closes_it_at_once(calendar: Calendar):
    calendar.fail(5)
    [status] = calendar.circuits.reset("calcom_api")
    assert (status["state"], status["failure_count"]) == ("closed", 0)
    calendar.succeed()


def test_a_reset_of_everything_closes_every_circuit(circuits: Make):
    office = circuits(failures=1)
    Calendar(office).fail()
    Calendar(office, "calcom_api:20").fail()
    assert [each["state"] for each in office.reset()] == ["closed", "closed"]


def test_an_operator_can_open_it_and_let_it_probe_early(circuits: Make):
    calendar = Calendar(circuits(open_seconds=60))
    calendar.circuits.force_open("calcom_api", why="maintenance")
    with pytest.raises(CircuitOpen):
        calendar.send(kind="read")
    calendar.circuits.probe("calcom_api")
    calendar.succeed(2)
    assert calendar.state == "closed"


def test_every_transition_is_told_once_and_kept(ground: Ground, circuits: Make, caplog):
    office = circuits(failures=2)
    heard: list[tuple[str, str, str]] = []
    office.on_transition(lambda change: heard.append((change.before, change.after, change.why)))
    calendar = Calendar(office)
    with caplog.at_level("INFO", logger="askpro.guards.circuits"):
        calendar.fail(2, CalcomUnavailable())
        ground.wait(0.35)
        calendar.succeed(2)
    assert heard == [
        ("closed", "open", "CalcomUnavailable"),
        ("open", "half_open", ""),
        ("half_open", "closed", ""),
    ]
    assert len(caplog.records) == 3
    assert [event.after for event in office.events()] == ["closed", "half_open", "open"]
    assert office.events()[-1].failures == 2


def test_a_listener_that_fails_costs_nobody_an_answer(circuits: Make, caplog):
    office = circuits(failures=1)
    office.on_transition(lambda change: 1 / 0)
    Calendar(office).fail()
    assert "A listener of the guards failed" in caplog.text


def test_the_latest_outcomes_are_kept_for_the_dashboard(circuits: Make):
    calendar = Calendar(circuits())
    calendar.succeed()
    calendar.fail(1, SlotTaken())
    calendar.fail(1, CalcomUnavailable())
    outcomes = calendar.circuits.outcomes()
    assert [(each["outcome"], each["why"]) for each in outcomes] == [
        ("failure", "CalcomUnavailable"),
        ("answer", "SlotTaken"),
        ("success", ""),
    ]
    assert all(each["at_ms"] > 1_700_000_000_000 for each in outcomes)


# What the stock class gets wrong, one by one (circuitbreaker 2.1.3).


def test_with_blocks_when_it_is_open(circuits: Make):
    office = circuits(failures=1)
    breaker = office.of("calcom_api")
    with pytest.raises(CalcomUnreachable), breaker:
        raise CalcomUnreachable
    with pytest.raises(CircuitOpen), breaker:
        raise AssertionError("entered an open circuit")
    assert office.status()[0]["state"] == "open"


def test_with_may_be_nested(circuits: Make):
    office = circuits()
    with office.of("calcom_api") as outer, office.of("calcom_api:20") as inner:
        assert (outer.circuit, inner.circuit) == ("calcom_api", "calcom_api:20")
    assert [each["state"] for each in office.status()] == ["closed", "closed"]


@pytest.mark.parametrize("ending", [SystemExit, GeneratorExit, KeyboardInterrupt])
def test_the_end_of_a_process_is_no_success(circuits: Make, ending: type[BaseException]):
    calendar = Calendar(circuits())
    calendar.fail(4)
    calendar.fail(1, ending())
    assert calendar.circuits.status()[0]["failure_count"] == 4


def test_a_cancelled_task_is_no_success(circuits: Make):
    office = circuits()
    Calendar(office).fail(4)

    @office.of("calcom_api")
    async def slots() -> None:
        await asyncio.sleep(30)

    async def cancelled() -> None:
        task = asyncio.create_task(slots())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert office.status()[0]["failure_count"] == 4


def test_a_grandchild_keeps_what_counts_as_failure(circuits: Make):
    class Patient(SharedCircuitBreaker):
        FAILURES = (TimeoutError,)

    class MorePatient(Patient):
        """Says nothing of its own."""

    office = circuits(failures=1)
    breaker = MorePatient("calcom_api", office)
    assert breaker.classify(TimeoutError()) == "failure"
    assert breaker.classify(CalcomUnreachable()) == "neutral"


def test_zero_is_no_silent_default():
    with pytest.raises(ValueError, match="counts from 1"):
        CircuitRules(failures=0)
    assert CircuitRules(open_seconds=0).open_seconds == 0


def test_there_is_one_breaker_per_circuit(circuits: Make):
    office = circuits()
    assert office.of("calcom_api") is office.of("calcom_api")


def test_generators_and_coroutines_are_guarded_alike(circuits: Make):
    office = circuits(failures=3)
    breaker = office.of("calcom_api")

    @breaker
    def pages():
        yield 1
        raise CalcomUnreachable

    @breaker
    async def slot():
        raise CalcomUnreachable

    @breaker
    async def slots():
        yield 1
        raise CalcomUnreachable

    async def all_slots() -> list[int]:
        return [each async for each in slots()]

    with pytest.raises(CalcomUnreachable):
        list(pages())
    with pytest.raises(CalcomUnreachable):
        asyncio.run(slot())
    with pytest.raises(CalcomUnreachable):
        asyncio.run(all_slots())
    for refused in (lambda: list(pages()), lambda: asyncio.run(slot())):
        with pytest.raises(CircuitOpen):
            refused()


def test_a_generator_that_is_not_read_to_its_end_is_no_success(circuits: Make):
    office = circuits()
    Calendar(office).fail(4)

    @office.of("calcom_api")
    def pages():
        yield 1
        yield 2

    next(unfinished := pages())
    unfinished.close()
    assert office.status()[0]["failure_count"] == 4


def test_what_is_inherited_still_works(circuits: Make):
    office = circuits(failures=1)
    breaker = office.of("calcom_api")

    @breaker
    def slots(day: str) -> str:
        """Free slots."""
        return day

    assert slots("monday") == "monday"
    assert slots.__doc__ == "Free slots."
    assert breaker.closed
    breaker.reset()
    office.force_open("calcom_api")
    assert breaker.opened
    assert breaker.open_remaining == 1
    assert circuitbreaker.CircuitBreakerMonitor.get("calcom_api") is breaker


def test_the_stock_class_still_has_what_ours_overrides():
    """Pinned at 2.1.3: a new release must be read before it is used."""
    stock = circuitbreaker.CircuitBreaker
    for name in ("call", "call_generator", "call_async", "call_async_generator"):
        assert "func" in inspect.signature(getattr(stock, name)).parameters
    for name in ("_decorate_sync", "_decorate_async", "decorate", "reset", "__enter__"):
        assert callable(getattr(stock, name))
    for name in ("state", "open_remaining", "failure_count", "opened", "closed"):
        assert isinstance(getattr(stock, name), property)
