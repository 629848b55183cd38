"""Word lists of the redaction: what is no name, and what stands beside an address."""

from __future__ import annotations

_PARTICLES = """
al bin da das de del den der di dos el ibn la le ten ter und van vom von zu zum zur
"""
#: Parts of names that are nobody's name by themselves.
PARTICLES = frozenset(_PARTICLES.split())

_DAYS_AND_TIMES = """
abend april august datum dezember dienstag donnerstag februar feierabend freitag früh gestern
heute jahr januar juli juni mai minute minuten mittag mittwoch monat montag morgen märz
nachmittag november oktober ostern samstag september sonnabend sonntag stunde stunden tag tage
uhr uhrzeit vormittag weihnachten woche wochen wochenende zeit übermorgen
"""
_BUSINESS = """
absage adresse agent anliegen anruf anrufer anruferin assistent assistentin auftrag auto
behandlung beratung bescheid bestellung bestätigung bruder buchung chef chefin damenhaarschnitt
dank e-mail email euro farbe filiale firma frage fragen freund freundin friseur friseursalon
färben föhnen grund haar haare haarschnitt handynummer herrenhaarschnitt inspektion kalender
kanzlei kind kollege kollegin kontrolle kontrolluntersuchung krankengymnastik kunde kunden
kundin mail mann massage mitarbeiter mitarbeiterin mutter nachname nachnamen name namen nummer
oma opa partner partnerin patient patientin physiopraxis platz praxis preis preise problem
rechnung reifenwechsel rezept rückruf rückrufnummer salon schmerzen schneiden schwester service
slot sohn strähnchen strähnen studio system team telefon telefonnummer termin terminbestätigung
termine terminvereinbarung terminwunsch therapie tochter untersuchung user vater verschiebung
vorname vornamen wagen waschen werkstatt zahn zahnarztpraxis zahnreinigung zähne öffnungszeiten
"""
_COURTESY = """
alles also bitte dame damen danke dankeschön dein deine doch doktor dr du einverstanden
entschuldigung er es familie frau fräulein genau gern gerne grüß grüße gut gute guten guter
gutes hallo herr herren herrn ich ihnen ihr ihre ihrem ihren ihrer ja kein keine klar leider
mein meine meinen mich mir moin moment natürlich nee nein ok okay perfekt prima prof professor
richtig schön schönen sehr servus sicher sie stimmt super tach tschüss uns verstanden verzeihung
vielen vielleicht wiederhören wiedersehen wir
"""
_SMALL_WORDS = """
ab aber abgesagt alle als alte alten am an andere anderen angerufen anrufen auch auf aus bald
bei beide beim bekommen bekommt bestätigt bin bis bist brauche brauchen braucht da dann darf das
dass dem den denn der des die diese diesen dieser dieses digitale digitalen dort dritte durch
dürfen ein eine einem einen einer eines eingetragen erst erste ersten etwas freue freut für
geben gebucht gegen geht gibt ging gleich habe haben hat hatte heisse heisst heiße heißen heißt
helfe hier hilft hätte im immer in ist jede jeder jedes jetzt kam kann komme kommen kommenden
kommt können könnte könnten lautet letzte mache machen macht mal meinem meiner mit muss möchte
möchten müssen müsste nach nehmen neue neuen neuer nicht nichts nie nimmt noch nochmal notiert
nur nächste nächsten ob oder ohne reserviert rufe ruft sage sagen sagt schon sei seine seinen
seit sind so soll sollen sollte sondern sonst spreche sprechen spricht steht storniert um und
unter verschoben vom von vor wann war waren warum was weil welche welchen welcher welches wenn
wer werden wie wieder will wird wo wollen wollte wurde wäre zu zum zur zweite zwischen über
"""
_LOGS = """
debug error exception false get http id info none null post request response true warning
"""
#: Words that begin with a capital, or stand where a name might, and are none.
NO_NAMES = frozenset(
    word
    for part in (_DAYS_AND_TIMES, _BUSINESS, _COURTESY, _SMALL_WORDS, _LOGS)
    for word in part.split()
)

_BESIDE_ADDRESSES = """
adresse agent also am an anrufer api auf available beginnt bei besser besten bestätigung bitte
connect connected connecting danke dann das dem den der die einfach email emailadresse erreichen
error es failed file folgende folgender found from für geht genau gerne geschäftlich gut hab
habe hallo halt hat heisst heißt hier http https ich ihnen in is ist ja jetzt kontakt kunde
lauten lautet lieber line listening look looking mail mailadresse mal mein meine meiner mich mir
mit moment my nach nehmen nein noch nochmal notiere notieren notiert nur nämlich oder ok okay
per privat private privater running schick schicken schickt schreiben schreibt see sende senden
sendet server sie started the to und uns unter user via von war wir wird wäre zu zwar äh ähm
"""
#: Words beside a dictated address that are not part of it.
ASIDE = frozenset(_BESIDE_ADDRESSES.split())

_NOBODY = """
agent anonym anonymous anrufer anruferin doktor dr frau gast guest herr herrn info kunde kundin
name none null prof professor service termin test unbekannt undefined unknown user
"""
#: Stands where a caller's name would, and is nobody's.
NOBODY = frozenset(_NOBODY.split())
