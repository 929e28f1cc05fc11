"""Reads code out of a Markdown file."""


def first_block(path: str, language: str, containing: str = "") -> str:
    """The text of the first fenced block of `language` that has `containing` in it."""
    lines: list[str] | None = None
    with open(path, encoding="utf-8") as file:
        for line in file:
            if lines is None and line.strip() == f"```{language}":
                lines = []
            elif lines is not None and line.strip() == "```":
                if containing in "".join(lines):
                    return "".join(lines)
                lines = None
            elif lines is not None:
                lines.append(line)
    raise RuntimeError(f"{path} has no block of {language} with {containing!r} in it")
