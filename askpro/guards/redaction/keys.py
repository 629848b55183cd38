"""Which keys of a mapping, a query string or a JSON text carry secrets, and which personal data.

Keys are compared without case, underscores, hyphens and umlauts: ``customer_name``,
``customerName`` and ``Customer-Name`` are one. Those of people are compared whole, but for words
that tell whose the value is or which of several (``notfallkontakt_telefon_privat``), so
``function_name`` and ``service_name`` are none; of secrets the ending tells.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import lru_cache
from typing import Any

from askpro.guards.redaction.number_words import LOOSE
from askpro.guards.redaction.spans import compiled

#: Whoever holds the value can do something with it.
_SENSITIVE_TEXT = """
password passwd pwd passwort kennwort passphrase new_password password_hash secret geheimnis
client_secret secret_key secret_key_previous private_key signing_key encryption_key token
access_token refresh_token id_token auth_token bearer_token api_token csrf_token zugangstoken
sicherheitstoken lease_token authorization proxy_authorization api_key x_api_key api_secret
apischluessel schluessel zugangsschluessel cookie cookies set_cookie session session_id
session_token session_key csrf xsrf_token signature signatur x_retell_signature
x_cal_signature_256 x_cal_secret_key webhook_secret webhook_token database_url redis_url dsn
calcom_api_key calcom_webhook_secret retell_api_key retell_function_secret retell_webhook_key
recording_url recording_multi_channel_url scrubbed_recording_url
scrubbed_recording_multi_channel_url public_log_url aufnahme_url otp pin tan cvv cvc
one_time_password einmalpasswort
"""
SENSITIVE = _SENSITIVE_TEXT.split()
#: The value is about one person.
_PERSONAL_TEXT = """
customer_name kundenname kunden_name kunde_name kundin_name caller_name anrufer_name attendee_name
patient_name patientenname full_name first_name last_name surname given_name family_name middle_name
display_name vorname nachname familienname zuname ansprechpartner kontaktperson booker_name
guest_name user_name email e_mail mail email_address mail_address email_adresse mail_adresse
customer_email attendee_email booking_email guest_email kunden_email user_email contact_email
absender guests phone phone_number telephone telefon telefon_nummer tel tel_nr handy
handy_nummer mobil mobil_nummer mobile mobile_number mobiltelefon festnetz festnetznummer
rufnummer rueckruf_nummer callback_number callback_phone customer_phone customer_phone_number
attendee_phone attendee_phone_number kunden_telefon sms_reminder_number whatsapp whatsapp_number
fax faxnummer from_number to_number user_number caller_number caller_id anrufer_nummer
agent_number address adresse anschrift customer_address street street_address strasse hausnummer
wohnort birthday birthdate birth_date date_of_birth dob birthplace place_of_birth geburtsort
geburtsdatum geburtstag geburtsname iban bic kontonummer bankverbindung kontoinhaber
account_holder credit_card card_number kreditkarte
kreditkartennummer versichertennummer versicherungsnummer krankenkasse sozialversicherungsnummer
hausnr geburtsjahr birth_year geb geb_datum telegram instagram facebook skype mobilfunknummer
vor_name nach_name
steuernummer ssn passport passport_number passnummer pass_nr reisepass reisepassnummer
personalausweis personalausweisnummer fuehrerscheinnummer steuer_id steuer_nr tax_id
steueridentifikationsnummer kvnr rvnr krankenversicherungsnummer rentenversicherungsnummer
nummernschild autokennzeichen rufname spitzname nickname maedchenname contact_name kontakt_name
ausweisnummer kennzeichen license_plate transcript transkript
transcript_object transcript_with_tool_calls gespraech call_summary zusammenfassung
scrubbed_transcript_with_tool_calls diagnose
"""
PERSONAL = _PERSONAL_TEXT.split()
#: A person's name, or a mapping that describes the person.
PERSONS = (
    "kunde", "kundin", "customer", "attendee", "patient", "patientin", "anrufer", "anruferin",
    "caller", "contact", "guest", "gast", "teilnehmer", "empfaenger", "recipient", "besteller",
    "auftraggeber", "begleitperson", "notfallkontakt", "mieter", "halter",
)  # fmt: skip
# Beside one of these, "name" is what a function, a service or a company is called.
_THINGS_TEXT = """
args parameters arguments tool_call_id duration minutes price price_cents slug event_type_id
length opening_hours hours company_id branch_id is_default priority synonyms weekday
failure_count
"""
_THINGS = _THINGS_TEXT.split()


class Kind(Enum):
    """What is known about a value from its key alone."""

    SENSITIVE = "sensitive"
    PERSONAL = "personal"
    PERSON = "person"
    NAME = "name"
    OPEN = "open"


def folded(key: str) -> str:
    """``key`` without case, separators and umlauts."""
    key = key.lower()
    for letter, writings in LOOSE.items():
        key = key.replace(letter, writings[1])
    return "".join(c for c in key if c.isalnum())


_KINDS = {
    **dict.fromkeys(map(folded, PERSONS), Kind.PERSON),
    **dict.fromkeys(map(folded, PERSONAL), Kind.PERSONAL),
    **dict.fromkeys(map(folded, SENSITIVE), Kind.SENSITIVE),
    "name": Kind.NAME,
}
_THING_KEYS = frozenset(map(folded, _THINGS))


#: However a key with one of these at its end begins, what it opens is secret: "MAIL_PASSWORD".
SECRET_ENDINGS = (
    "password", "passwort", "passwd", "client_secret", "webhook_secret", "secret_key", "api_key",
    "access_key", "private_key", "auth_token", "access_token", "api_token",
)  # fmt: skip
_SECRET_ENDINGS = tuple(map(folded, SECRET_ENDINGS))


@lru_cache(maxsize=4096)
def kind_of(key: str) -> Kind:
    """What ``key`` says about its value. Keys are few; values never enter the cache."""
    if len(key) > 64:
        return Kind.OPEN
    plain = folded(key)
    known = _KINDS.get(plain)
    if known is not None:
        return known
    if plain.endswith(_SECRET_ENDINGS):
        return Kind.SENSITIVE
    return Kind.OPEN if _PERSON.search(plain.encode()) is None else Kind.PERSONAL


def is_of_a_thing(keys: Iterable[object]) -> bool:
    """Is the ``name`` beside ``keys`` that of a function, a service or a company?

    A telephone number or a mail address beside it speaks for a person.
    """
    others = [str(key) for key in keys if isinstance(key, str)]
    if any(kind_of(key) in (Kind.PERSONAL, Kind.PERSON) for key in others):
        return False
    return any(folded(key) in _THING_KEYS for key in others)


def is_identifier(text: str) -> bool:
    """Is ``text`` a word of programs ("check_availability") rather than of people?"""
    return text.isascii() and text.islower() and text.replace("_", "a").isalnum() and "_" in text


# A log line's or a payload's names; a list of customers is no call's.
_MOST_NODES = 200
_MOST_NAMES = 8


def names_told_in(value: Any) -> Iterator[str]:
    """The persons' names under their keys in mappings and lists, the first few of them."""
    nodes, left = deque([value]), _MOST_NAMES
    for _ in range(_MOST_NODES):
        if not nodes or not left:
            return
        node = nodes.popleft()
        if isinstance(node, list):
            nodes.extend(inner for inner in node[:_MOST_NODES] if isinstance(inner, dict | list))
            continue
        for key, inner in node.items():
            if isinstance(inner, dict | list):
                nodes.append(inner)
            elif left and isinstance(key, str) and _is_called(key, inner, node):
                left -= 1
                yield inner


