"""Which service a caller means, in businesses of all kinds."""

from __future__ import annotations

import json
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpro.booking.model import Service
from askpro.booking.services import default_service, match_service
from tests.reference import reference

_ids = count(1)


def service(name: str, *synonyms: str, **more: object) -> Service:
    number = next(_ids)
    return Service(number, 15, None, name, 9000 + number, 30, synonyms=synonyms, **more)


SALON = (
    service("Herrenhaarschnitt", "Herrenschnitt", "Haare schneiden Herren", "men's haircut"),
    service("Damenhaarschnitt", "Damenschnitt", "waschen und schneiden"),
    service("Färben", "Farbe", "Haare färben", "coloring"),
    service("Beratung", "Typberatung", is_default=True),
)
BIG_SALON = (
    *SALON,
    service("Kinderhaarschnitt"),
    service("Strähnchen"),
    service("Waschen, Schneiden, Föhnen"),
    service("Bartpflege"),
)
PHYSIO = (
    service("Krankengymnastik", "KG", "Physiotherapie"),
    service("Manuelle Therapie", "MT"),
    service("Rückenkurs", "Rückenschule"),
    service("Krankengymnastik Serie", "Sechserserie", bookable=False),
)
DENTIST = (
    service("Kontrolluntersuchung", "Kontrolle", "Vorsorge", "check-up"),
    service("Professionelle Zahnreinigung", "PZR", "Zahnreinigung"),
)
GARAGE = (
    service("Inspektion", "Durchsicht"),
    service("Reifenwechsel", "Räderwechsel", "Winterreifen"),
    service("Ölwechsel"),
    service("Hauptuntersuchung", "HU", "TÜV"),
    service("Klimaanlagenwartung"),
)
DOGS = (
    service("Waschen und Schneiden"),
    service("Krallen schneiden"),
    service("Scheren"),
)
PACKS = (
    service("Fango"),
    service("Klassische Massagetherapie", "KMT"),
    service("Krankengymnastik", "KG"),
    service("Krankengymnastik am Gerät", "KGG"),
)
VET = (service("Kastration Kater"), service("Kastration Hündin"), service("Impfung"))
#: "Haarschnitt" is in the children's name only, and meant for all of them.
FAMILY_SALON = (
    service("Herrenschnitt"),
    service("Damenschnitt"),
    service("Kinderhaarschnitt"),
    service("Bart trimmen"),
)
#: No synonyms but abbreviations, as most businesses enter them at Cal.com.
PRACTICE = (
    service("Krankengymnastik", "KG"),
    service("Krankengymnastik am Gerät", "KGG"),
    service("Manuelle Therapie", "MT"),
)
WORKSHOP = (service("Reifenwechsel"), service("Hauptuntersuchung"), service("Wagenwäsche"))
COLOURIST = (service("Färben"), service("Farbe und Schnitt"), service("Augenbrauen färben"))
BRIDAL = (service("Schneiden"), service("Beratung"), service("Brautfrisur"))
LAWYER = (
    service("Erstberatung Familienrecht"),
    service("Erstberatung Arbeitsrecht"),
    service("Vertragsprüfung"),
    service("Testament"),
)
MASSAGE = (
    service("Massage 30 Minuten"),
    service("Massage 60 Min."),
    service("Lymphdrainage"),
)
ONE_MASSAGE = (service("Massage"),)


def names(found: tuple[Service, ...]) -> list[str]:
    return [each.name for each in found]


