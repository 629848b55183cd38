"""What stands before and after a person's name, as patterns: "mein Name ist …", "Termin für …".

Knows sentences and labels; whether the word they introduce is a name is judged by
:mod:`askpro.guards.redaction.introduced_names`.
"""

from __future__ import annotations

from askpro.guards.redaction.mail import ESCAPED
from askpro.guards.redaction.spans import compiled

_GAP = r"(?:[\s\x{00A0}]|\\n)"
# "Dr. med. dent.", "Prof. Dr.-Ing.", "Dipl.-Kfm."
_DEGREE = (
    r"(?:dr|doktor|prof|professor(?:in)?|dipl|mag|med|dent|vet|jur|rer|nat|phil|ing|oec|pol|theol"
    r"|habil|mult|h\.?\s?c|kfm|kffr|inf|psych|p(?:ä|ae)d|b\.\s?a|m\.\s?a|b\.\s?sc|m\.\s?sc|llm|mba)"
)
_TITLE = rf"(?i:{_DEGREE}(?:(?:\.-?|-){_DEGREE})*(?:\.?{_GAP}+|\.))"
#: Small words between the parts of a name.
PARTICLE = (
    r"(?i:v(?:on|an|om|\.)|de[nrsil]?|della?|d[aoi]s?|du|l[aeo]s?|und|z[um]r?|zum|te[nr]?|el|al"
    r"|a[sr]|bin|ibn|ben|abu|bint|y|e|af|op|st\.|s(?:an|anta)|['’]t)"
)
_PARTICLE = rf"(?:{PARTICLE}{_GAP}+)"
REST = rf"(?:[\p{{L}}]|['’-]\p{{L}}|{ESCAPED})"
# "J.-P.", "D."
_INITIALS = rf"(?:(?-i:\p{{Lu}})\.(?:-?\p{{Lu}}\.)*{_GAP}*)"
# "d'Arcy", "al-Rahman" begin small.
_PREFIX = r"(?:(?:[dl]['’])|(?:a[lrsntdz]|ash|el|ez)-)?"
CAPITAL = rf"{_PREFIX}(?:[\p{{Lu}}]|{ESCAPED}){REST}+"
SMALL = rf"\p{{Ll}}{REST}+"
_SS = r"(?:ß|ss|\\u00df)"
_UE = r"(?:ü|ue|\\u00fc)"
_LABEL = rf"(?:\p{{L}}{{2,20}}\s?:{_GAP}*)"
_CALLER = rf"(?i:(?:user|kund(?:e|in)|anrufer(?:in)?|caller)\s?:{_GAP}*)"
_GREETING = (
    rf"(?:(?:sch(?:ö|oe)nen\s+)?guten\s+(?:tag|morgen|abend|mittag)|hallo|moin|servus|tach|tag"
    rf"|gr{_UE}{_SS}(?:e|\s+gott|\s+sie|\s+dich)?)"
)
_YES = (
    rf"(?:(?:ja|so|(?:ä|ae)hm?|also|gerne|klar|nat{_UE}rlich|sicher|genau|{_GREETING})"
    rf"\s*[,.!]?{_GAP}+)"
)

