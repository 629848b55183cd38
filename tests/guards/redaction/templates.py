"""The sentences around what callers say: ours, nothing of the reference data."""

from __future__ import annotations

PHONE_TEMPLATES = r"""
Meine Nummer ist {}
ja also das wäre die {}
Sie erreichen mich am besten unter {} bitte
{}
{} ist meine Handynummer
notieren Sie bitte {} danke schön
die Nummer lautet {}.
Rückruf an {} zwischen 15 und 17 Uhr
ich habe die {}, geht das?
unter der {} bin ich da
meine Frau hat die {}, die können Sie auch nehmen
Handy: {}
Tel. {}
(Mobil {})
am Montag um 15:30 Uhr, und meine Nummer: {}
phone={}
Anruf von {} um 14:05 angenommen
WARN callback for {} failed after 3 attempts
rufen Sie {} an
Festnetz geht auch, {}
Termin am 14.10.2026, Rückrufnummer {}
der Kunde mit der Nummer {} hat storniert
'{}' ist keine gültige Nummer
user said: {}
Ja. {}. Genau.
Nummer? {}!
"{}"
Könnten Sie mich zurückrufen? Die {} ist frei.
Fax {}
sms an {} gesendet
neu: {} statt der alten
Telefonnummer von meinem Mann {} bitte eintragen
""".strip().splitlines()
SPOKEN_PHONE_TEMPLATES = r"""
meine Nummer ist {}
ja das ist die {}
{}
rufen Sie mich an unter {} danke
also {} ist das
die Telefonnummer lautet {}
Moment ich schau nach {} so stimmt es
Sie können mich erreichen unter der {}
ähm {}
Handynummer {} bitte
ja gern {} genau
unter {} am besten nachmittags ab sechzehn Uhr
User: {}
und zwar {}
notieren Sie {}
um acht Uhr dreißig passt es und meine Nummer ist {}
die {} das ist mein Handy
mein Mann hat {}
Festnetz wäre {}
ich diktiere {} haben Sie das
{}, danke!
Okay: {}.
für Rückfragen {}
wenn was ist dann {} anrufen
es ist die {} aus Köln
""".strip().splitlines()
MAIL_TEMPLATES = r"""
Meine E-Mail ist {}
{} ist die Adresse
schicken Sie es an {} bitte
an {}, danke
Mail: {}
<{}>
mailto:{}
email={}&x=1
Bestätigung ging an {}.
({})
"{}" konnte nicht zugestellt werden
user {} logged in
to={}, cc=none
{}; 14.10.2026
von {} kam keine Antwort bis 12 Uhr
'{}'
E-Mail-Adresse lautet {} und sonst nichts
attendee {} not found
SMTP 550 <{}>: mailbox unavailable
bitte an {} schicken!
""".strip().splitlines()
SPOKEN_MAIL_TEMPLATES = r"""
meine E-Mail ist {}
das ist {} klein geschrieben
{}
ja an {} bitte
die lautet {}
schreiben Sie an {}
E-Mail-Adresse {} danke
also {}
ähm das wäre {}
{} genau
per Mail an {}
User: {}
meine Mail: {}.
schicken Sie die Bestätigung bitte an {}
ich habe {} als Adresse
notieren Sie {} haben Sie das
Ja, {}, alles klein.
die Adresse ist {} und der Termin ist um zehn Uhr
""".strip().splitlines()
IBAN_TEMPLATES = r"""
Die IBAN lautet {}
bitte von {} abbuchen
{}
IBAN: {}
Konto {} bei der Sparkasse
iban={}
überweisen Sie auf {}, danke
({})
meine Bankverbindung ist {}.
von {} am 3.11.
""".strip().splitlines()
