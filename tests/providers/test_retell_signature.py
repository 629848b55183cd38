"""Retell's signature, checked against its own SDK as well."""

import json
import time
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpro.providers.retell_signature import replay_key, sign, verify

NOW = 1_792_480_320_000
KEY = "key_0123456789abcdef"
BODY = '{"event":"call_ended","text":"schön"}'.encode()


def test_it_names_the_key_that_signed() -> None:
    header = sign(BODY, KEY, NOW)
    assert verify(BODY, ["other", KEY], header, NOW) == KEY
    assert verify(BODY, [KEY, "other"], header, NOW) == KEY
    assert verify(BODY, ["other"], header, NOW) is None
    assert verify(BODY, [], header, NOW) is None


@pytest.fixture(scope="module")
def sdk() -> SimpleNamespace:
    """Retell's own; a second of importing, for those processes only that run these tests."""
    from retell import Retell
    from retell.lib.webhook_auth import symmetric

    return SimpleNamespace(sign=symmetric["sign"], client=Retell)


def test_it_agrees_with_the_vector_of_retells_sdk(sdk: SimpleNamespace) -> None:
    header = sign(b'{"event":"call_ended"}', "test-api-key", 1_700_000_000_000)
    assert header.startswith("v=1700000000000,d=07024cab")
    assert header == sdk.sign('{"event":"call_ended"}', "test-api-key", 1_700_000_000_000)


@settings(deadline=None, max_examples=30)
@given(st.text(max_size=200), st.text(min_size=1, max_size=60))
def test_it_signs_and_verifies_like_retells_sdk(sdk: SimpleNamespace, body: str, key: str) -> None:
    now = int(time.time() * 1000)
    raw = body.encode()
    theirs = sdk.sign(body, key, now)
    assert sign(raw, key, now) == theirs
    assert verify(raw, [key], theirs, now) == key
    assert sdk.client(api_key=key).verify(body, key, sign(raw, key, now)) is True


@pytest.mark.parametrize("milliseconds", [300_000, -300_000, 0])
def test_it_accepts_five_minutes_either_way(milliseconds: int) -> None:
    assert verify(BODY, [KEY], sign(BODY, KEY, NOW + milliseconds), NOW) == KEY


@pytest.mark.parametrize("milliseconds", [300_001, -300_001, 86_400_000])
def test_it_refuses_an_older_or_younger_stamp(milliseconds: int) -> None:
    assert verify(BODY, [KEY], sign(BODY, KEY, NOW + milliseconds), NOW) is None


def test_the_tolerance_can_be_set() -> None:
    header = sign(BODY, KEY, NOW - 2_000)
    assert verify(BODY, [KEY], header, NOW, tolerance_ms=1_000) is None
    assert verify(BODY, [KEY], header, NOW, tolerance_ms=3_000) == KEY


def test_a_body_that_was_written_again_does_not_verify() -> None:
    again = json.dumps(json.loads(BODY)).encode()
    assert verify(again, [KEY], sign(BODY, KEY, NOW), NOW) is None


def test_an_empty_key_is_no_key() -> None:
    assert verify(BODY, ["", KEY], sign(BODY, "", NOW), NOW) is None


def test_a_body_cannot_lend_a_digit_to_the_stamp() -> None:
    """Body ``1`` with stamp ``7000…`` signs the same bytes as an empty body with ``17000…``."""
    stamp = str(NOW)
    digest = sign(b"", KEY, NOW).partition("d=")[2]
    assert verify(stamp[:1].encode(), [KEY], f"v={stamp[1:]},d={digest}", NOW) is None


GOOD = sign(BODY, KEY, NOW)
DIGEST = GOOD.partition("d=")[2]


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "v=,d=",
        b"bytes",
        17,
        f"v={'1' * 5000},d={DIGEST}",
        f"v={NOW},d={DIGEST.upper()}",
        f"V={NOW},D={DIGEST}",
        f" {GOOD}",
        f"{GOOD} ",
        f"{GOOD}\n",
        f"{GOOD},d={DIGEST}",
        f"v={NOW}, d={DIGEST}",
        f"d={DIGEST},v={NOW}",
        f"v=-{NOW},d={DIGEST}",
        f"v={NOW}.0,d={DIGEST}",
        f"v=١٧٩٢٤٨٠٣٢٠٠٠٠,d={DIGEST}",
        f"v={NOW},d={DIGEST[:-1]}",
        f"v={NOW},d={DIGEST}0",
        "v=" + "9" * 13 + ",d=" + DIGEST,
    ],
)
def test_it_refuses_every_other_header_without_raising(header: object) -> None:
    assert verify(BODY, [KEY], header, NOW) is None  # type: ignore[arg-type]


@settings(deadline=None)
@given(position=st.integers(0, len(BODY) - 1), bit=st.integers(0, 7))
def test_one_flipped_bit_of_the_body_is_enough(position: int, bit: int) -> None:
    forged = bytearray(BODY)
    forged[position] ^= 1 << bit
    assert verify(bytes(forged), [KEY], GOOD, NOW) is None


@settings(deadline=None)
@given(st.binary(max_size=200), st.text(max_size=150))
def test_no_body_and_header_raise(raw: bytes, header: str) -> None:
    assert verify(raw, [KEY], header, NOW) is None


def test_a_replay_has_the_same_name_and_another_request_another() -> None:
    other = sign(BODY, KEY, NOW + 1)
    assert replay_key(GOOD) == replay_key(str(GOOD))
    assert replay_key(GOOD) != replay_key(other)
    assert DIGEST not in (replay_key(GOOD) or "")
    assert replay_key(None) is None
    assert replay_key("nonsense") is None
