"""Which service a caller means: by name, synonym and sound; unsure between several is a question.

Explicit words beat everything. A service that is not offered matches nothing: the default serves
only when none was named at all (rules.md §4). Knows no business: hairdresser, garage, practice and
law firm go through the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from askpro.booking.likeness import SAID_ANYWAY, is_covered, is_misheard, share
from askpro.booking.model import Service
from askpro.booking.service_words import Phrase, phrase

#: A question names no more than these.
MOST_CANDIDATES = 4
_ENUMERATION = re.compile(r"[,+&/]|\bund\b", re.IGNORECASE)
#: Share of the caller's words that a service must have in it to be worth asking about.
_WORTH_ASKING = 0.3
#: Whoever says less than this share of a name ("Föhnen" of "Waschen, Schneiden, Föhnen") is asked.
_SMALL_PART = 0.3
_ALL = 0.99
#: Share of the caller's words from which a service for other people may be meant as well.
_AS_WELL = 0.5


@dataclass(frozen=True)
class ServiceMatch:
    """``service`` is None when unsure or unknown; then ``candidates`` are worth asking about.

    ``exact`` is true when its very name or synonym was said, spelling and inflection aside.
    """

    service: Service | None = None
    candidates: tuple[Service, ...] = ()
    exact: bool = False


@dataclass(frozen=True)
class _Score:
    """How one service fits: shares of the caller's and of the label's letters in common."""

    service: Service
    said: float
    label: float
    leftover_near: bool


def match_service(spoken: str | None, services: Sequence[Service]) -> ServiceMatch:
    """The service meant by ``spoken`` among those of a branch.

    Nothing named gives no service and no candidates, as does a service that is not offered; the
    caller of this function knows which of both it was.
    """
    if not spoken or not spoken.strip() or not services:
        return ServiceMatch()
    said = phrase(spoken)
    if said.is_for_several:
        said = replace(said, people=())
    if not said.flat:
        return ServiceMatch()
    if said.is_people_only:
        return ServiceMatch(candidates=_for_people_only(said, services))
    for same in (_same_spelling, _same_words, _same_roots):
        found = _for_people(said, _where(services, said, same))
        if found:
            return _one_of(found, exact=True)
    return _ask_whom_it_is_for(_roughly(said, services), said, services)


def _roughly(said: Phrase, services: Sequence[Service]) -> ServiceMatch:
    """By sound, then by the words in common."""
    sounding = _for_people(said, _where(services, said, _same_sound))
    # "Braut" sounds like "Beratung", but these very letters begin "Brautfrisur".
    begun = _where(services, said, _is_begun) if sounding else ()
    if begun and not set(begun) & set(sounding):
        return _by_shared_words(said, begun)
    return _one_of(sounding) if sounding else _by_shared_words(said, services)


def _ask_whom_it_is_for(
    match: ServiceMatch, said: Phrase, services: Sequence[Service]
) -> ServiceMatch:
    """ "Haare schneiden" is no "Kinderhaarschnitt" where others have their hair cut as well."""
    if match.service is None or said.people or not _is_made_for_some(match.service):
        return match
    others = tuple(
        score.service
        for service in services
        if service != match.service
        and _is_made_for_some(service)
        and (score := _score(said, service))
        and score.said >= _AS_WELL
    )
    return ServiceMatch(candidates=(match.service, *others)[:MOST_CANDIDATES]) if others else match


def _is_made_for_some(service: Service) -> bool:
    return all(label.people for label in _labels(service))


def _one_of(found: tuple[Service, ...], *, exact: bool = False) -> ServiceMatch:
    if len(found) == 1:
        return ServiceMatch(found[0], exact=exact)
    return ServiceMatch(candidates=found[:MOST_CANDIDATES])


def default_service(services: Iterable[Service]) -> Service | None:
    """The one marked as default, else the lowest priority number; only what can be booked."""
    offered = [service for service in services if service.bookable]
    return min(offered, key=lambda s: (not s.is_default, s.priority, s.id), default=None)


# -- the whole name ---------------------------------------------------------------------------


def _same_spelling(said: Phrase, label: Phrase) -> bool:
    return said.written == label.written != ""


def _same_words(said: Phrase, label: Phrase) -> bool:
    return said.whole == label.whole


def _same_roots(said: Phrase, label: Phrase) -> bool:
    same = said.spelled == label.spelled or sorted(said.roots) == sorted(label.roots)
    return same and bool(set(said.people) & set(label.people) or not label.people)


def _same_sound(said: Phrase, label: Phrase) -> bool:
    """Misheard by a letter or two, or spelled differently but sounding the same."""
    if is_misheard(said.whole, label.whole):
        return True
    return _people_agree(said, label) and is_misheard(said.flat, label.flat)


def _is_begun(said: Phrase, label: Phrase) -> bool:
    """Whether every word of the caller begins a word of the label, letter by letter."""
    return all(
        len(root) > 3 and any(other.startswith(root) for other in label.roots)
        for root in said.roots
    )


def _where(
    services: Sequence[Service], said: Phrase, same: Callable[[Phrase, Phrase], bool]
) -> tuple[Service, ...]:
    return tuple(s for s in services if any(same(said, label) for label in _labels(s)))


# -- parts of it ------------------------------------------------------------------------------


def _by_shared_words(said: Phrase, services: Sequence[Service]) -> ServiceMatch:
    scores = [score for service in services if (score := _score(said, service))]
    if not scores:
        return ServiceMatch()
    best = max(score.said for score in scores)
    if best >= _ALL:
        # Every word of the caller is in these: "Haarschnitt" in Herren- and Damenhaarschnitt.
        having_all = [score for score in scores if score.said >= _ALL]
        whole = [score for score in having_all if score.label >= _ALL]
        found = _made_for(said, tuple(s.service for s in whole or having_all))
        largest = max(s.label for s in scores if s.service in found)
        if len(found) == 1 and largest >= _SMALL_PART and not _is_one_of_several(said, found[0]):
            return ServiceMatch(found[0])
        return ServiceMatch(candidates=found[:MOST_CANDIDATES])
    contained = [score for score in scores if score.label >= _ALL]
    if contained:
        # The caller said the whole name among other words.
        longest = max(score.said for score in contained)
        found = tuple(s.service for s in contained if s.said >= longest - 0.001)
        others = tuple(s.service for s in contained if s.service not in found)
        others += _for_the_rest(said, found + others, scores)
        near = any(s.leftover_near for s in contained if s.service in found)
        if len(found) == 1 and not others and not near:
            return ServiceMatch(found[0])
        others += _made_of(found + others, services)
        return ServiceMatch(candidates=_for_people(said, found + others)[:MOST_CANDIDATES])
    worth = tuple(s.service for s in scores if s.said >= max(_WORTH_ASKING, best - 0.1))
    # "Bart schneiden": the cuts have the longer word of it, the beard's service the other.
    found = _for_people(said, _for_the_rest(said, worth, scores) + worth)
    return ServiceMatch(candidates=found[:MOST_CANDIDATES])


def _made_of(found: Sequence[Service], services: Sequence[Service]) -> tuple[Service, ...]:
    """The composite services of which all parts were named, and nothing else."""
    named = {service.id for service in found}
    return tuple(s for s in services if s.bookable and len(s.parts) > 1 and set(s.parts) == named)


def _for_the_rest(
    said: Phrase, found: Sequence[Service], scores: Sequence[_Score]
) -> tuple[Service, ...]:
    """The services for those of the caller's words that the ones ``found`` do not have."""
    labels = [label for service in found for label in _labels(service)]
    rest = [root for root in said.roots if not any(is_covered(root, by) for by in labels)]
    return tuple(
        score.service
        for score in scores
        if score.service not in found
        and any(_begins_with(label, root) for label in _labels(score.service) for root in rest)
    )


