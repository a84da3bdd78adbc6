"""Languages of forms, mails and pages, by gettext."""

from api.i18n.catalogues import N_, translations
from api.i18n.languages import ENGLISH, LANGUAGES, Language, negotiate, with_territory

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "N_",
    "Language",
    "negotiate",
    "translations",
    "with_territory",
]
