"""Languages of forms, mails and pages: English, Armenian and Spanish, by gettext."""

from api.i18n.catalogues import translations
from api.i18n.languages import ENGLISH, LANGUAGES, negotiate

__all__ = ["ENGLISH", "LANGUAGES", "negotiate", "translations"]
