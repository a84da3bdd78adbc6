"""A line of the list, and which sentences belong in it."""

import re
from typing import Final, NamedTuple

# Labels, titles and buttons count if they are about a letter, a signature, a mail or a campaign.
OUTCOMES: Final = re.compile(
    r"\b(send|sent|sign|accept|count|confirm|delet|mail|clos|open|withdr|eras|stop|went|goes|"
    r"hold|way|back|replac|cancel|expir|certain|test|took|taken|step|review|list)",
    re.IGNORECASE,
)
ENDS: Final = (".", "!", "?", ":")


class Row(NamedTuple):
    """``where`` it is said, ``when`` (the state, in the code's words), and the sentence."""

    where: str
    when: str
    sentence: str

    @property
    def tells(self) -> bool:
        """Whether it tells a person what happened or will happen."""
        whole = self.sentence.rstrip("”\"') ").endswith(ENDS) and " " in self.sentence
        return whole or OUTCOMES.search(self.sentence) is not None
