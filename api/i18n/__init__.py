"""Languages of forms, mails and pages, by gettext."""

from api.i18n.catalogues import translations
from api.i18n.languages import ENGLISH, LANGUAGES, Language, negotiate, with_territory

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "Language",
    "negotiate",
    "translations",
    "with_territory",
]
