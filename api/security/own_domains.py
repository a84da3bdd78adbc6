"""Whether a web address identifies an organization: many share one host or one provider."""

from functools import cache
from typing import TYPE_CHECKING, Final

from api.security.domain_hints import is_provider

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

__all__ = ["own_domain"]

# Hosts on which anybody has a page, by their registrable domain. Those that give everybody a name
# of their own, such as github.io, are in the public suffix list.
_SHARED: Final = """
    about.me academia.edu actblue.com actionnetwork.org airtable.com allmylinks.com amazon.com
    amazonaws.com amzn.to anchor.fm angelfire.com apple.com archive.org archive.ph archive.today
    bandcamp.com beacons.ai behance.net bilibili.com bio.link bio.site bit.ly bitbucket.org
    blogger.com bonfire.com box.com bravesites.com bsky.app bsky.social buymeacoffee.com
    buzzsprout.com calendly.com campaign-archive.com campsite.bio canva.com canva.site carrd.co
    causes.com change.org charity.org classy.org codeberg.org cognitoforms.com constantcontact.com
    crowdfunder.co.uk cutt.ly dailymotion.com deviantart.com discord.com discord.gg docs.com
    donorbox.org dropbox.com dub.sh dzen.ru e-monsite.com etsy.com eventbrite.com evernote.com
    every.org everyaction.com facebook.com fandom.com fb.com fb.me fb.watch figma.com flickr.com
    flipcause.com forms.gle formstack.com fundly.com github.com gitlab.com givebutter.com
    givesendgo.com globalgiving.org gofund.me gofundme.com goo.gl google.am google.co.uk google.com
    google.de google.ru groups.io guidestar.org gumroad.com hatenablog.com hubspot.com idealist.org
    imgur.com indiegogo.com instagram.com ipetitions.com is.gd issuu.com jimdo.com jimdosite.com
    jotform.com justgiving.com kajabi.com kakao.com kickstarter.com ko-fi.com lin.ee line.me
    linkedin.com linkin.bio linktr.ee live.com livejournal.com lnk.bio lnkd.in lu.ma luma.com
    mailchi.mp mailchimp.com mastodon.social medium.com meetup.com mega.nz messenger.com
    microsoft.com miro.com mixcloud.com mn.co mobilize.us moveon.org msn.com myshopify.com
    myspace.com narod.ru nationbuilder.com neocities.org networkforgood.com networkforgood.org
    nextdoor.com ngpvan.com ning.com notion.site notion.so office.com ok.ru onedrive.com
    opencollective.com openpetition.eu orcid.org over-blog.com ow.ly padlet.com partiful.com
    patreon.com paypal.com paypal.me pinterest.com podbean.com proton.me quora.com raisely.com rb.gy
    rebrand.ly reddit.com researchgate.net rumble.com rutube.ru salsalabs.org scribd.com
    sharepoint.com shopify.com shorturl.at signal.group simplesite.com site123.me sites.com
    skype.com slack.com slideshare.net snapchat.com soundcloud.com sourceforge.net spotify.com
    spreaker.com squarespace.com squareup.com steamcommunity.com strikingly.com substack.com
    surveymonkey.com t.co t.ly t.me tally.so taplink.cc teachable.com teams.com telegra.ph
    telegram.me threads.com threads.net tiktok.com tilda.cc tilda.ws tiny.cc tinyurl.com trello.com
    tripod.com truthsocial.com tumblr.com twitch.tv twitter.com typeform.com ucoz.com ucoz.ru
    upwork.com venmo.com viber.com vimeo.com vk.com wa.me wattpad.com webflow.com webnode.com
    webnode.page weebly.com weibo.com wetransfer.com whatsapp.com wikidata.org wikimedia.org
    wikipedia.org winred.com wix.com wixsite.com wordpress.com wordpress.org wufoo.com x.com
    yahoo.com yandex.com yandex.ru yelp.com yolasite.com youtu.be youtube-nocookie.com youtube.com
    zoom.us
"""
# Mail providers, besides those of ``domain_hints``.
_MAIL: Final = """
    126.com 163.com abv.bg aim.com alice.it appleid.com arcor.de bigmir.net bigpond.com bluemail.ch
    bluewin.ch blueyonder.co.uk btinternet.com centrum.cz cox.net daum.net duck.com email.com
    free.fr freenet.am freenet.de frontier.com gmx.at gmx.ch gmx.co.uk gmx.fr gmx.us hanmail.net
    hey.com hushmail.com i.ua inbox.lv juno.com keemail.me laposte.net libero.it lycos.com mail.com
    mail.ee mail2world.com mailbox.org mailfence.com meta.ua naver.com netzero.net ntlworld.com
    o2.co.uk o2.pl optonline.net orange.fr outlook.com posteo.de qq.com rambler.ua rediffmail.com
    roadrunner.com runbox.com seznam.cz sfr.fr shaw.ca sina.com skiff.com sky.com startmail.com
    sympatico.ca t-online.de talktalk.net telus.net tiscali.it tuta.io tutamail.com tutanota.de
    ukr.net uol.com.br virgilio.it wanadoo.fr web.am web.de windstream.net wp.pl xmail.net ya.ru
    yandex.az yandex.by yandex.co.il yandex.com.am yandex.com.ge yandex.com.tr yandex.ee yandex.fr
    yandex.kg yandex.kz yandex.lt yandex.lv yandex.md yandex.tj yandex.tm yandex.ua yandex.uz
    yeah.net zohomail.com
"""


def own_domain(host: str) -> str | None:
    """The host if it is an organization's own; None if it is shared, a mail provider's, or cannot
    belong to anybody."""
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
