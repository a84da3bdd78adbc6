"""What servers really say, and what it means."""

import pytest

from api.mail.refusals import Meaning, enhanced_status, meaning_of

NO_MAILBOX, BLOCKED, THIS_MAIL = Meaning.NO_MAILBOX, Meaning.BLOCKED, Meaning.THIS_MAIL
OUR_ACCOUNT = Meaning.OUR_ACCOUNT


@pytest.mark.parametrize(
    ("code", "words", "meaning"),
    [
        (550, "5.1.1 <full.house@x.org>: Recipient address rejected: User unknown", NO_MAILBOX),
        (550, "5.1.1 The email account that you tried to reach does not exist.", NO_MAILBOX),
        (550, "5.1.6 moved, no forwarding address", NO_MAILBOX),
        (550, "5.1.1 <a@x.org> your server is on our block list", BLOCKED),
        (550, "5.1.1 mailbox is over quota", THIS_MAIL),
        (550, "5.1.1 access denied", THIS_MAIL),
        (450, "5.1.1 unknown just now", THIS_MAIL),
        (550, "4.1.1 unknown", THIS_MAIL),
        (550, "5.1.0 address rejected", THIS_MAIL),
        (550, "5.1.2 no such domain", THIS_MAIL),
        (553, "5.1.3 syntax", THIS_MAIL),
        (550, "5.1.10 RESOLVER.ADR.RecipientNotFound", THIS_MAIL),
        (556, "5.1.10 null MX", THIS_MAIL),
        (551, "user not local; please try <forward-path>", THIS_MAIL),
        (551, "5.7.1 user not local", BLOCKED),
        (550, "5.4.14 hop count exceeded", THIS_MAIL),
        (553, "5.6.7 SMTPUTF8 is not supported", THIS_MAIL),
        (454, "4.7.0 TLS not available due to temporary reason", THIS_MAIL),
        (452, "4.2.2 mailbox full", THIS_MAIL),
        (550, "5.2.1 disabled", THIS_MAIL),
        (552, "5.2.2 full", THIS_MAIL),
        (552, "5.3.4 message too big", THIS_MAIL),
        (550, "5.4.1 Recipient address rejected: Access denied.", THIS_MAIL),
        (554, "5.4.7 delivery time expired", THIS_MAIL),
        (550, "No such user here", THIS_MAIL),
        (553, "sorry, that domain isn't in my list", THIS_MAIL),
        (554, "delivery error", THIS_MAIL),
        (550, "5.7.1 messages from your server are on our block list", BLOCKED),
        (550, "5.7.26 not authenticated", BLOCKED),
        (550, "5.7.606 Access denied, banned sending IP", BLOCKED),
        (550, "5.7.133 sender not authenticated for group", THIS_MAIL),
        (550, "blocked, see https://example.org/?why=1", BLOCKED),
        (
            554,
            "Client host [192.0.2.1] blocked using zen.spamhaus.org",
            BLOCKED,
        ),
        (421, "4.7.0 unusual rate of unsolicited mail", BLOCKED),
        (451, "4.7.650 The mail server has been temporarily rate limited", BLOCKED),
        (451, "4.7.1 Greylisting in action, please come back in 00:05:00", THIS_MAIL),
        (450, "4.7.1 Try again later", THIS_MAIL),
        (530, "5.7.0 Must issue a STARTTLS command first", THIS_MAIL),
        (535, "5.7.8 wrong password", THIS_MAIL),
        (550, "5.7.1 user unknown", THIS_MAIL),
        (550, "5.7.1 <x@x.org>: Recipient not found.", THIS_MAIL),
        (550, "5.7.1 No such\n5.7.1 user", THIS_MAIL),
        (554, "5.7.1 <x@x.org>: Recipient address rejected: Access denied", THIS_MAIL),
        (550, "5.7.1 user unknown, your address is on our block list", BLOCKED),
        (554, "5.7.1 <x@x.org>: Relay access denied", BLOCKED),
        (550, "5.7.23 Recipient address rejected: SPF", BLOCKED),
        (550, "#5.7.1 Your access to submit messages has been rejected.", BLOCKED),
        (550, "(5.1.1) no such user", NO_MAILBOX),
        (550, "5.7.1.9 is not welcome", THIS_MAIL),
        (550, "5.1.1 not\n5.1.1 allowed", THIS_MAIL),
        (550, "5.0.0 blocked", BLOCKED),
        (450, "4.2.0 try\n4.2.0 again later, spam", THIS_MAIL),
        (550, "5.4.5 Daily user sending limit exceeded.", OUR_ACCOUNT),
        (554, "Message rejected: Email address is not verified.", OUR_ACCOUNT),
        (554, "Message rejected: Sending paused for this account.", OUR_ACCOUNT),
        (454, "Throttling failure: Maximum sending rate exceeded.", OUR_ACCOUNT),
        (550, "Maximum credits exceeded", OUR_ACCOUNT),
        (550, "5.7.1 You have reached your daily sending quota", OUR_ACCOUNT),
        (550, "5.1.1", NO_MAILBOX),
        (550, "5.1.1 Utilisateur inconnu", NO_MAILBOX),
        (550, "5.1.1 That account doesn't exist", NO_MAILBOX),
        (550, "5.1.1 service unavailable", THIS_MAIL),
        (550, "5.1.1 Benutzer unbekannt", NO_MAILBOX),
        (550, "5.1.1 sorry, no mailbox here by that name", NO_MAILBOX),
        (550, "5.1.1 User not listed in the directory", NO_MAILBOX),
        (552, "5.1.1 no such user", THIS_MAIL),
        (521, "5.1.1 host accepts no mail, user unknown", THIS_MAIL),
        (556, "5.1.1 this domain does not exist", THIS_MAIL),
        (503, "5.1.1 user unknown", THIS_MAIL),
        (550, "5.1.1 Почтовый ящик переполнен", THIS_MAIL),
        (550, "5.1.1 Ihre IP wurde abgelehnt: Richtlinie", THIS_MAIL),
        (550, "5.1.1 rechazado por política", THIS_MAIL),
        (550, "5.1.1 buzón lleno", THIS_MAIL),
        (550, "5.1.1 拒绝:您的IP在黑名单中", THIS_MAIL),
        (550, "5.1.1 overquota", THIS_MAIL),
        (550, "5.1.1 Rejected: DMARC", THIS_MAIL),
        (550, "5.1.1 unknown or mailbox is locked", THIS_MAIL),
        (550, "5.1.1 Absender unbekannt", THIS_MAIL),
        (550, "5.1.1 unknown host", THIS_MAIL),
        (550, "5.1.1 black listed", BLOCKED),
        (450, "4.7.1 please wait 300 seconds", THIS_MAIL),
        (552, "5.2.2 The email account that you tried to reach is over quota", THIS_MAIL),
    ],
)
def test_meanings(code: int, words: str, meaning: Meaning) -> None:
    assert meaning_of(code, enhanced_status(words), words) is meaning


def test_an_address_that_sounds_like_a_block_list_is_not_one() -> None:
    words = "5.1.1 <spam.blocked@blacklist.example.org> unknown, see https://x.org/full"
    assert meaning_of(550, "5.1.1", words) is NO_MAILBOX
