"""What a refusal means: no such mailbox, we are not wanted, or only this mail is refused.

The enhanced status (RFC 3463, RFC 5248) decides where there is one, unless the reply's code or
text contradicts it. Without a status the text is read only to find a block list. A bare 550 or
553 may mean anything from a full mailbox to a spam filter, so it says nothing about the mailbox.
"""

import re
from enum import StrEnum
from typing import Final

__all__ = ["Meaning", "enhanced_status", "meaning_of"]


class Meaning(StrEnum):
    """``NO_MAILBOX``: exactly this address does not exist. ``BLOCKED``: we are refused, so other
    mail to the same domain would be refused as well. ``OUR_ACCOUNT``: our own mail server limits
    what we send, to anybody. ``THIS_MAIL``: only this mail is refused, or the reason is unclear.
    """

    NO_MAILBOX = "no_mailbox"
    BLOCKED = "blocked"
    OUR_ACCOUNT = "our_account"
    THIS_MAIL = "this_mail"


# 5.1.1: no such mailbox. 5.1.6: it moved, and mail is no longer taken for it. Not 5.1.2 and 5.1.10
# (of the domain: its name servers may err, it may take mail tomorrow, and Exchange says 5.1.10 of
# much else), not 5.1.3 (of the spelling), not 5.2.1 (disabled, so it is there).
_NO_MAILBOX: Final = frozenset({"5.1.1", "5.1.6"})
# The replies that may speak of a mailbox. Not 552 (full), 521 and 556 (the whole domain takes no
# mail), nor those about a command: with one of them the two numbers contradict each other.
_OF_A_MAILBOX: Final = frozenset({None, 550, 551, 553, 554})
# Of the class "security or policy", those that speak of one recipient: lists and mailboxes that
# take mail of their own people only, accounts that are disabled or changed hands.
_ONE_RECIPIENT: Final = frozenset({2, 12, 13, 17, 124, 133, 134, 136})
# 5.4.5: Google's "Daily user sending limit exceeded".
_OUR_ACCOUNT: Final = frozenset({"5.4.5", "4.4.5"})
# Replies about passwords and TLS between us and our own server: not the recipient's word.
_OF_OUR_OWN_SERVER: Final = frozenset({454, 530, 534, 535, 538})
_GREYLISTS: Final = frozenset({450, 451})