# What stands before a name.
_KIND_OF_NAME = r"(?:vor|nach|familien|geburts|ruf|zu|ehe|spitz|m(?:ä|ae)dchen)"
_WHO = (
    r"(?:ich|er|sie|der|die|kunde|kundin|patient(?:in)?|anrufer(?:in)?|dame|herr|frau|mann|sohn"
    r"|tochter|mutter|vater|bruder|schwester|oma|opa|partner(?:in)?|freund(?:in)?|kollege|kollegin"
    r"|chef(?:in)?|kind|junge|m(?:ä|ae)dchen|baby|kleine[rn]?|nachbar(?:in)?)"
)
_WHOSE = (
    r"(?:kunden|kundin|patienten|patientin|anrufers|anruferin|gast(?:es)?|kindes|sohne?s|tochter"
    r"|mannes|frau|mutter|vaters)"
)
_ADDRESSED = (
    r"\b(?:herrn?|frau|fr(?:ä|ae)ulein|familie|eheleute|ehepaar|mrs?\.?|ms\.?|fr\.|hrn?\b\.?|fam\."
    r"|doktor|dr\.|prof\.|professor(?:in)?|se(?:ñ|n)or(?:a|ita)?|signor[ae]?|madame|monsieur)\s+"
)
_BEFORE = (
    rf"{_KIND_OF_NAME}?namen?\s+(?:ist|lautet|w(?:ä|ae)re|war|is)\s+"
    rf"|{_KIND_OF_NAME}?name\s*[:=]\s*"
    rf"|name\s+(?:de[sr]|meine[rs])\s+{_WHOSE}(?:\s+(?:ist|lautet)|\s?:)\s+"
    rf"|hei{_SS}e\s+|{_WHO}\s+hei{_SS}t\s+|\bhei{_SS}\s+"
    r"|hier\s+(?:spricht|ist|redet|telefoniert|schreibt|nochmal|wieder)\s+(?:(?:die|der)\s+)?"
    r"|(?:auf|unter|im)\s+(?:(?:den|dem|einen|meinen|seinen|ihren)\s+)?(?:nach)?namen\s+(?:von\s+)?"
    rf"|{_ADDRESSED}"
)
# Callers begin in their own language.
_ABROAD = (
    r"(?:\b(?:je\s+m['’]appelle|me\s+llamo|mi\s+chiamo|(?:benim\s+)?ad[ıi]m|nazywam\s+si[ęe]"
    r"|m(?:ă|a)\s+numesc|zovem\s+se|quhem|mam\s+na\s+imi[ęe]|ismim|jmenuji\s+se|mijn\s+naam\s+is"
    r"|meu\s+nome\s+é|me\s+lamo|t(?:ô|o)i\s+t(?:ê|e)n\s+l(?:à|a)|t(?:ê|e)n\s+t(?:ô|o)i\s+l(?:à|a))"
    r"|зовут|звати|με\s+λένε|اسمي|اسم\s+من)"
)
# … where it begins with a capital: in small letters any word stands there.
_BEFORE_CAPITAL = (
    rf"{_KIND_OF_NAME}namen?\s+|geborene[nr]?\s+|\bgeschwister\s+|\bc/o\s+"
    r"|\b(?:ansprechpartner(?:in)?|kontaktperson)(?:\s*:|\s+ist)?\s+"
    r"|\b(?:buchen|reservieren)\s+sie\s+auf\s+|\b(?:klingeln?|stock|etage)\s+(?:sie\s+)?bei\s+"
    r"|\b(?:schreibt|nennt)\s+sich\s+|\b(?:namens|named|speaking:?)\s+|\bich\s+bin\s?['’]?s\s*,\s+|\bgez\.\s*"
    rf"|{_ABROAD}\s+"
    rf"|ich\s+bin(?:\s?['’]?s)?(?:\s+(?:nochmal|wieder))?\s*,?\s+(?:der|die)\s+"
    rf"|(?:{_GREETING}|ja|so)\s*,?\s+hier\s+"
)
_KIN = (
    r"(?:mutter|vater|tochter|sohn|mann|bruder|schwester|oma|opa|partner(?:in)?|freund(?:in)?"
    r"|kollege|kollegin|chef(?:in)?|kind|enkel(?:in)?|tante|onkel|nichte|neffen?|cousine?|schwager"
    r"|schw(?:ä|ae)gerin|verlobte[rn]?)\s+(?:an\s+|namens\s+)?"
)
_ROLE = (
    r"(?:kund(?:e|in|en)|patient(?:in|en)?|anrufer(?:in)?|teilnehmer(?:in)?|attendee|customer"
    r"|caller|(?:guest|gast)\s?:|mieter(?:in)?|fahrer(?:in)?|(?:konto)?inhaber(?:in)?|halter(?:in)?"
    r"|absender(?:in)?|empf(?:ä|ae)nger(?:in)?|mandant(?:in|en)?|klient(?:in|en)?"
    r"|versicherungsnehmer(?:in)?|versicherte[rn]?|begleitperson|notfallkontakt"
    r"|erziehungsberechtigte[rn]?|sprecher(?:in)?|unterschrift|gez|i\.\s?a|z\.\s?hd|cn)"
)
_MATTER = (
    r"(?:termin|buchung|anruf|nachricht|r(?:ü|ue)ckruf|stornierung|absage|(?:tisch)?reservierung"
    r"|abholung|rechnung|erinnerung|auftrag|haarschnitt|rufe|booking|appointment|call|callback"
    r"|reservation|reminder|wish|booked|confirmed|cancell?ed|rescheduled|gebucht|reserviert"
    r"|eingetragen|storniert|abgesagt|verschoben)"
)
_TWO_ONLY = (
    rf"(?:{_ROLE}\s*:?|ich\s+bin(?:\s+(?:der|die))?|spreche\s+(?:ich\s+)?mit|this\s+is"
    r"|i(?:['’]|\sa)m|da\s+(?:ist|spricht)\s+(?:der|die)|customer\s+not\s+found:"
    rf"|{_MATTER}\s+(?:von|by|from|of))(?:\s+|[.=]\"?\s?)"
)
# … which stand before anything else as well, where it has no capital. The last is Cal.com's own
# title of a booking.
_TWO_CAPITALS = (
    rf"(?:\bname\s?:\s?[\"„“]|(?:{_MATTER}\s+(?:f(?:ü|ue)r|for|an|auf|durch)"
    r"|(?:between|zwischen)\s[^\n\"]{1,80}?\s(?:and|und))\s+)"
)
# What callers do, and hardly anything else that has two names.
_DEED = (
    r"\s+(?:hat\s+(?:\p{L}+\s+)?(?:angerufen|abgesagt|storniert|verschoben|aufgelegt)"
    r"|ruft\s+(?:an|zur|noch|wieder)|bittet\s+um|gesprochen\b|hung\s+up|called\b)"
)
_QUOTED_BEFORE = (
    r"(?:customer|attendee|caller|patient|guest|gast|kund(?:e|in)|anrufer(?:in)?"
    r"|invalid\s+(?:\p{L}+\s)?name)\s*[:=]?\s*[\"'‘“„«]"
)
_AFTER = (
    r"\s*,?\s+(?:(?:ist\s+)?mein\s+name|am\s+(?:apparat|telefon)"
    r"|hier\b(?:\s*[,.!?:]|\s+(?:ich|noch|aus|von)|\s*$|\n))"
)
_QUESTION = (
    rf"(?:\p{{L}}*namen?\b|hei{_SS}en\s+sie|hei{_SS}t\b|auf\s+wen|mit\s+wem|wer\s+(?:ist|spricht)"
    r"\b)"
)
_ASKED = (
    rf"(?:(?:ihr|dein|der)\s+{_KIND_OF_NAME}?name(?:\s+bitte)?|hei{_SS}en\s+sie|hei{_SS}t\s+du"
    r"|wer\s+(?:ist|spricht)(?:\s+(?:da|dort))?|wem\s+spreche\s+ich)"
    r"\s?\?"
)
_CLOSING = rf"(?:gr{_UE}{_SS}en?|gru{_SS}|mfg|[lv]g)\s*,?{_GAP}*(?:\n|\\n|\\r)(?:{_GAP}|\\r)*"
_REGARDS = rf"(?:gr{_UE}{_SS}en?|gru{_SS}|mfg|[lv]g)\s*,?{_GAP}+"
_ANSWER = (
    r"(?:(?:das\s+(?:ist|w(?:ä|ae)re)|auf|mit|f(?:ü|ue)r|der|die|hier\s+(?:ist|spricht)|ich\s+bin)"
    r"\s+){0,3}"
)
_BOOKED = (
    r"(?i:bitte|best(?:ä|ae)tigt|gebucht|reservier(?:t|en)|eingetragen|notiert|buchen|eintragen"
    r"|richtig|korrekt|stimmt)\b"
)
# "Meyer mit ey": only letters say how a name is written.
_WRITTEN_WITH = (
    r"(?i:mit\s+(?:(?:doppel|zwei|hartem|weichem|scharfem)[ -]?\p{L}|[a-zäöüß]|[aeo][iy]|[aou]e|ie"
    r"|ih|dt|th|ck|tz|ph|ss)(?:[\s,.?!]|$))"
)
_START = r"(?:^|[^\p{L}\p{N}_])"


