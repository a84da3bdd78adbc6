"""Words that keep a name from being listed until it is reviewed: slogans, insults, offices.

Such names are held for review, never refused: real people have them, too. Each is written here as
`reading` gives it (no case, no marks, Latin letters for their lookalikes).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Final

from api.security.lookalikes import reading

__all__ = ["CAPITAL_WITHIN", "has_office", "has_slogan", "has_word", "words_of"]

# Function words, which sentences have and names do not. Those that are also names somewhere, such
# as To, An, No and May, are left out.
_SENTENCES = """
    the of for with from against is are was were am not never always forever dont doesnt cant wont
    this that these those our your their us they what why who how when where because please only
    out want need should must shall would could let lets make keep get gets give stop say says
    para contra nunca siempre porque nuestro nuestra
"""
_SLOGANS = """
    death dead die dies kill kills killer killers murder murderer murderers genocide genocidal
    massacre terror terrorist terrorists terrorism bomb nuke hate hates hater lynch hang rape rapist
    down boycott resign impeach lock traitor traitors liar liars lies fake fraud scam hoax corrupt
    corruption crook crooks thief thieves criminal criminals invader invaders occupier occupiers
    propaganda protest revolution resist vote voted voter elect reelect defund abolish ban
    sanction sanctions war wars peace ceasefire freedom liberate victory justice shame shameful
    free freed long live lives matter matters power hail heil sieg jihad nazi nazis fascist fascists
    communist communists zionist zionists zionism antifa maga kkk isis hamas hezbollah taliban
    taxes buy click visit follow subscribe join call text whatsapp telegram instagram facebook
    tiktok youtube twitter onlyfans bitcoin crypto casino viagra porn sex sexy nude nudes xxx
    save hitler fuhrer prisoners turks azeris azerbaijanis armenians jews muslims christians arabs
    russians americans kurds greeks qarabag karabakh azerbaycan azerbaycandir
    citizen tester null undefined anon nonymous onymous
    test testing asdf qwerty asdfgh anonymous nobody somebody everyone everybody anybody unknown
    muerte muera mueran asesino asesinos abajo fuera viva vivan boicot libertad basta ladron
    ladrones guerra traidor traidores genocidio terrorista terroristas
    kahrolsun olum yasasin katil hain soykirim
"""
_INSULTS = """
    phuck phuk fuk asshat dumbass jackass
    fuck fucks fucker fuckers fucking fucked fck fuk motherfucker shit shits shitty bullshit ass
    asshole assholes arse bastard bastards bitch bitches cunt cunts whore whores slut sluts cock
    cocksucker dickhead pussy wanker twat prick moron morons idiot idiots stupid imbecile dumb
    retard retarded loser losers scum vermin pig pigs rat rats dog dogs filth filthy subhuman
    faggot faggots fag fags dyke tranny nigger niggers nigga niggas negro kike kikes spic spics
    chink chinks gook gooks wetback raghead towelhead paki coon gypsy infidel satan
    puta puto putas putos mierda cabron cabrones pendejo pendejos maricon joder cono idiota
    estupido imbecil hijueputa
    orospu siktir pic got amina gavat ibne
    suka blyat pizda huy hui khuy pidor pidoras zhopa urod
    kunem qunem kaghem vorik
"""
# In their own scripts.
_ELSEWHERE = """
    смерть долой убить убийца убийцы геноцид террорист террористы война хуй хуйло сука блядь блять
    пизда пидор пидорас жопа урод мразь тварь ублюдок предатель вор воры свобода бойкот
    մահ մահը մահապատիժ սպանել մարդասպան ցեղասպան ցեղասպանություն դավաճան դավաճաններ թալանչի
    ահաբեկիչ կեցցե կորչի պատերազմ ազատություն անկախություն թշնամի քած բոզ գող շուն
    θανατος δολοφονος προδοτης μαλακας πουτανα
    موت الموت قاتل خائن כלב מוות