@pytest.mark.parametrize(
    ("offered", "spoken", "meant"),
    [
        (SALON, "Herrenhaarschnitt", "Herrenhaarschnitt"),
        (SALON, "Herrenschnitt", "Herrenhaarschnitt"),
        (SALON, "herren haarschnitt", "Herrenhaarschnitt"),
        (SALON, "Haarschnitt Herren", "Herrenhaarschnitt"),
        (SALON, "Männerhaarschnitt", "Herrenhaarschnitt"),
        (SALON, "men's haircut", "Herrenhaarschnitt"),
        (SALON, "für meinen Mann einen Haarschnitt", "Herrenhaarschnitt"),
        (SALON, "Haarschnitt für meine Frau", "Damenhaarschnitt"),
        (SALON, "Frauenhaarschnitt", "Damenhaarschnitt"),
        (SALON, "Haare färben", "Färben"),
        (SALON, "faerben", "Färben"),
        (SALON, "Färbung", "Färben"),
        (SALON, "ich hätte gern einen Termin zum Haare färben", "Färben"),
        (SALON, "keinen Haarschnitt, sondern Färben", "Färben"),
        (BIG_SALON, "Straehnchen", "Strähnchen"),
        (BIG_SALON, "Waschen Schneiden Föhnen", "Waschen, Schneiden, Föhnen"),
        (BIG_SALON, "waschen schneiden fönen", "Waschen, Schneiden, Föhnen"),
        (BIG_SALON, "Haarschnitt für meinen Sohn", "Kinderhaarschnitt"),
        (PHYSIO, "KG", "Krankengymnastik"),
        (PHYSIO, "k g", "Krankengymnastik"),
        (PHYSIO, "K. G.", "Krankengymnastik"),
        (PHYSIO, "ka ge", "Krankengymnastik"),
        (PHYSIO, "Krankengymnastik", "Krankengymnastik"),
        (PHYSIO, "Kranken Gymnastik", "Krankengymnastik"),
        (PHYSIO, "em te", "Manuelle Therapie"),
        (PHYSIO, "Sechserserie", "Krankengymnastik Serie"),
        (DENTIST, "p z r", "Professionelle Zahnreinigung"),
        (DENTIST, "pe zett er", "Professionelle Zahnreinigung"),
        (DENTIST, "Zähne reinigen", "Professionelle Zahnreinigung"),
        (DENTIST, "checkup", "Kontrolluntersuchung"),
        (GARAGE, "Öl wechseln", "Ölwechsel"),
        (GARAGE, "Reifenwexel", "Reifenwechsel"),
        (GARAGE, "TÜV", "Hauptuntersuchung"),
        (GARAGE, "ha u", "Hauptuntersuchung"),
        (DOGS, "Schur", "Scheren"),
        (MASSAGE, "eine Stunde Massage", "Massage 60 Min."),
        (MASSAGE, "halbe Stunde Massage", "Massage 30 Minuten"),
        (MASSAGE, "60 Minuten Massage", "Massage 60 Min."),
        (ONE_MASSAGE, "massieren", "Massage"),
    ],
)
def test_a_name_is_known_however_it_is_spelled(
    offered: tuple[Service, ...], spoken: str, meant: str
):
    match = match_service(spoken, offered)
    assert match.service is not None, names(match.candidates)
    assert match.service.name == meant
    assert match.exact


@pytest.mark.parametrize(
    ("offered", "spoken", "meant"),
    [
        (SALON, "hernhaarschnitt", "Herrenhaarschnitt"),
        (SALON, "Herren Haarschnitt mit Waschen", "Herrenhaarschnitt"),
        (SALON, "haarschnitt damen kurz", "Damenhaarschnitt"),
        (PHYSIO, "Krankengymnastig", "Krankengymnastik"),
        (PHYSIO, "Krankengymnastik auf Rezept", "Krankengymnastik"),
        (PHYSIO, "Physio", "Krankengymnastik"),
        (PHYSIO, "manuelle Theraphie", "Manuelle Therapie"),
        (DENTIST, "Kontrolltermin", "Kontrolluntersuchung"),
        (DENTIST, "zur Vorsorgeuntersuchung", "Kontrolluntersuchung"),
        (DENTIST, "professionelle Reinigung", "Professionelle Zahnreinigung"),
        (GARAGE, "Winterreifen aufziehen", "Reifenwechsel"),
        (GARAGE, "Reifen wechseln", "Reifenwechsel"),
        (GARAGE, "Inspektion für meinen Golf", "Inspektion"),
        (GARAGE, "Inspekzion", "Inspektion"),
        (GARAGE, "Klima", "Klimaanlagenwartung"),
        (DOGS, "Krallenschneiden für meinen Pudel", "Krallen schneiden"),
        (LAWYER, "Familienrecht", "Erstberatung Familienrecht"),
        (LAWYER, "Vertrag prüfen", "Vertragsprüfung"),
        (LAWYER, "Testament aufsetzen", "Testament"),
        (MASSAGE, "Lymphdrenage", "Lymphdrainage"),
        (ONE_MASSAGE, "Massage am Rücken", "Massage"),
        (PRACTICE, "KG", "Krankengymnastik"),
        (PRACTICE, "KGG", "Krankengymnastik am Gerät"),
        (PRACTICE, "ka geh geh", "Krankengymnastik am Gerät"),
        (BIG_SALON, "Kinderschnitt", "Kinderhaarschnitt"),
        (COLOURIST, "Haare färben", "Färben"),
        (COLOURIST, "Färben und Schneiden", "Farbe und Schnitt"),
        (BRIDAL, "Braut", "Brautfrisur"),
        (BRIDAL, "Termin für die Braut", "Brautfrisur"),
        (BRIDAL, "Beratunk", "Beratung"),
        (VET, "den Kater kastrieren", "Kastration Kater"),
        (VET, "einmal zur Impfung", "Impfung"),
        (FAMILY_SALON, "Herrenhaarschnitt", "Herrenschnitt"),
        (FAMILY_SALON, "Haarschnitt für meine Frau", "Damenschnitt"),
        (FAMILY_SALON, "Haarschnitt für meinen Sohn", "Kinderhaarschnitt"),
        (FAMILY_SALON, "Kinderhaarschnitt für mich und meinen Sohn", "Kinderhaarschnitt"),
    ],
)
def test_a_service_is_known_by_sound_and_by_part_of_its_name(
    offered: tuple[Service, ...], spoken: str, meant: str
):
    match = match_service(spoken, offered)
    assert match.service is not None, names(match.candidates)
    assert match.service.name == meant


