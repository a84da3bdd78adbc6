"""``python -m api.i18n``: bring the catalogues up to date."""

import sys

from api.i18n.messages import update
from api.settings import ROOT

left = update(ROOT, ROOT / "locale")
sys.stderr.writelines(f"{line}\n" for line in left)
sys.exit(1 if left else 0)
