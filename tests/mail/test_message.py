import itertools
from datetime import UTC, datetime
from email import message_from_string, policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.mail.message import Draft, HeaderRefused, Sender, build_message, mail_id_of
from api.security.identifiers import new_id
from api.security.text import TextRefused

SENDER = Sender("Undersigned", "no-reply@letters.example.org")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WAY_OUT = "https://letters.example.org/unsubscribe/" + "b" * 43
INTENDED = [
    "auto-submitted",
    "content-type",
    "date",
    "from",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "message-id",
    "mime-version",
    "subject",
    "to",
]
BREAKS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x1e", "\x85", "\u2028", "\u2029", "\x00"]
BREAKS += ["=0A", "=0D=0A", "%0d%0a", "\r\n ", "\n\t", "\ud80d\udc0a", "\u560a", "\\r\\n"]
SHAPES = [
    "Hello{b}Bcc: victim@example.org",
    "{b}Bcc: victim@example.org",
    "Hello{b}{b}<html>body</html>",
    "Hello{b}Content-Type: text/html",
    "=?utf-8?q?x{b}Bcc:_victim@example.org?=",
    "=?utf-8?q?a?={b}Bcc: victim@example.org",
    "=?us-ascii?q?{b}?= Subject: two",
    "Ani <a@example.org>{b}To: victim@example.org",
]
WORDS = [
    "=?utf-8?q?a=0D=0ABcc:_v@example.org?=",
    "=?utf-8?b?DQpCY2M6IHZAZXhhbXBsZS5vcmc=?=",
    "=?utf-7?q?+AA0ACg-Bcc:_v@example.org?=",
    "=?x?q?",
    "a =?utf-8?q?=0A?= b",
]
HOSTILE = [s.format(b=b) for s, b in itertools.product(SHAPES, BREAKS)]
HOSTILE += [f"{left}{word}{right}" for word in WORDS for left, right in (("", ""), ("x ", " y"))]
HOSTILE += [f"A{chr(n)}Bcc: v@example.org" for n in (*range(0x20), *range(0x7F, 0xA0))]
HOSTILE += [f"{value}{'é' * n}" for n in (20, 60) for value in HOSTILE[:150]]


def draft(subject: str = "Please confirm", body: str = "Hello", way_out: str = WAY_OUT) -> Draft:
    return Draft(subject, body, f"<p>{body}</p>", way_out)


def reparsed(message: EmailMessage) -> EmailMessage:
    built = message_from_string(bytes(message).decode("utf-8"), policy=policy.SMTPUTF8)
    assert isinstance(built, EmailMessage)
    return built


def assert_as_intended(message: EmailMessage, subject: str) -> None:
    built = reparsed(message)
    assert sorted(name.lower() for name in built) == INTENDED
    assert [each.addr_spec for each in built["To"].addresses] == ["ani@example.org"]
    assert str(built["Subject"]).split() == subject.split()
    raw, _, _ = bytes(message).partition(b"\r\n\r\n")
    assert not [line for line in raw.split(b"\r\n") if line.lower().startswith(b"bcc")]


def test_there_are_enough_hostile_values() -> None:
    assert len(set(HOSTILE)) >= 500


def test_no_hostile_subject_makes_a_header() -> None:
    refused = 0
    for value in HOSTILE:
        try:
            message = build_message(draft(value), SENDER, "ani@example.org", new_id(), NOW)
        except HeaderRefused:
            refused += 1
        else:
            assert_as_intended(message, value)
    assert refused > 300


def test_no_hostile_address_or_name_makes_a_header() -> None:
    for value in HOSTILE:
        for address in (value, f"{value}@example.org", f"ani@{value}"):
            with pytest.raises((TextRefused, HeaderRefused)):
                build_message(draft(), SENDER, address, new_id(), NOW)
        with pytest.raises(HeaderRefused):
            build_message(draft(way_out=value), SENDER, "ani@example.org", new_id(), NOW)
        try:
            sender = Sender(value, SENDER.address)
            message = build_message(draft(), sender, "ani@example.org", new_id(), NOW)
        except HeaderRefused:
            continue
        assert_as_intended(message, "Please confirm")
        assert [each.addr_spec for each in reparsed(message)["From"].addresses] == [SENDER.address]


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(st.characters(), max_size=120), st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_keeps_to_its_place(subject: str, body: str) -> None:
    try:
        message = build_message(draft(subject, body), SENDER, "ani@example.org", new_id(), NOW)
    except HeaderRefused:
        return
    assert_as_intended(message, subject)


def test_a_refusal_does_not_quote_the_value() -> None:
    with pytest.raises(HeaderRefused) as caught:
        build_message(draft("Ani\n"), SENDER, "ani@example.org", new_id(), NOW)
    assert "Ani" not in str(caught.value)


def test_headers_say_who_sends_what_and_how_to_stop_it() -> None:
    mail_id = new_id()
    message = build_message(draft(), SENDER, "ani@example.org", mail_id, NOW)
    assert message["Message-ID"] == f"<{mail_id}@letters.example.org>"
    assert mail_id_of(message) == mail_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["From"] == "Undersigned <no-reply@letters.example.org>"
    assert message["Date"].datetime == NOW
    assert f"\r\nList-Unsubscribe: <{WAY_OUT}>\r\n".encode() in bytes(message)


def test_long_links_stay_whole() -> None:
    link = "https://letters.example.org/" + "x" * 300
    raw = bytes(build_message(draft(way_out=link, body=link), SENDER, "a@x.org", new_id(), NOW))
    assert f"List-Unsubscribe: <{link}>\r\n".encode() in raw
    assert f"\r\n{link}\r\n".encode() in raw


def test_text_in_any_script_arrives() -> None:
    body = "Չեղարկեք § 907\n" + "long " * 400
    built = reparsed(build_message(draft("Հաստատեք", body), SENDER, "a@x.org", new_id(), NOW))
    text = built.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == body.splitlines()
    assert built["Subject"] == "Հաստատեք"
    assert max(map(len, bytes(built).splitlines())) <= 998


def test_an_address_beyond_ascii_stays_itself() -> None:
    message = build_message(draft(), SENDER, "անի@example.org", new_id(), NOW)
    assert reparsed(message)["To"].addresses[0].addr_spec == "անի@example.org"


@pytest.mark.parametrize(
    "value",
    ["", "Undersigned", "a@b@c", "<>", "X <a@é.org>", "X <a b@c>", "X\n <a@b>", "=?x <a@b>"],
)
def test_a_sender_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(HeaderRefused):
        Sender.parse(value)


def test_other_messages_have_no_id_of_ours() -> None:
    with pytest.raises(HeaderRefused):
        mail_id_of(EmailMessage())