@pytest.mark.parametrize(
    ("offered", "spoken", "asked"),
    [
        (SALON, "Haarschnitt", ["Herrenhaarschnitt", "Damenhaarschnitt"]),
        (SALON, "Haare schneiden", ["Herrenhaarschnitt", "Damenhaarschnitt"]),
        (SALON, "Schnitt", ["Herrenhaarschnitt", "Damenhaarschnitt"]),
        (SALON, "Haarschnitt bei Frau Schmidt", ["Herrenhaarschnitt", "Damenhaarschnitt"]),
        (SALON, "Haarschnitt Damen und Färben", ["Damenhaarschnitt", "Färben"]),
        (SALON, "Damen", ["Damenhaarschnitt"]),
        (
            FAMILY_SALON,
            "Haare schneiden",
            ["Kinderhaarschnitt", "Herrenschnitt", "Damenschnitt"],
        ),
        (
            FAMILY_SALON,
            "ein Haarschnitt für mich und meine Tochter",
            ["Kinderhaarschnitt", "Herrenschnitt", "Damenschnitt"],
        ),
        (BIG_SALON, "Damenhaarschnitt und Färben für mich", ["Damenhaarschnitt", "Färben"]),
        (
            FAMILY_SALON,
            "Herrenschnitt und für mich einen Damenschnitt",
            ["Herrenschnitt", "Damenschnitt", "Kinderhaarschnitt"],
        ),
        (BIG_SALON, "Föhnen", ["Waschen, Schneiden, Föhnen"]),
        (BIG_SALON, "Bart stutzen", ["Bartpflege"]),
        (PHYSIO, "Gymnastik", ["Krankengymnastik", "Krankengymnastik Serie"]),
        (PACKS, "Massage mit Fango", ["Fango", "Klassische Massagetherapie"]),
        (PACKS, "KG Gerät", ["Krankengymnastik", "Krankengymnastik am Gerät"]),
        (VET, "Kastration", ["Kastration Kater", "Kastration Hündin"]),
        (
            DENTIST,
            "Kontrolluntersuchung und Zahnreinigung",
            ["Kontrolluntersuchung", "Professionelle Zahnreinigung"],
        ),
        (GARAGE, "große Inspektion", ["Inspektion"]),
        (GARAGE, "neue Reifen", ["Reifenwechsel"]),
        (LAWYER, "Erstberatung", ["Erstberatung Familienrecht", "Erstberatung Arbeitsrecht"]),
        (MASSAGE, "Massage", ["Massage 30 Minuten", "Massage 60 Min."]),
        (ONE_MASSAGE, "Thai-Massage", ["Massage"]),
        (ONE_MASSAGE, "Rückenmassage", ["Massage"]),
        (BIG_SALON, "Waschen und Föhnen", ["Waschen, Schneiden, Föhnen"]),
        (BIG_SALON, "Herrenhaarschnitt mit Bart", ["Herrenhaarschnitt", "Bartpflege"]),
        (BIG_SALON, "Bartschnitt", ["Herrenhaarschnitt", "Damenhaarschnitt", "Bartpflege"]),
        (WORKSHOP, "Winterreifen aufziehen", ["Reifenwechsel"]),
        (WORKSHOP, "TÜV", []),
    ],
)
def test_unsure_it_names_what_may_be_meant(
    offered: tuple[Service, ...], spoken: str, asked: list[str]
):
    match = match_service(spoken, offered)
    assert match.service is None
    assert names(match.candidates) == asked