def _begins_with(label: Phrase, root: str) -> bool:
    """Whether the label begins like the root, or one of its words does: "Bartpflege" for "Bart"
    and for "Bartschnitt", "Klassische Massagetherapie" for "Massage (mit Fango)"."""
    if len(root) <= 3:
        return False
    return label.roots[0][:4] == root[:4] or any(other.startswith(root) for other in label.roots)


def _is_one_of_several(said: Phrase, service: Service) -> bool:
    """Whether only some of an enumeration were said: "Waschen und Föhnen" of a service that cuts
    as well is another wish, or the same in short."""
    named = [text for text in (service.name, *service.synonyms) if share(said, phrase(text)) > 0]
    return bool(named) and all(
        _ENUMERATION.search(text) and share(phrase(text), said) < _ALL for text in named
    )


def _score(said: Phrase, service: Service) -> _Score | None:
    """The best fit of the service's labels; None when nothing is shared."""
    labels = _labels(service)
    made_for = {group for label in labels for group in label.people}
    if said.people and made_for and made_for.isdisjoint(said.people):
        return None
    best: _Score | None = None
    for label in labels:
        score = _Score(
            service,
            said=share(said, label),
            label=share(label, said),
            leftover_near=_is_leftover_near(said, label),
        )
        if (score.said or score.label >= _ALL) and (
            best is None or (score.said, score.label) > (best.said, best.label)
        ):
            best = score
    return best


def _is_leftover_near(said: Phrase, label: Phrase) -> bool:
    """Whether the caller put a word right before the label's that may change its meaning.

    "Thai-Massage" and "Rückenmassage" may be more than "Massage"; "Winterreifen aufziehen" and
    "Inspektion für meinen Wagen" are what they begin with.
    """
    previous: tuple[int, bool] | None = None
    for root, group in zip(said.roots, said.groups, strict=True):
        covered = is_covered(root, label) or root in SAID_ANYWAY
        begins = any(root.startswith(own) for own in label.roots)
        if not covered and not begins and any(own in root for own in label.roots):
            return True
        if (covered or begins) and previous == (group, False):
            return True
        previous = (group, covered or begins)
    return False


# -- small parts ------------------------------------------------------------------------------


def _labels(service: Service) -> list[Phrase]:
    found = [phrase(text) for text in (service.name, *service.synonyms) if text.strip()]
    return [label for label in found if label.flat]


def _for_people(said: Phrase, found: tuple[Service, ...]) -> tuple[Service, ...]:
    """Of several, those for the people named; a son prefers the children's to the men's."""
    made_for = {s.id: {group for label in _labels(s) for group in label.people[:1]} for s in found}
    for group in said.people:
        if any(group in people for people in made_for.values()):
            return tuple(s for s in found if group in made_for[s.id] or not made_for[s.id])
    return found


def _made_for(said: Phrase, found: tuple[Service, ...]) -> tuple[Service, ...]:
    """Those made for the people named, where there are any: a "Kinderschnitt" is no other one."""
    for group in said.people:
        own = tuple(s for s in found if any(group in label.people[:1] for label in _labels(s)))
        if own:
            return own
    return found


def _people_agree(said: Phrase, label: Phrase) -> bool:
    """A label for men is wrong for somebody who said women."""
    return not said.people or not label.people or bool(set(said.people) & set(label.people))


def _for_people_only(said: Phrase, services: Sequence[Service]) -> tuple[Service, ...]:
    """Only whom it is for was said: the services made for them, to ask about."""
    return tuple(
        s for s in services if any(said.people[0] in label.people for label in _labels(s))
    )[:MOST_CANDIDATES]
