"""Words that no list shows before somebody looked: slogans, insults, offices, well-known names.

They are held back for a look, never refused: real people have such names, too. Each is written
here as `reading` gives it (no case, no marks, Latin letters for their lookalikes).
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import combinations, pairwise
from typing import Final

from api.security.lookalikes import reading, skeleton

__all__ = ["NICKNAMES", "holds_name", "holds_office", "holds_slogan", "holds_word", "words_of"]

# Little words of sentences, which names do not have. Those that are names somewhere, too, such as
# To, An, No and May, are left out.
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
# Before a name only: behind one they are names themselves.
_TITLES = frozenset({"sen", "hon", "judge", "king", "queen", "prince", "princess", "sheikh"})
# Public figures and invented ones; members of Congress are added from the reference data.
_NAMES = """
    Donald Trump, Donald J Trump, Donald John Trump, Melania Trump, Ivanka Trump, Eric Trump,
    Bernie Sanders, Chuck Schumer, Bob Menendez, Barak Obama, Abe Lincoln, Teddy Roosevelt,
    Mother Teresa, Albert Einstein, Isaac Newton, Raphael Lemkin, Elie Wiesel, Henry Morgenthau,
    Anne Frank, Hrant Dink, Recep Erdogan, İlham Əliyev,
    Donald Trump Jr, Jared Kushner, JD Vance, James David Vance, Joe Biden, Joseph Biden,
    Joseph R Biden, Jill Biden, Hunter Biden, Kamala Harris, Barack Obama, Barack Hussein Obama,
    Michelle Obama, George Bush, George W Bush, George HW Bush, Bill Clinton, William Clinton,
    Hillary Clinton, Jimmy Carter, Gerald Ford, Ronald Reagan, Richard Nixon, Lyndon Johnson,
    John F Kennedy, John Kennedy, Robert F Kennedy, Robert Kennedy, Franklin Roosevelt,
    Franklin D Roosevelt, Theodore Roosevelt, Woodrow Wilson, Abraham Lincoln, George Washington,
    Thomas Jefferson, John Adams, Benjamin Franklin, John Hancock, Samuel Adams,
    Alexander Hamilton, James Madison, Ulysses Grant, Andrew Jackson, Mike Pence, Al Gore,
    Dick Cheney, Marco Rubio, Pete Hegseth, Pam Bondi, Kristi Noem, Tulsi Gabbard, Kash Patel,
    Scott Bessent, Howard Lutnick, Susie Wiles, Stephen Miller, Steve Bannon, Rudy Giuliani,
    Elon Musk, Jeff Bezos, Bill Gates, Mark Zuckerberg, Tim Cook, Sam Altman, Warren Buffett,
    George Soros, Rupert Murdoch, Anthony Fauci, Antony Blinken, Lloyd Austin, Merrick Garland,
    Janet Yellen, John Kerry, Henry Kissinger, Condoleezza Rice, Colin Powell, Nikki Haley,
    Ron DeSantis, Gavin Newsom, Greg Abbott, Kathy Hochul, Gretchen Whitmer, Josh Shapiro,
    Tim Walz, JB Pritzker, Arnold Schwarzenegger, Eric Adams, Zohran Mamdani, Karen Bass,
    John Roberts, Clarence Thomas, Samuel Alito, Sonia Sotomayor, Elena Kagan, Neil Gorsuch,
    Brett Kavanaugh, Amy Coney Barrett, Ketanji Brown Jackson, Ruth Bader Ginsburg,
    Vladimir Putin, Dmitry Medvedev, Sergey Lavrov, Volodymyr Zelensky, Volodymyr Zelenskyy,
    Ilham Aliyev, Heydar Aliyev, Mehriban Aliyeva, Recep Tayyip Erdogan, Tayyip Erdogan,
    Mustafa Kemal, Kemal Ataturk, Nikol Pashinyan, Serzh Sargsyan, Robert Kocharyan,
    Levon Ter Petrosyan, Armen Sarkissian, Vahagn Khachaturyan, Samvel Karapetyan,
    Benjamin Netanyahu, Mahmoud Abbas, Yasser Arafat, Bashar al Assad, Ali Khamenei,
    Emmanuel Macron, Keir Starmer, Boris Johnson, Rishi Sunak, Tony Blair, Winston Churchill,
    Margaret Thatcher, Angela Merkel, Olaf Scholz, Friedrich Merz, Ursula von der Leyen,
    Viktor Orban, Giorgia Meloni, Pedro Sanchez, Justin Trudeau, Mark Carney, Narendra Modi,
    Mahatma Gandhi, Nelson Mandela, Xi Jinping, Mao Zedong, Kim Jong Un, Kim Jong Il,
    Nicolas Maduro, Hugo Chavez, Fidel Castro, Raul Castro, Che Guevara, Javier Milei,
    Lula da Silva, Claudia Sheinbaum, Antonio Guterres, Kofi Annan, Pope Francis, Pope Leo,
    King Charles, Queen Elizabeth, Prince William, Prince Harry, Meghan Markle, Dalai Lama,
    Adolf Hitler, Joseph Goebbels, Heinrich Himmler, Hermann Goering, Benito Mussolini,
    Joseph Stalin, Josef Stalin, Iosif Stalin, Vladimir Lenin, Karl Marx, Leon Trotsky,
    Osama bin Laden, Saddam Hussein, Muammar Gaddafi, Pol Pot, Idi Amin, Talaat Pasha,
    Talat Pasha, Enver Pasha, Djemal Pasha, Jeffrey Epstein, Ghislaine Maxwell, Harvey Weinstein,
    Charles Manson, Ted Bundy, Lee Harvey Oswald, Timothy McVeigh, Martin Luther King,
    Martin Luther King Jr, Rosa Parks, Malcolm X, Kim Kardashian, Khloe Kardashian,
    Kourtney Kardashian, Kris Jenner, Kylie Jenner, Caitlyn Jenner, Kanye West, Taylor Swift,
    Beyonce Knowles, Michael Jackson, Elvis Presley, Cher Sarkisian, Serj Tankian,
    System of a Down, Tom Hanks, Tom Cruise, Brad Pitt, Angelina Jolie, George Clooney,
    Amal Clooney, Leonardo DiCaprio, Oprah Winfrey, Joe Rogan, Tucker Carlson, Alex Jones,
    Rush Limbaugh, Sean Hannity, Greta Thunberg, Edward Snowden, Julian Assange, Jesus Christ,
    Jesus Christus, Virgin Mary, Holy Spirit, Prophet Muhammad, Mickey Mouse, Minnie Mouse,
    Donald Duck, Bugs Bunny, Santa Claus, Homer Simpson, Bart Simpson, Peter Griffin,
    Harry Potter, Darth Vader, Luke Skywalker, James Bond, Bruce Wayne, Clark Kent, Peter Parker,
    Tony Stark, Captain America, Sherlock Holmes, Forrest Gump, Uncle Sam, Big Bird,
    SpongeBob SquarePants, John Doe, Jane Doe, John Q Public, Joe Public, Joe Bloggs, Fulano Detal,
    Ivan Ivanov, Foo Bar, First Last, Firstname Lastname, First Name, Your Name, My Name,
    Full Name, Name Surname, No Name, No Body, Some One, Test Test, Mike Hunt, Hugh Jass,
    Ben Dover, Seymour Butts, Mike Rotch, Phil McCracken, Dixie Normous, Dick Head, Haywood Jablome,
    Дональд Трамп, Джо Байден, Владимир Путин, Ильхам Алиев, Никол Пашинян, Адольф Гитлер,
    Иосиф Сталин, Владимир Ленин, Դոնալդ Թրամփ, Ջո Բայդեն, Վլադիմիր Պուտին, Իլհամ Ալիև,
    Նիկոլ Փաշինյան, Սերժ Սարգսյան, Ռոբերտ Քոչարյան, Ադոլֆ Հիտլեր, Իոսիֆ Ստալին