def test_both_parts_of_a_whole_ask_about_the_whole_too():
    cut, colour = service("Schneiden"), service("Färben")
    both = service("Verwöhnpaket", parts=(colour.id, cut.id))
    offered = (cut, colour, service("Beratung"), both)

    assert names(match_service("Schneiden und Färben", offered).candidates) == [
        "Schneiden",
        "Färben",
        "Verwöhnpaket",
    ]
    assert match_service("Schneiden", offered).service == cut


def test_gymnastics_for_the_back_is_not_taken_for_that_of_the_sick():
    match = match_service("Rückengymnastik", PHYSIO)
    assert match.service is None
    assert "Krankengymnastik" in names(match.candidates)


@pytest.mark.parametrize(
    ("offered", "spoken"),
    [
        (PHYSIO, "Thai-Massage"),
        (SALON, "Dauerwelle"),
        (SALON, "Maniküre"),
        (SALON, "Kinderhaarschnitt"),
        (SALON, "Haarverlängerung"),
        (DENTIST, "Bleaching"),
        (GARAGE, "Auspuff"),
        (LAWYER, "Scheidung"),
        (SALON, "None"),
        (SALON, "😊"),
        (SALON, "x"),
        (SALON, "Termin"),
    ],
)
def test_what_is_not_offered_matches_nothing_and_never_the_default(
    offered: tuple[Service, ...], spoken: str
):
    match = match_service(spoken, offered)
    assert match.service is None
    assert match.candidates == ()


@pytest.mark.parametrize("spoken", [None, "", "   "])
def test_nothing_named_matches_nothing(spoken: str | None):
    assert match_service(spoken, SALON).service is None


def test_the_default_is_the_marked_one():
    default = default_service(SALON)
    assert default is not None
    assert default.name == "Beratung"


def test_without_a_marked_one_the_lowest_priority_number_is_the_default():
    offered = [service("B", priority=2), service("A", priority=1), service("C", priority=1)]
    default = default_service(offered)
    assert default is not None
    assert default.name == "A"


def test_what_can_not_be_booked_is_never_the_default():
    offered = [service("Serie", is_default=True, bookable=False), service("Einzeln")]
    default = default_service(offered)
    assert default is not None
    assert default.name == "Einzeln"
    assert default_service([]) is None


@given(st.text(max_size=250))
def test_no_text_breaks_it(spoken: str):
    match = match_service(spoken, BIG_SALON)
    assert match.service is None or not match.candidates
    assert len(match.candidates) <= 4


@given(st.sampled_from([each for shop in (BIG_SALON, PHYSIO, GARAGE) for each in shop]))
def test_every_service_is_found_by_its_own_name_in_any_case(offered: Service):
    for text in (offered.name, offered.name.upper(), f"  {offered.name.lower()} bitte"):
        assert match_service(text, [*BIG_SALON, *PHYSIO, *GARAGE]).service == offered


@pytest.mark.contract
def test_it_understands_the_services_of_the_given_payloads():
    world = json.loads(reference("data/payloads/world.json").read_text())
    manifest = json.loads(reference("data/payloads/manifest.json").read_text())
    offered = {
        tenant["key"]: [service(kind["title"], *kind["synonyms"]) for kind in tenant["event_types"]]
        for tenant in world["tenants"]
    }
    unknown = []
    for entry in manifest["files"]:
        if "/functions/" not in entry["path"] or not entry["path"].endswith(".json"):
            continue
        body = json.loads(reference(f"data/payloads/{entry['path']}").read_text())
        arguments = body.get("args") or body.get("parameters") or {}
        for name in ("service", "dienstleistung", "service_type", "service_name"):
            if "tenant" in entry and name in arguments:
                match = match_service(arguments[name], offered[entry["tenant"]])
                if not match.exact:
                    unknown.append(arguments[name])
    assert unknown == ["Thai-Massage"]