def _one(word: str) -> str:
    return rf"{_INITIALS}{{0,3}}{_PARTICLE}{{0,4}}{word}"


def _full(word: str, most: int) -> str:
    return rf"({_one(word)}(?:{_GAP}+{_one(word)}){{0,{most - 1}}})"


def _written(word: str) -> list[str]:
    two_only = _TWO_ONLY if word == SMALL else f"(?:{_TWO_ONLY}|{_TWO_CAPITALS})"
    return [
        rf"{_START}(?i:{_BEFORE}){_TITLE}*{_full(word, 4)}",
        rf"{_START}(?i:(?:mein|unser)\p{{L}}*\s+{_KIN}){_full(word, 2)}",
        rf"{_START}(?:(?i:{two_only}){_TITLE}*({word}(?:{_GAP}+{_one(word)}){{1,3}})"
        rf"|({word}(?:{_GAP}+{_one(word)}){{1,3}})(?i:{_DEED}))",
        rf"(?:^|[.,:;!?\"]{_GAP}*|\n|\\n|{_START}(?i:{_YES}|mit\s+)){_full(word, 4)}(?i:{_AFTER})"
        rf"|{_START}(?i:mein\s+{_KIND_OF_NAME}?name\s+){_full(word, 2)}\s*$",
        rf"{_START}(?i:{_BEFORE_CAPITAL}){_TITLE}*{_full(word, 4)}",
        rf"{_START}(?i:{_KIND_OF_NAME}?name(?:\s+(?:de[sr]|meine[rs])\s+{_WHOSE})?\s*[:=]\s*){_TITLE}*"
        rf"({_one(word)},{_GAP}*{_one(word)})",
        rf"(?i:{_START}{_QUESTION}[^\n\\]{{0,80}}[?.](?:\n|\\n|\s)+{_LABEL}{_YES}{{0,3}}{_ANSWER})"
        rf"(?i:{_ADDRESSED}{_TITLE}*)?({_one(word)}(?:,?{_GAP}+{_one(word)}){{0,3}})"
        rf"{_GAP}*(?i:bitte\s*)?(?:[.,!;\"\n\\]|$)",
        rf"(?:^|\n|\\n){_GAP}*{_CALLER}?(?i:{_YES}{{0,2}}){_full(word, 2)}"
        rf"\s*,\s+(?i:{_GREETING})",
        rf"{_START}(?i:{_GREETING})\s*,\s+{_full(word, 2)}\s*,\s+(?i:ich|hier|mein|wir|es)\b",
        rf"{_START}(?:auf|unter){_GAP}+{_TITLE}*{_full(word, 2)}{_GAP}*,?{_GAP}+{_BOOKED}",
        # The rare ones are looked for together.
        rf"{_START}(?:(?i:{_QUOTED_BEFORE}|{_CLOSING}){_full(word, 4)}"
        rf"|(?i:{_ASKED}\s+{_YES}{{0,2}}{_ANSWER}){_full(word, 2)}{_GAP}*(?:[.,!]|$)"
        rf"|(?i:(?:tragen|schreiben)\s+sie\s+(?:bitte\s+)?){_full(word, 4)}{_GAP}+"
        r"(?i:bitte\s+)?(?:ein|auf)\b"
        rf"|(?i:{_ROLE}\s+){_full(word, 2)}(?i:{_DEED})|({word})\s+{_WRITTEN_WITH}"
        rf"|(?i:habe\s+ich\s+){_full(word, 4)}\s+(?i:richtig|korrekt)\b"
        rf"|(?i:hallo|hi|liebe[rs]?)\s+{_full(word, 2)},|(?i:{_REGARDS}){_full(word, 2)}\s*$"
        rf"|{_CALLER}(?i:hier){_GAP}+{_full(word, 2)}\s*$"
        rf"|(?i:(?:gebucht|reserviert|eingetragen)\s+auf\s+){_full(word, 2)}\s*$"
        rf"|(?i:patient(?:in)?|attendee|customer)\s?:\s*({_one(word)},{_GAP}*{_one(word)})"
        rf"|{_full(word, 4)}\"?\s*<[^\s<>@]{{1,64}}@)",
    ]


