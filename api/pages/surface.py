"""Where a form is shown: on its hosted page, or embedded in a partner's; with the same screens."""

from dataclasses import dataclass

from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class Surface:
    """``root`` begins the addresses of its screens; ``folder`` has the templates that are its own:
    ``base.html.j2`` around every screen, and the first screens.

    ``embedded``: what leads out of the form opens in a tab of its own.
    """

    root: str
    folder: str
    embedded: bool

    @property
    def name(self) -> str:
        """How it is stored with a form, beside ``api``."""
        return "widget" if self.embedded else "page"

    def of(self, slug: str) -> str:
        """Where a campaign's form is on this surface."""
        return f"{self.root}/{slug}"


HOSTED = Surface("/c", "", embedded=False)
EMBEDDED = Surface("/embed", "widget/", embedded=True)


def surface_of(request: Request) -> Surface:
    return EMBEDDED if request.scope["path"].startswith(f"{EMBEDDED.root}/") else HOSTED
