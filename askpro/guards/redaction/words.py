"""Word lists of the redaction: what is no name, and what stands beside an address."""

from __future__ import annotations

_PARTICLES = """
abu af al ar as ben bin bint da das de del della den der des di do dos du e el ibn la las le los op
san santa st te ten ter und v van vom von y zu zum zur
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
gutes hallo herr herren herrn hr ich ihnen ihr ihre ihrem ihren ihrer ja kein keine klar leider
mein meine meinen mich mir moin moment natürlich nee nein ok okay perfekt prima prof professor
richtig schön schönen sehr servus sicher sie stimmt super tach tschüss uns verstanden verzeihung
vielen vielleicht wiederhören wiedersehen wir
"""
_SMALL_WORDS = """
ab aber abgesagt alle als alte alten am an andere anderen angerufen anrufen auch auf aus bald
bei beide beim bekommen bekommt bestätigt bin bis bist brauche brauchen braucht da dann darf das
dass dem den denn der des die diese diesen dieser dieses digitale digitalen dort dritte durch
dürfen egal ein eine einem einen einer eines eingetragen erst erste ersten etwas freue freut für
geben gebucht gegen geht gibt ging gleich habe haben hat hatte heisse heisst heiße heißen heißt
helfe hier hilft hätte im immer in ist jede jeder jedes jetzt kam kann komme kommen kommenden
kommt können könnte könnten lautet letzte mache machen macht mal meinem meiner mit muss möchte
möchten müssen müsste nach nehmen neue neuen neuer nicht nichts nie nimmt noch nochmal notiert
nur nächste nächsten ob oder ohne reserviert rufe ruft sage sagen sagt schon sei seine seinen
seit sind so soll sollen sollte sondern sonst spreche sprechen spricht steht storniert um und
unter verschoben vom von vor wann war waren warum was weil welche welchen welcher welches wenn
wer werden wie wieder will wird wo wollen wollte wurde wäre zu zum zur zweite zwischen über
"""
_ROLES = """
ansicht ansprechpartner ansprechpartnerin anfang anrufbeantworter arzthelferin auffassung ehefrau
ehemann eheleute enkel enkelin erste ersten fahrer fahrerin fall firma gast geschwister haus
inhaber inhaberin meinung mitte nachbar nachbarin neue sekretariat sohnemann sprechstundenhilfe
stammkunde stammkundin urlaub verlobte verlobter vertretung verwandte zentrale ende
"""
_STATES = """
allein anders belegt besetzt da frei geschlossen hinten kalt krank laut leise los müde neu niemand
offen oben ruhig schlecht spät unten verhindert voll vorne weg zuständig
"""
_SERVICES = """
balayage blondierung damenschnitt dauerwelle deutsch englisch haarfarbe herrenschnitt kinderschnitt
kupfer lautsprecher maniküre ombré pediküre pixie pony schnitt spitzen tönung türkisch wartung
akupunktur augenbrauen bart beine bleaching bremsen drainage gel gesicht haircut hände füße kosmetik
lifting lymphdrainage men microblading nacken nägel osteopathie peeling prophylaxe rasur räder
reifen rücken schulter shellac welle wimpern women zähne
"""
_FAR_FROM_NAMES = """
abruf anfrage erwachsene gutschein jugendliche karte kasse kinder konto kredit krankenkasse
lastschrift senioren anhieb dauer leute probe raten reserve umständen vip vorbehalt vorrat
warteliste welt widerruf wunsch zuruf zusammen
"""
#: What forms and logs say where no name is, even after "Name:".
_NO_ANSWER = """
empty fehlt given invalid leer missing none not null required unbekannt unknown unset
"""
_LOGS = """
an content event hours our suite that the this type working your
access already api app at bad been blocked booked by cache calling cancelled client closed created
debug denied did disconnected does ended error exception exists expired fail failed false for found
from get has http hung id in info input invalid is limit lost message missing no none not null of
off ok on out post processed queue ready rejected request required response retell server show
started status stopped taken timed timeout to too true unavailable undefined unknown up updated used
user value waiting warning was with worker
"""
_ENGLISH = """
afternoon but evening friday monday morning not saturday sorry sunday thursday today tomorrow
tuesday wednesday
"""
_NAMED_THINGS_TEXT = """
action agent alert app application branch bucket cache class client column command company container
cookie database datei db domain driver event feld field file firma function funktion group handler
header host index job key label lock logger machine method model module node package parameter
path plugin process product profile program project provider queue resource role route schema server
service source step store table tag task template test thread tool topic type unit user variable
view volume worker zone
"""
#: "logger name", "queue name": what people call what they have built.
NAMED_THINGS = frozenset(_NAMED_THINGS_TEXT.split())

_DEGREES = """
dent dipl habil ing jur kfm mag mba med mult nat oec phil pol psych rer theol vet
"""
#: Words that begin with a capital, or stand where a name might, and are none.
SURELY_NO_NAMES = frozenset(
    word
    for part in (_DAYS_AND_TIMES, _BUSINESS, _COURTESY, _SMALL_WORDS, _DEGREES, _NO_ANSWER)
    for word in part.split()
)
#: The same where a sentence only hints at a name: "Herr Kalt" is called so, "hier ist kalt" is not.
NO_NAMES = SURELY_NO_NAMES | frozenset(
    word
    for part in (_ROLES, _STATES, _SERVICES, _LOGS, _ENGLISH, _FAR_FROM_NAMES)
    for word in part.split()
)

_LONG = 6
_NOUN_ENDINGS = """
farbe gymnastik heit heiten inspektion keit keiten kurs massage paket pflege schaft schnitt stunde
therapie tion tionen bung dung fung gung lung rung sung zung wechsel
"""
#: Nouns of services and things end like these and like the longer words above ("Ansatzfarbe",
#: "Terminassistentin").
NOUN_ENDINGS = tuple({*_NOUN_ENDINGS.split(), *(word for word in NO_NAMES if len(word) >= _LONG)})

_COMPONENTS = """
askpro breaker cache cal cal.com calcom datenbank disk dns gateway gunicorn kalender netzwerk platte
postgres postgresql queue redis retell server simulator speicher sqlite tls timeout verbindung
warteschlange webhook worker
"""
#: "Diagnose: Redis antwortet nicht": what is ill is no person.
COMPONENTS = tuple(_COMPONENTS.split())

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
