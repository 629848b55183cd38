"""What texts look like after redaction."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import askpro.guards.redaction
import askpro.guards.redaction.redactor as _redactor
from askpro.guards.redaction import Redactor
from tests.guards.redaction import corpus

HERE = Path(__file__).parent
HARMLESS = (HERE / "harmless.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


@pytest.mark.parametrize("line", HARMLESS)
def test_it_leaves_harmless_lines_alone(redactor: Redactor, line: str) -> None:
    assert redactor.text(line) == line


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_hides_what_callers_say_however_they_say_it(redactor: Redactor, seed: int) -> None:
    seen = [
        (case.text, shown)
        for case in corpus.cases(seed, 120)
        if corpus.left_of(case, shown := redactor.text(case.text))
    ]
    assert seen == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("an anna.müller@web.de bitte", "an [EMAIL_REDACTED] bitte"),
        ("to=anna%40web.de&x=1", "to=[EMAIL_REDACTED]&x=1"),
        ("<anna+termin@mail.salon-schön.de>", "<[EMAIL_REDACTED]>"),
        ("ja anna punkt müller ät web punkt de genau", "ja [EMAIL_REDACTED] genau"),
        ("an jasmin.weissgerber @ example.org bitte", "an [EMAIL_REDACTED] bitte"),
        ("a n n a unterstrich siebzehn at g m x punkt net", "[EMAIL_REDACTED]"),
        ("maier mit a i ät gmx punkt de", "[EMAIL_REDACTED]"),
        ("p punkt schmidt bei t minus online punkt de", "[EMAIL_REDACTED]"),
        ("anna(at)web(punkt)de", "[EMAIL_REDACTED]"),
        ("anna ät web de", "[EMAIL_REDACTED]"),
        ("anna punkt müller at ähm gmx punkt de", "[EMAIL_REDACTED]"),
        ("nulleinssechzigneunachtsiebensechsfünf", "[PHONE_REDACTED]"),
        ("von 0176 4043210 (32 s)", "von [PHONE_REDACTED] (32 s)"),
        ("ja die 0176 404 32 10, 15 Uhr", "ja die [PHONE_REDACTED], 15 Uhr"),
        ("0176 4043210 am 14.10.2026", "[PHONE_REDACTED] am 14.10.2026"),
        ("030/1234567 oder 0176/4043210", "[PHONE_REDACTED] oder [PHONE_REDACTED]"),
        ("+49 (0) 171 5269301.", "[PHONE_REDACTED]."),
        ("0160 und dann 9988776", "[PHONE_REDACTED]"),
        ("die 0160, und dann die 99 88 776 bitte", "die [PHONE_REDACTED] bitte"),
        (r"'0160\xa0998 8776', '0\xa0160 9988776'", "'[PHONE_REDACTED]', '[PHONE_REDACTED]'"),
        (r'"+49\u00a0160\u2011998\u20118776"', '"[PHONE_REDACTED]"'),
        ("Tel017640432100", "Tel[PHONE_REDACTED]"),
        ("Telefon bitte? User: ja 69 12 34 56", "Telefon bitte? User: ja [PHONE_REDACTED]"),
        ("doppelnull vier neun eins sieben eins zwei drei vier fünf", "[PHONE_REDACTED]"),
        ("Kundennummer 0176 4043210", "Kundennummer [PHONE_REDACTED]"),
        ("erreichbar unter 4043210", "erreichbar unter [PHONE_REDACTED]"),
        ("4917604069012 called", "[PHONE_REDACTED] called"),
        ("+４９１７６４０４３２１０", "[PHONE_REDACTED]"),
        ("null eins sieben sechs vier null vier", "[PHONE_REDACTED]"),
        ("zwo doppel-null, zweimal die drei, siebenundzwanzig", "[PHONE_REDACTED]"),
        ("Handy 0 15 12 34 56 78 9", "Handy [PHONE_REDACTED]"),
        ("nulleinsfünfeinszwodreivierfünf", "[PHONE_REDACTED]"),
        ("die nulleinssiebenzwo dreivierfünfsechs", "die [PHONE_REDACTED]"),
        ("oh one seven six triple five double nine", "[PHONE_REDACTED]"),
        ("area code two one two five five five oh one two three", "area code [PHONE_REDACTED]"),
        ("hunderteins fünfhundertelf zehn meine Nummer", "[PHONE_REDACTED] meine Nummer"),
        (r"an max\x40web.de", "an [EMAIL_REDACTED]"),
        ("an max%2540web.de", "an [EMAIL_REDACTED]"),
        ('an "max mueller"@web.de', "an [EMAIL_REDACTED]"),
        ("plus 49 176 vier null vier", "[PHONE_REDACTED]"),
        ("die vier null vier drei zwo eins null", "die [PHONE_REDACTED]"),
        ("zero one seven six four zero four", "[PHONE_REDACTED]"),
        ("null eins f\\u00fcnf zwei vier drei neun", "[PHONE_REDACTED]"),
        (
            "User: null eins sieben sechs\nAgent: ja\nUser: vier null vier",
            "User: [PHONE_REDACTED]\nAgent: [PHONE_REDACTED]\nUser: [PHONE_REDACTED]",
        ),
        ("null eins sechs. Agent: ja? Kunde: sieben vier neun", "[PHONE_REDACTED]"),
        ("null eins sieben, zweimal die acht, einmal die drei", "[PHONE_REDACTED]"),
        ("null eins sieben sechs, fünf, und dann zweimal zwölf", "[PHONE_REDACTED]"),
        ("sechzehn achtundsiebzig zwölf als Nummer", "[PHONE_REDACTED] als Nummer"),
        ("eyJhbGciOiJIUzI1NiJ9" + ".e30.Et9HFtf9R3G", "[API_KEY_REDACTED]"),
        ("passwd hunter22 rejected", "passwd [REDACTED] rejected"),
        ("GET /dashboard/login/once/AbCdEf0123456789AbCd", "GET /dashboard/login/once/[REDACTED]"),
        ("Versichertenkarte A123456789", "Versichertenkarte [PII_REDACTED]"),
        ("(0 30) 90 18 20 Amt", "[PHONE_REDACTED] Amt"),
        ("+49 171 2345678/+49 172 9876543", "[PHONE_REDACTED]/[PHONE_REDACTED]"),
        ("+49 [0] 171 2345678", "[PHONE_REDACTED]"),
        (r"0171\t234\t5678", "[PHONE_REDACTED]"),
        ("an max @ gmail . com", "an [EMAIL_REDACTED]"),
        (r"DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000 da", "[IBAN_REDACTED] da"),
        ("iban DE89%203704%200044%200532%200130%2000", "iban [IBAN_REDACTED]"),
        ("Amex 3782 822463 10005", "Amex [PII_REDACTED]"),
        ("Diagnose: akute Gastritis, Termin morgen", "Diagnose: [PII_REDACTED], Termin morgen"),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN [IBAN_REDACTED]."),
        ("de89370400440532013000", "[IBAN_REDACTED]"),
        ("AT61 1904 3002 3457 3201", "[IBAN_REDACTED]"),
        ("GB29 NWBK 6016 1331 9268 19", "[IBAN_REDACTED]"),
        ("D E neunundachtzig siebenunddreißig null vier null null", "[IBAN_REDACTED]"),
        ("Kontonummer 1234567890 BLZ 37050198", "Kontonummer [IBAN_REDACTED] BLZ [IBAN_REDACTED]"),
        ("Kreditkarte 4111 1111 1111 1111", "Kreditkarte [PII_REDACTED]"),
        ("geboren am 12.05.1984 in Köln", "geboren am [PII_REDACTED]"),
        ("Geburtsdatum zwölfter fünfter vierundachtzig", "Geburtsdatum [PII_REDACTED]"),
        ("Kennzeichen K Strich A B eins zwei drei", "Kennzeichen [PII_REDACTED]"),
        ("W E I S S G E R B E R", "[NAME_REDACTED]"),
        ("M wie Martha, Ü wie Übermut, L wie Ludwig", "[NAME_REDACTED]"),
        ("Authorization: Bearer abc.def123", "Authorization: Bearer [REDACTED]"),
        ("key cal_live_abcdef1234567890", "key [API_KEY_REDACTED]"),
        ("key_0123456789abcdef01234567", "[API_KEY_REDACTED]"),
        ("redis://askpro:geheim@db/0", "redis://askpro:[REDACTED]@db/0"),
        ("GET /x?token=abc123&phone=x", "GET /x?token=[REDACTED]&phone=[PII_REDACTED]"),
        ("https://r.example.com/28be68/recording.wav ok", "[REDACTED] ok"),
        ("v=1700000000000,d=07024cab11223344556677", "v=1700000000000,d=[REDACTED]"),
        ("Passwort: geheim123", "Passwort: [REDACTED]"),
        ("Key (town)=(Ulm) already exists.", "Key (town)=([PII_REDACTED]) already exists."),
        ("Failing row contains (1, Anna, null).", "Failing row contains ([PII_REDACTED])."),
        ('{"kunden_name": "Anna", "tel": null}', '{"kunden_name": "[PII_REDACTED]", "tel": null}'),
        ('{\\"kundenname\\": \\"Anna\\"}', '{\\"kundenname\\": \\"[PII_REDACTED]\\"}'),
        ("Customer(id=1, name='Anna Müller')", "Customer(id=1, name='[PII_REDACTED]')"),
        ("attendeeName=Anna%20M%C3%BCller&status=x", "attendeeName=[PII_REDACTED]&status=x"),
        ("/api/webhooks/calcom/AbCdEfGhIjKlMnOpQr12", "/api/webhooks/calcom/[REDACTED]"),
    ],
)  # fmt: skip
def test_it_puts_a_token_where_something_personal_was(
    redactor: Redactor, text: str, shown: str
) -> None:
    assert redactor.text(text) == shown


def test_a_cut_text_never_shows_half_of_a_number() -> None:
    redactor = Redactor(most=30)
    for blanks in range(40):
        shown = redactor.text("." * blanks + "+49 176 404 32 10" + " mehr" * 500)
        assert not set("4321") & set(shown.split("… [")[0])


def test_a_long_text_is_cut_and_says_how_much_is_missing() -> None:
    assert Redactor(most=10).text("ä" * 20) == "äääää… [30 bytes left out]"


def test_half_a_surrogate_pair_is_no_obstacle() -> None:
    assert Redactor().text("a\ud800b anna@web.de").encode() == b"a?b [EMAIL_REDACTED]"


def test_no_backtracking_engine_reads_untrusted_text() -> None:
    """A regular expression of Python's own takes quadratic time on hostile text, or worse."""
    for path in Path(askpro.guards.redaction.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert "re" not in {name.name for name in node.names}, path.name
            elif isinstance(node, ast.ImportFrom):
                assert node.module != "re", path.name


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("Meine Versichertennummer ist Z987654321.", "Z987654321"),
        ("Krankenversicherungsnummer A123456789 bitte", "A123456789"),
        ("Rentenversicherungsnummer 65 180539 W 003", "65 180539 W 003"),
        ("Sozialversicherungsnummer 65180539W003, morgen um 10", "65180539W003"),
        ("Personalausweis L01X00T471", "L01X00T471"),
        ("die Steuer-ID lautet 12 345 678 901", "12 345 678 901"),
    ],
)
def test_numbers_that_offices_give_are_hidden(line: str, number: str):
    assert Redactor().text(line) == line.replace(number, "[PII_REDACTED]")


@pytest.mark.parametrize(
    "line",
    [
        "Auftrag A123456789",
        "Bitte bringen Sie Ihren Ausweis um 10 Uhr mit",
        "Der Führerschein kostet 28 Euro",
    ],
)
def test_what_only_speaks_of_them_is_not(line: str):
    assert Redactor().text(line) == line


def test_it_keeps_no_text_with_something_to_hide_and_few_without(
    redactor: Redactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_redactor, "_harmless", kept := set())
    monkeypatch.setattr(_redactor, "_MOST_HARMLESS", 10)
    redactor.text("die 0176 404 32 10")
    redactor.text("x" * 1000)
    assert kept == {b"die [PHONE_REDACTED]"}
    for number in range(100):
        redactor.text(f"Nagelstudio Fliederweg {'i' * number}")
    assert 0 < len(kept) <= 10
