"""A bundle: everything that the letters of one version of a campaign are made from.

It is plain JSON and named by its digest; an approval names a bundle, and a node that has moved
on to a newer one makes the approved letters from the stored one.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from api.letters.canonical import digest
from api.letters.reader import Reader
from api.letters.slot import VERSION

DIGEST_PREFIX = "b1"
DOSSIER = ("demands", "facts", "sources", "officials", "records", "offices")


def build(
    campaign: Mapping[str, Any],
    dossier: Mapping[str, Iterable[Mapping[str, Any]]],
    templates: Mapping[str, str],
    readers: Iterable[Reader],
    data_digest: str,
) -> dict[str, Any]:
    """The bundle of a campaign, as a JSON-able dict.

    ``dossier`` has the entries that the campaign uses by the names in ``DOSSIER``; ``targets``
    of the result are rows that begin with seat, id and name (``Reader.row``).
    """
    return {
        "campaign": dict(campaign),
        **{kind: [dict(entry) for entry in dossier.get(kind, ())] for kind in DOSSIER},
        "templates": dict(templates),
        "targets": [reader.row() for reader in readers],
        "data": data_digest,
        "slot": VERSION,
    }


def bundle_digest(bundle: Mapping[str, Any]) -> str:
    return digest(DIGEST_PREFIX, bundle)
