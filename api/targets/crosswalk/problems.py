"""Why the files are refused: every reason names its file, and its line where there is one."""

from collections.abc import Iterable

from api.targets.dataset import BrokenData


class FilesRefused(BrokenData):
    """Nothing was written; ``problems`` has every reason."""

    code = "files_refused"
    title = "The files are refused; nothing was written"

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        super().__init__(f"The files are refused: {self.problems[0]}{more}.")


def at_line(name: str, line: int, reason: str) -> FilesRefused:
    """The refusal for one line of a file."""
    return FilesRefused([f"{name}, line {line:,}: {reason}"])