# The first ones are sure enough for texts without capitals.
_FOR_SMALL = 4
PATTERNS = [compiled(pattern) for pattern in _written(CAPITAL)]
SMALL_PATTERNS = [compiled(pattern) for pattern in _written(SMALL)[:_FOR_SMALL]]
# One look for all of them: most lines that pass the gate have no name.
ANY = compiled("|".join(_written(CAPITAL)), groups=False)
ANY_SMALL = compiled("|".join(_written(SMALL)[:_FOR_SMALL]), groups=False)
# After these a single capital says too little.
TWO_WORDS = (PATTERNS[2], SMALL_PATTERNS[2])
# After these nearly every word is a name, "Kalt" and "Kupfer" too; "the name is taken" is not one.
SURE = compiled(
    r"(?i)herr|frau|fr(?:ä|ae)ul|famil|eheleute|ehepaar|namen|name\s*(?:[:=]|ist|lautet|w|[^\si])"
    r"|\b(?:m[rs]s?|[fh]r|fam|dr|prof)\b|doktor"
)
#: What a line must contain before any of the patterns is tried.
GATE = (
    rf"(?i)(?:\b|{_KIND_OF_NAME})namen?\b|\bhei{_SS}[et]?\b|\bhier\b|\bherrn?\b|\bfrau\b"
    rf"|fr(?:ä|ae)ulein|famil|apparat|am telefon|{_START}{_GREETING}\b"
    rf"|\b(?:mein|unser)\p{{L}}*\s+{_KIN}|{_REGARDS}|\b(?:schreibt|nennt)\s+sich"
    r"|\b(?:angerufen|abgesagt|storniert|verschoben|aufgelegt|gesprochen|called)\b|\bhung\s+up"
    rf"|\bruft\s|\bbittet\s|\b(?:between|zwischen)\s|\b{_MATTER}\s+(?:f(?:ü|ue)r|for|an|auf|durch)\s"
    rf"|{_START}{_TWO_ONLY}|{_START}{_ADDRESSED}|\bgeborene|ansprechpartner|kontaktperson"
    r"|\b(?:gebucht|reservier|eingetragen|eintragen|notiert|buchen)|best(?:ä|ae)tigt\b|\bsie\s+auf\b|\bc/o\b"
    r"|\bklingel|\b(?:stock|etage)\s+bei\b|\b(?:name[ns]|named|speaking)\b|\bich\s+bin"
    r"|\b(?:tragen|schreiben)\s+sie\b|\bgez\.|\bgeschwister\b|auf\s+wen\b|mit\s+wem\b|\bwer\s+(?:ist|spricht)\b"
    rf"|{_ABROAD}|\b(?:hallo|hi|liebe[rs]?)\s|\bbitte\b|{_START}{_QUOTED_BEFORE}|<[^\s<>@]{{1,64}}@|{_CLOSING}"
    rf"|{_WRITTEN_WITH}|\b(?:richtig|korrekt|stimmt)\b"
)
