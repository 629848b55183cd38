"""Words that stand around names on the phone, and those that may be one."""

from __future__ import annotations

from askpro.booking.dates.lexicon import FILLERS, sense_of
from askpro.booking.dates.numbers import CARDINALS, ORDINALS, words

RELATIVES = words(
    "mutter mama mutti vater papa vati mann frau ehefrau ehemann gatte gattin sohn tochter "
    "kind kleine kleinen kleiner großen große oma opa großmutter großvater schwester bruder "
    "enkel enkelin freundin freund partner partnerin nachbarin nachbar schwiegermutter "
    "schwiegervater chef chefin kollegin kollegen tante onkel nichte neffe lebensgefährtin "
    "verlobte verlobter"
)
TITLES = words("herr herrn frau fräulein doktor dr professor prof familie")
PARTICLES = words("von van vom zu de der den del della la le el al bin ibn ten zur mc")
#: Words that stand next to names and are none. Those of time and numbers are known elsewhere.
NO_NAME = FILLERS | words(
    "hallo guten gute tag grüß grüße gott servus moin moinsen tach hi hey mahlzeit danke "
    "dank bitte ich wir sie er es ihr du mein meine meinen meiner meinem name namen "
    "nachname vorname heiße heißt heiß hier apparat spricht sprech telefon bin ist war sind "
    "habe hab hat haben hätte hätten möchte möchten wollte will wollen würde würden brauche "
    "bräuchte bräucht braucht benötige muss müsste soll sollte kann könnte darf rufe ruf "
    "anrufe melde wegen termin termine termins einen eine ein einem einer kein keine nicht "
    "ja nein nee doch genau richtig stimmt okay ok gut super prima perfekt alles klar und "
    "oder aber denn weil dass ob wenn wie was wer wo wann warum wieder mal auf für mit bei "
    "aus nach vor über unter zwischen durch gegen ohne um an in im am vom beim zum zur ins "
    "sein ihre ihren ihrem ihrer unser unsere unseren das dass dies diese dieser nochmal "
    "noch schon immer sehr gerne gern also ähm äh hm oh ach na tschüss tschau ciao "
    "wiederhören wiedersehen bis dann schön schönen schöne nummer mail buchstabiere "
    "buchstabieren geschrieben scharfem doppel punkt bindestrich praxis salon werkstatt "
    "firma haus gmbh sagen fragen frage auto wagen kunde kundin patient patientin neu neue "
    "neuer erste ersten kommt komme kommen mich mir uns ihnen da dort jetzt gerade eben "
    "leider entschuldigung sorry moment mist super klasse toll rezept digitale assistentin "
    "assistent herzlich willkommen selber selbst montage urlaub firma feierabend morgen "
    "abend mittag nachmittag vormittag the my is this yes no wunderbar exakt korrekt freut "
    "ebenfalls ebenso gleichfalls lieber lieb nett geht's gehts geht verwählt falsch "
    "verbunden krank verhindert dran fertig spät"
)


def can_be_name(low: str, *, introduced: bool = False) -> bool:
    """Whether a folded word may be (part of) a name: nothing else is known of it.

    ``introduced``: it stands behind "Herr" or "mein Name ist", where "Freitag" is a name, too.
    """
    if len(low) < 2 or low in NO_NAME or low in TITLES or low in RELATIVES:
        return False
    if low in CARDINALS or low in ORDINALS or not low[0].isalpha():
        return False
    sense = sense_of(low)
    if introduced and sense is not None and sense.kind == "weekday":
        return sense.part is None
    return sense is None or sense.kind in ("month", "month_short", "weekday_short")
