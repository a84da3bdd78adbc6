"""Options that are typed or pasted, through the same normalization as every other field."""

import typer


def typed_line(value: str, max_length: int, option: str) -> str:
    """One line that is not empty. Raises BadParameter that names the option."""
    from api.security.text import TextRefused, clean_required

    try:
        return clean_required(value, max_length)
    except TextRefused as error:
        raise typer.BadParameter(error.message, param_hint=option) from None