def _is_called(key: str, text: object, beside: Iterable[object]) -> bool:
    if not isinstance(text, str):
        return False
    kind = kind_of(key)
    if kind is Kind.NAME:
        return not is_identifier(text) and not is_of_a_thing(beside)
    return kind is Kind.PERSON or (kind is Kind.PERSONAL and folded(key).endswith("name"))


def pattern_of(keys: Iterable[str]) -> str:
    """A pattern for any of ``keys`` in snake, kebab or camel case, in small letters."""
    loose = sorted(map(_loose, keys), key=len, reverse=True)
    return "(?:" + "|".join(loose) + ")"


def _loose(key: str) -> str:
    for plain, umlaut in (("ae", "ä"), ("oe", "ö"), ("ue", "ü"), ("strasse", "straße")):
        key = key.replace(plain, f"(?:{plain}|{umlaut})")
    return key.replace("nummer", "_(?:nummer|nr)").replace("_", "[_-]?")


# Words that say whose the value is, and which of several: beside a key of the list they change
# nothing about what it is.
_WHOSE = (
    r"(?:kunden?|kundin|customer|caller|anrufer(?:in)?|attendee|patient(?:en|in)?|guest|gast|booker"
    r"|contact|kontakt|user|person|member|notfall(?:kontakt)?|eltern|mutter|vater|partner|halter"
    r"|fahrer|besteller|inhaber|kranken|kfz)"
)
_OF_WHOM = (
    r"(?:de[sr])?[ _-]?(?:kunden?|kundin|anrufers?|anruferin|patienten|patientin|customer|caller)"
)
_WHICH = (
    r"(?:privat|private|home|work|mobile?|gesch(?:ae|ä)ftlich|dienstlich|new|old|neu|alt|e164|raw"
    rf"|handle|[1-3]|{_OF_WHOM})"
)
#: A key of a person, in text or folded.
PERSON_PATTERN = (
    rf"(?:(?:{_WHOSE}[_-]?)?{pattern_of([*PERSONAL, *PERSONS])}(?:[ _.(-]{{0,2}}{_WHICH}\)?){{0,2}}"
    rf"|name(?:[ _.(-]{{0,2}}{_OF_WHOM}\)?)?)"
)
THING_PATTERN = pattern_of(_THINGS)
_PERSON = compiled(rf"^(?:{PERSON_PATTERN})$")