# Some write "#5.7.1" or "(5.7.1)".
_STATUS: Final = re.compile(r"[\s#(\[]*([245])\.(\d{1,3})\.(\d{1,3})\b(?!\.\d)")
_STATUSES: Final = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b(?!\.\d)")
_ADDRESS: Final = re.compile(r"<[^>]*>|\S+@\S+|\bhttps?://\S+")
_BLOCK_WORDS: Final = re.compile(
    r"\b(block(ed|ing|s|lists?|listed)?|black[- ]?list(s|ed)?|deny-?list(ed)?|banned|spam|spamhaus"
    r"|dnsbl|rbl|reputation|unsolicited)\b",
    re.IGNORECASE,
)
_OTHER_WORDS: Final = re.compile(
    r"\b(polic(y|ies)|denied|quota|full|exceed(s|ed)?|too (big|large|many)|size|rate"
    r"|temporar(y|ily)|try (again )?later|gr[ae]y-?list(ed|ing)?|suspended|disabled|inactive"
    r"|unauthori[sz]ed"
    r"|not (allowed|permitted|authori[sz]ed|accepting)|relay(ing)?|sender|forbidden"
    r"|over-?quota|storage|disk|space|locked|busy|connections?|service|defer(red)?|content|virus"
    r"|spf|dkim|dmarc|ptr|dns|(?<!not )listed|voll|plein(e)?|llen[ao]|absender|expéditeur"
    r"|(unknown|invalid|no such) (domain|host)"
    r"|(domain|host)( name)? (is )?(unknown|not (found|exist)|does)"
    r"|remitente|richtlinie|politique|pol[ií]tica|bloqu[eé]+e?)\b|спам|отправител|переполнен",
    re.IGNORECASE,
)
# What says that there is no such mailbox. Of a text in words that nobody here knows, it is not
# known whether it contradicts its number, so it fails that mail alone.
_ABSENT_WORDS: Final = re.compile(
    r"\bunknown|\bnot? (longer|such|mailbox|user|recipient|account|address)\b"
    r"|(\bnot|n['\u2019]t|\bcannot|\bnever) (be )?(a )?"
    r"(valid|exists?|found|known|here|local|listed)"
    r"|\b(does|do|did) ?n[o'\u2019]t have\b|not ?found\b|\bnon-?exist|\bno ?such ?user"
    r"|\b(in|not )valid|\bbad (destination|recipient|address|mailbox)|\bun(rout|deliver)e?able"
    r"|\bunavailable|\bmoved\b|\bgone\b|\bclosed\b|\bdeleted\b"
    r"|\b(recipient|user|address|mailbox) (address )?(rejected|refused)\b"
    r"|unbekannt|nicht (gefunden|bekannt|vorhanden)|existiert nicht|inconnue?\b|inexist|existe pas"
    r"|n[oã]o? existe|desconocid|desconhecid|no encontrad|sconosciut|non esiste|onbekend|nieznan"
    r"|не (найден|существует)|неизвестн|գոյություն չունի|不存在|存在しません",
    re.IGNORECASE,
)
# Texts beside a status that only says "policy": they are about one recipient, not about us.
_MAILBOX_WORDS: Final = re.compile(
    r"\b((user|mailbox|recipient|account|address|person)\b.{0,30}"
    r"\b(unknown|not (found|exist|listed|active|known|here)|n't exist|invalid|unavailable"
    r"|disabled|inactive|suspended|rejected: access denied)"
    r"|(unknown|invalid|no such|non-?existent|unrouteable|undeliverable)"
    r" (local )?(user|mailbox|recipient|account|address|person))\b",
    re.IGNORECASE,
)
_LETTER: Final = re.compile(r"[^\W\d_]")
_DIAGNOSTIC_TYPE: Final = re.compile(r"^(smtp|x-[\w-]+) ?;", re.IGNORECASE)
# What mail services say to their customers.
_ACCOUNT_WORDS: Final = re.compile(
    r"\b((daily|hourly|monthly|sending|sender|message|user|account)( \w+)? (limits?|quotas?|rate)"
    r"( \w+)? (exceeded|reached)|(exceeded|reached)( \w+){0,3} (sending|daily|hourly|monthly)"
    r"( \w+)? (limits?|quotas?|rate)|sending paused|maximum credits|insufficient credits"
    r"|(address|domain|identity|identities|sender)\b.{0,40}\bnot( been)? verified"
    r"|throttl(ing|ed))\b",
    re.IGNORECASE,
)
_GREY_WORDS: Final = re.compile(
    r"gr[ae]y-?list|(try|come back).*(again|later|back)|\b(please )?wait\b"
    r"|\b\d+ ?(s|sec|min)(onds?|utes?|s)?\b|temporary reject",
    re.IGNORECASE,
)


def enhanced_status(words: str) -> str | None:
    """The status that a reply's text begins with, such as "5.1.1"; None where it has none."""
    match = _STATUS.match(words)
    return ".".join(match.groups()) if match else None


def meaning_of(code: int | None, status: str | None, words: str) -> Meaning:
    """What one refusal means. ``code`` is SMTP's reply code where one is known, ``status`` the
    enhanced status, ``words`` the text; what servers quote in it (addresses, links) is not read."""
    said = " ".join(_STATUSES.sub(" ", _ADDRESS.sub(" ", words)).split())
    if status in _OUR_ACCOUNT or _ACCOUNT_WORDS.search(said):
        return Meaning.OUR_ACCOUNT
    if code in _OF_OUR_OWN_SERVER:
        return Meaning.THIS_MAIL
    if _says_blocked(code, status, said):
        return Meaning.BLOCKED
    if status in _NO_MAILBOX and code in _OF_A_MAILBOX and _says_absent(said):
        return Meaning.NO_MAILBOX
    return Meaning.THIS_MAIL


def _says_absent(said: str) -> bool:
    """Whether the text says the same as its number, or nothing."""
    silent = not _LETTER.search(_DIAGNOSTIC_TYPE.sub("", said))
    return (silent or bool(_ABSENT_WORDS.search(said))) and not _OTHER_WORDS.search(said)


def _says_blocked(code: int | None, status: str | None, said: str) -> bool:
    if code in _GREYLISTS and _GREY_WORDS.search(said):
        return False
    match = _STATUS.match(status or "")
    if _BLOCK_WORDS.search(said) and (match is None or match[2] in "01"):
        return True  # no status, one that says nothing, or a mailbox's beside a block list's words
    if match is None or match[2] != "7" or int(match[3]) in _ONE_RECIPIENT:
        return False
    of_recipient = int(match[3]) <= 1 and _MAILBOX_WORDS.search(said)
    return not of_recipient or bool(_BLOCK_WORDS.search(said))