"""

# What members of Congress are called beside the name on record.
NICKNAMES: Final = {
    "Alexander": "Alex",
    "Andrew": "Andy",
    "Anthony": "Tony",
    "Benjamin": "Ben",
    "Bernard": "Bernie",
    "Charles": "Chuck Charlie",
    "Christopher": "Chris",
    "Daniel": "Dan",
    "David": "Dave",
    "Deborah": "Debbie",
    "Donald": "Don",
    "Edward": "Ed Ted",
    "Elizabeth": "Liz Beth",
    "James": "Jim Jimmy",
    "Jeffrey": "Jeff",
    "Joseph": "Joe",
    "Joshua": "Josh",
    "Katherine": "Kathy Katie",
    "Kenneth": "Ken",
    "Margaret": "Maggie Peggy",
    "Matthew": "Matt",
    "Michael": "Mike",
    "Nicholas": "Nick",
    "Patrick": "Pat",
    "Peter": "Pete",
    "Raphael": "Rafael",
    "Richard": "Rick Dick",
    "Robert": "Bob Rob Bobby",
    "Ronald": "Ron",
    "Samuel": "Sam",
    "Stephen": "Steve",
    "Steven": "Steve",
    "Susan": "Sue",
    "Theodore": "Ted",
    "Thomas": "Tom",
    "Timothy": "Tim",
    "William": "Bill Will",
}
_NAME_WORDS: Final = 5
# Whatever word has these in it.
_WITHIN: Final = ("fuck", "bitch", "nigger", "faggot", "bullshit")
_WORDS_PAIRED: Final = 8
_APART: Final = 3  # letters of a word that may be half of another one
_CAPITAL_WITHIN: Final = re.compile(r"(?<=[^\W\d_])(?=[A-Z][a-z])")
_POSSESSIVE: Final = re.compile("['\u2019]s\\b")
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


def holds_word(text: str) -> bool:
    """Whether it has an insult or the word of a slogan in it."""
    words = words_of(text)
    found = {*words, *_hidden_words(text, words)}
    within = any(each in word for word in found for each in _WITHIN)
    return within or not _words().isdisjoint(found) or _has_phrase(words, _SLOGAN_PHRASES)


def _hidden_words(text: str, words: Sequence[str]) -> Iterator[str]:
    """Words that are run together, torn apart, or drawn out: KillAll, Ki Ll, Killlll."""
    yield from words_of(_CAPITAL_WITHIN.sub(" ", text))
    for one, other in pairwise(words):
        if max(len(one), len(other)) <= _APART:
            yield one + other
    for word in words:
        yield _REPEATED.sub(r"\1", word)
        yield _REPEATED.sub(r"\1\1", word)


def holds_slogan(text: str) -> bool:
    """The same, or a word that sentences have and names have not."""
    return holds_word(text) or not _sentences().isdisjoint(words_of(text))


def holds_name(text: str, more: Collection[str] = ()) -> bool:
    """Whether a well-known name stands in it, whichever part first; ``more`` are skeletons."""
    return any(_holds(written, more) for written in _ways_to_write(text))


def _ways_to_write(text: str) -> Iterator[str]:
    yield from (text, text[::-1], _CAPITAL_WITHIN.sub(" ", text), _POSSESSIVE.sub("", text))


def _holds(text: str, more: Collection[str]) -> bool:
    words = text.split()
    runs = [
        words[start:end]
        for start in range(len(words))
        for end in range(start + 1, min(start + _NAME_WORDS, len(words)) + 1)
    ]
    # What stands between a given name and a family name tells nobody apart.
    runs += [[one, other] for one, other in combinations(words[:_WORDS_PAIRED], 2)]
    alike = {skeleton("".join(each)) for run in runs for each in (run, run[::-1])}
    return not (alike.isdisjoint(held_names()) and alike.isdisjoint(more))


def holds_office(text: str) -> bool:
    """Whether it names an office, or somebody who holds one by it."""
    words = words_of(text)
    titled = len(words) > 1 and words[0] in _TITLES
    return titled or not _offices().isdisjoint(words) or _has_phrase(words, _OFFICE_PHRASES)


def _has_phrase(words: list[str], phrases: Iterable[str]) -> bool:
    line = f" {' '.join(words)} "
    return any(f" {phrase} " in line for phrase in phrases)


@cache
def held_names() -> frozenset[str]:
    """The skeletons of well-known names."""
    return frozenset(skeleton(name) for name in _NAMES.split(","))


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
