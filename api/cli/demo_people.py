"""Invented supporters, for ``undersigned demo``: who they are and what they send.

All of it follows from a campaign's slug and a number, so that the same command invents the same
people again. Each is marked: the family name ends in "Demo", the address is of a domain that
nobody can have (RFC 2606).
"""

from random import Random
from typing import Any

from api.campaigns.published import PublishedCampaign
from api.sign_ons.forms import OrganizationSigns, PersonSigns
from api.submissions.forms import SubmissionForm
from api.submissions.parsing import parse_fields
from api.targets.congress import Directory
from api.targets.days import eastern_today

DOMAIN = "demo.example.org"
MARK = "Demo"
ORGANIZATIONS = 4
DAYS = 28
WORDS = "These words were invented for a demo; nobody wrote them."

GIVEN = (
    "Ani", "Aram", "Talin", "Vahan", "Maria", "James", "Sona", "Luis", "Karine", "Michael", "Nare",
    "David", "Elena", "Armen", "Grace",
)  # fmt: skip
FAMILY = (
    "Petrosyan", "Sarkissian", "Garcia", "Johnson", "Hakobyan", "Miller", "Martirosyan", "Nguyen",
    "Avagyan", "Cohen",
)  # fmt: skip
PREFIXES = ("Mr.", "Mrs.", "Miss", "Ms.", "Dr.")
KINDS = ("Society", "Institute", "Museum", "Library")
PLACES = (
    ("91204", "Glendale"), ("93721", "Fresno"), ("90006", "Los Angeles"), ("02472", "Watertown"),
    ("02860", "Pawtucket"), ("48126", "Dearborn"), ("60601", "Chicago"), ("77002", "Houston"),
    ("98101", "Seattle"), ("80202", "Denver"), ("19104", "Philadelphia"), ("20001", "Washington"),
    ("82001", "Cheyenne"), ("99501", "Anchorage"), ("05401", "Burlington"), ("00901", "San Juan"),
    ("89101", "Las Vegas"), ("84101", "Salt Lake City"), ("07024", "Fort Lee"),
    ("11201", "Brooklyn"), ("10001", "New York"), ("30303", "Atlanta"), ("43215", "Columbus"),
    ("55401", "Minneapolis"), ("70112", "New Orleans"), ("96813", "Honolulu"),
    ("53202", "Milwaukee"), ("97201", "Portland"), ("20016", "Washington"), ("22201", "Arlington"),
)  # fmt: skip


class Inventor:
    """Invents the people of one campaign."""

    def __init__(self, published: PublishedCampaign, directory: Directory) -> None:
        self._published = published
        self._directory = directory

    def dice(self, number: int, purpose: str = "who") -> Random:
        """A random generator with the same results each time; it is used for nothing secret."""
        return Random(f"{self._published.slug}:{number}:{purpose}")  # noqa: S311

    def person(self, number: int) -> SubmissionForm | PersonSigns:
        """What somebody sends: letters with a sign-on where there is one, or a sign-on alone."""
        dice, campaign = self.dice(number), self._published.campaign
        zip_code, city = dice.choice(PLACES)
        supporter = {**_who(dice, number), "zip": zip_code, "city": city}
        signing = self._sign_on(dice)
        form: dict[str, Any] = {"supporter": supporter, "language": self._language(dice)}
        if signing is not None:
            form["sign_on"] = signing
        if campaign.kind == "open_letter":
            return parse_fields(PersonSigns, {"kind": "person", **form})
        supporter |= {"street": "1 Example Street", "prefix": dice.choice(PREFIXES)}
        form |= {"district": self._district(dice, zip_code)}
        if campaign.form.choose_demands:
            wanted = list(self._published.default_demands)
            form["demands"] = dice.sample(wanted, dice.randint(1, len(wanted)))
        for name, field in campaign.form.asked.items():
            if happens(dice, 50):
                form[name] = WORDS[: field.max]
        return parse_fields(SubmissionForm, form)

    def organization(self, number: int) -> OrganizationSigns:
        dice, name = self.dice(number, "organization"), KINDS[number % len(KINDS)]
        site = f"{name.lower()}-{number}.{DOMAIN}"
        return parse_fields(
            OrganizationSigns,
            {
                "kind": "organization",
                "organization": {"name": f"{MARK} {name}", "website": f"https://{site}"},
                "representative": {
                    **_who(dice, number),
                    "role": "Director",
                    "email": f"director-{number}@{DOMAIN}",
                    "show_name": happens(dice, 50),
                },
            },
        )

    def _sign_on(self, dice: Random) -> dict[str, Any] | None:
        offered = self._published.campaign.sign_on
        if offered is None or not offered.persons:
            return None
        return {
            "display": dice.choices(("name", "initials", "hidden"), (50, 25, 25))[0],
            "affiliation": f"{MARK} University" if offered.affiliation else None,
            "comment": WORDS if happens(dice, 15) else None,
        }

    def _language(self, dice: Random) -> str:
        languages = self._published.campaign.languages
        return dice.choice(languages) if happens(dice, 20) else languages[0]

    def _district(self, dice: Random, zip_code: str) -> str | None:
        found = self._directory.find(zip_code, today=eastern_today())
        return dice.choice(found.districts) if found.needs_district else None


def happens(dice: Random, percent: int) -> bool:
    return dice.uniform(0, 100) < percent


def _who(dice: Random, number: int) -> dict[str, Any]:
    return {
        "given_name": dice.choice(GIVEN),
        "family_name": f"{dice.choice(FAMILY)} {MARK}",
        "email": f"person-{number}@{DOMAIN}",
    }