"""
_SLOGAN_PHRASES = ("go home", "go away", "go back", "go to", "to hell", "up yours", "no more")
_OFFICES = """
    potus flotus scotus prez
    president presidents vicepresident senator senators congressman congresswoman congressperson
    congress senate representative representatives congressional rep reps governor gov lieutenant
    mayor minister ministry premier chancellor secretary undersecretary ambassador embassy consul
    consulate commissioner comptroller delegate speaker justice justices
    attorney sheriff commander general admiral colonel majesty highness holiness excellency pope
    patriarch catholicos archbishop bishop official officially government federal
    whitehouse pentagon parliament fbi cia irs nsa doj dhs usaid nato administration administrator
    administrador admin moderator webmaster
    presidente presidenta senador senadora diputado diputada congresista gobernador gobernadora
    ministro ministra embajador embajadora alcalde alcaldesa canciller gobierno
    cumhurbaskani bakan basbakan
    президент премьер министр сенатор депутат посол губернатор мэр правительство
    նախագահ նախագահի վարչապետ վարչապետի նախարար նախարարի սենատոր դեսպան կոնգրեսական պատգամավոր
    կառավարություն կաթողիկոս
    πρωθυπουργος υπουργος προεδρος
"""
_OFFICE_PHRASES = (
    "united states",
    "white house",
    "house of",
    "office of",
    "state department",
    "supreme court",
    "estados unidos",
    "prime minister",
    "first lady",
    "on behalf",
)
# Titles before a name; after a name these words are names themselves.
_TITLES = frozenset({"sen", "hon", "judge", "king", "queen", "prince", "princess", "sheikh"})
# Any word that contains one of these.
_WITHIN: Final = ("fuck", "bitch", "nigger", "faggot", "bullshit")
_APART: Final = 3  # letters of a word that may be half of another one
CAPITAL_WITHIN: Final = re.compile(r"(?<=[^\W\d_])(?=[A-Z][a-z])")
_REPEATED: Final = re.compile(r"(.)\1{2,}")
_DIGITS: Final = str.maketrans("013457@$!", "oieastasi")


def words_of(text: str) -> list[str]:
    """What it reads as, word by word; letters that stand alone in a row are one word."""
    read = reading(text.translate(_DIGITS))
    kept = "".join(each if each.isalnum() else " " for each in read.replace("'", ""))
    found: list[str] = []
    apart = ""
    for word in [*kept.split(), ""]:
        if len(word) == 1:
            apart += word
            continue
        found += [each for each in (apart, word) if each]
        apart = ""
    return found


def has_word(text: str) -> bool:
    """Whether it has an insult or the word of a slogan in it."""
    words = words_of(text)
    found = {*words, *_hidden_words(text, words)}
    within = any(each in word for word in found for each in _WITHIN)
    return within or not _words().isdisjoint(found) or _has_phrase(words, _SLOGAN_PHRASES)


def _hidden_words(text: str, words: Sequence[str]) -> Iterator[str]:
    """Words that are run together, split, or drawn out: KillAll, Ki Ll, Killlll."""
    yield from words_of(CAPITAL_WITHIN.sub(" ", text))
    for one, other in pairwise(words):
        if max(len(one), len(other)) <= _APART:
            yield one + other
    for word in words:
        yield _REPEATED.sub(r"\1", word)
        yield _REPEATED.sub(r"\1\1", word)


def has_slogan(text: str) -> bool:
    """The same, or a word that sentences have and names have not."""
    return has_word(text) or not _sentences().isdisjoint(words_of(text))


def has_office(text: str) -> bool:
    """Whether it names an office, or somebody who holds one by it."""
    words = words_of(text)
    titled = len(words) > 1 and words[0] in _TITLES
    return titled or not _offices().isdisjoint(words) or _has_phrase(words, _OFFICE_PHRASES)


def _has_phrase(words: list[str], phrases: Iterable[str]) -> bool:
    line = f" {' '.join(words)} "
    return any(f" {phrase} " in line for phrase in phrases)


@cache
def _words() -> frozenset[str]:
    return _read((*_SLOGANS.split(), *_INSULTS.split(), *_ELSEWHERE.split()))


@cache
def _sentences() -> frozenset[str]:
    return _read(_SENTENCES.split())


@cache
def _offices() -> frozenset[str]:
    return _read(_OFFICES.split())


def _read(words: Iterable[str]) -> frozenset[str]:
    return frozenset(reading(word) for word in words)
