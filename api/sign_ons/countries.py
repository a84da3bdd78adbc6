"""Countries by their two letters (ISO 3166-1), and their names in the pages' languages."""

from functools import lru_cache

from babel import Locale

# Those of ISO 3166-1; territories whose people vote in the United States have ZIP codes.
_CODES = """
    AD AE AF AG AI AL AM AO AR AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC
    EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GW GY HK
    HN HR HT HU ID IE IL IM IN IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB
    LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MQ MR MS MT MU MV MW MX MY
    MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PS PT PW PY QA RE RO
    RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ
    TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_CODES.split())


def country_name(code: str, language: str = "en") -> str:
    """The name in one of the pages' languages; the code itself where there is none."""
    return str(Locale.parse(language).territories.get(code, code))


@lru_cache
def countries(language: str) -> list[tuple[str, str]]:
    """Code and name of all, by name."""
    named = [(code, country_name(code, language)) for code in COUNTRIES]
    return sorted(named, key=lambda pair: pair[1].casefold())
