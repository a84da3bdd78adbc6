"""Whose a web host is: an organization's own, or one on which anybody has a page."""

import pytest

from api.security.mailboxes import _FASTMAIL, _FIRST, _YANDEX
from api.security.own_domains import own_domain


@pytest.mark.parametrize(
    "host",
    [
        *("facebook.com", "m.facebook.com", "sites.google.com", "linktr.ee", "t.ly", "lnkd.in"),
        *("secure.actblue.com", "club.nationbuilder.com", "club.tripod.com", "podcasts.apple.com"),
        *("club.squarespace.com", "club.ucoz.ru", "vk.com", "line.me", "every.org", "lu.ma"),
        *("co.uk", "github.io", "blogspot.com", "localhost", ""),
    ],
)
def test_a_shared_host_is_nobodys(host: str) -> None:
    assert own_domain(host) is None


def test_a_provider_of_mail_is_nobodys() -> None:
    for provider in {*_FIRST, *_YANDEX, *_FASTMAIL, "mail.ru", "qq.com", "web.de", "hey.com"}:
        assert own_domain(provider) is None, provider


@pytest.mark.parametrize(
    "host", ["example.org", "www.example.co.uk", "club.github.io", "club.wixsite.com", "gov.am"]
)
def test_a_name_of_ones_own(host: str) -> None:
    assert own_domain(host) == host
