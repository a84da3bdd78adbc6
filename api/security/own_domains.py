"""Whether a web address tells whose it is: many organizations share one host, or one provider."""

from functools import cache
from typing import TYPE_CHECKING, Final

from api.security.domain_hints import is_provider

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

__all__ = ["own_domain"]

# Hosts on which anybody has a page, by their registrable domain. Those that give everybody a name
# of their own, such as github.io, are in the public suffix list.
_SHARED: Final = """
    about.me actionnetwork.org airtable.com amazon.com amazonaws.com angelfire.com archive.org
    archive.today archive.ph bandcamp.com beacons.ai behance.net bio.link bio.site bit.ly
    bitbucket.org bsky.app buymeacoffee.com campaign-archive.com canva.com canva.site carrd.co
    causes.com change.org charity.org classy.org codeberg.org constantcontact.com crowdfunder.co.uk
    dailymotion.com deviantart.com discord.com discord.gg docs.com donorbox.org dropbox.com
    etsy.com eventbrite.com evernote.com facebook.com fb.com fb.me fb.watch flickr.com flipcause.com
    forms.gle fundly.com github.com gitlab.com givebutter.com givesendgo.com globalgiving.org
    gofundme.com goo.gl google.com groups.io guidestar.org hubspot.com idealist.org imgur.com
    indiegogo.com instagram.com ipetitions.com is.gd issuu.com jimdo.com jotform.com justgiving.com
    kickstarter.com ko-fi.com lin.ee linkedin.com linktr.ee live.com livejournal.com lnk.bio
    mailchi.mp mailchimp.com mastodon.social medium.com meetup.com messenger.com microsoft.com
    moveon.org msn.com myspace.com neocities.org networkforgood.com nextdoor.com notion.site
    notion.so office.com ok.ru onedrive.com openpetition.eu ow.ly padlet.com patreon.com paypal.com
    paypal.me pinterest.com proton.me quora.com reddit.com rumble.com scribd.com sharepoint.com
    sites.com signal.group skype.com slack.com slideshare.net snapchat.com soundcloud.com
    sourceforge.net spotify.com squareup.com steamcommunity.com strikingly.com substack.com
    surveymonkey.com t.co t.me taplink.cc teams.com telegram.me telegra.ph threads.com threads.net
    tiktok.com tinyurl.com trello.com truthsocial.com tumblr.com twitch.tv twitter.com typeform.com
    upwork.com venmo.com viber.com vimeo.com vk.com wa.me weebly.com weibo.com whatsapp.com
    wikidata.org wikimedia.org wikipedia.org wix.com wixsite.com wordpress.com wordpress.org x.com
    yahoo.com yandex.com yandex.ru yelp.com youtu.be youtube.com zoom.us
"""
# Where people have mail, beyond the providers whose slips we know.
_MAIL: Final = """
    126.com 163.com aim.com alice.it arcor.de bigpond.com bluewin.ch btinternet.com cox.net
    daum.net duck.com freenet.de free.fr frontier.com gmx.at gmx.ch gmx.us hanmail.net hushmail.com
    i.ua inbox.lv juno.com laposte.net libero.it lycos.com mail2world.com mailbox.org mailfence.com
    naver.com netzero.net o2.pl optonline.net orange.fr outlook.com posteo.de appleid.com
    qq.com rediffmail.com roadrunner.com runbox.com seznam.cz sfr.fr shaw.ca sina.com sky.com
    startmail.com sympatico.ca t-online.de talktalk.net telus.net tutanota.de tutamail.com ukr.net
    uol.com.br virgilio.it wanadoo.fr web.de windstream.net wp.pl yeah.net zohomail.com
"""


def own_domain(host: str) -> str | None:
    """The host, where it is an organization's own; None where it is shared, a mail provider's, or
    no host of anybody's at all."""
    registrable = _suffixes().privatesuffix(host)
    if registrable is None or registrable in _anybodys():
        return None
    return None if is_provider(registrable) else host


@cache
def _anybodys() -> frozenset[str]:
    return frozenset((*_SHARED.split(), *_MAIL.split()))


@cache
def _suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
