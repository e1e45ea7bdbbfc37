"""Lists in files of their own: terms and names, one a line, as they come out of editors and spreadsheets."""

from collections.abc import Mapping
from pathlib import Path

from ttdata.errors import StudyFault


def with_lists(value: object, base: Path) -> object:
    """The same data with every `{file: NAME}` replaced by the lines of that file, which lies beside the study.

    Raises StudyFault for a file that cannot be read or holds nothing.
    """
    if isinstance(value, Mapping):
        if set(value) == {"file"} and isinstance(value["file"], str):
            return read_list(base / value["file"])
        return {key: with_lists(each, base) for key, each in value.items()}
    if isinstance(value, list):
        return [with_lists(each, base) for each in value]
    return value


def read_list(path: Path) -> list[str]:
    """The entries of a list file, each once, in their order.

    A byte order mark, Windows line ends, blank lines, and a leading # or @ do not matter.
    """
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise StudyFault([f"{path} is not in UTF-8; save it again with that encoding"], "The list") from None
    except OSError as error:
        raise StudyFault([f"{path} cannot be read: {error.strerror}"], "The list") from None
    entries = [line.strip().lstrip("#@").strip() for line in text.splitlines()]
    if not any(entries):
        raise StudyFault([f"{path} holds no entry; write one a line"], "The list")
    return list(dict.fromkeys(filter(None, entries)))
