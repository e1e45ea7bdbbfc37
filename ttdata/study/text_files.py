"""The text of a file that a person has written: a study or a list. It must be UTF-8; what else it may be is named."""

from pathlib import Path

from ttdata.errors import StudyFault

# How files of programs that do not write plain text begin, and how their text is saved as plain text.
_TABLE = 'In your spreadsheet program, save it as "CSV UTF-8", and give the name of that file'
_DOCUMENT = "In your text program, save it as plain text with the encoding UTF-8, and give the name of that file"
_PROGRAMS = {
    ".xlsx": ("a spreadsheet", _TABLE),
    ".xls": ("a spreadsheet", _TABLE),
    ".ods": ("a spreadsheet", _TABLE),
    ".numbers": ("a spreadsheet", _TABLE),
    ".docx": ("a document with formatting", _DOCUMENT),
    ".doc": ("a document with formatting", _DOCUMENT),
    ".odt": ("a document with formatting", _DOCUMENT),
    ".rtf": ("a document with formatting", _DOCUMENT),
    ".pdf": ("a document with formatting", _DOCUMENT),
}
_EDITOR = "Write it in a program for plain text, such as RStudio, Notepad or TextEdit, and save it as config.yaml"
_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"{\\rtf", b"\x1f\x8b")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_HOW = 'In your editor, choose "Save with encoding" or "Save as", and UTF-8'


def read_text(path: Path, name: str = "") -> str:
    """The text of a file, without a byte order mark. Raises StudyFault, which says how to save the file.

    name: what the message calls the file, if not by its path.
    """
    called = name or str(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StudyFault([f"{called} cannot be read: {error.strerror}"]) from None
    if path.suffix.lower() in _PROGRAMS or content.startswith(_SIGNATURES):
        what, how = _PROGRAMS.get(path.suffix.lower(), ("a file of another program", _TABLE))
        raise StudyFault([f"{called} is {what}, not plain text. {_EDITOR if name else how}."])
    if content.startswith(_UTF16) or b"\0" in content[:4]:
        raise StudyFault([f"{called} is not UTF-8; save it in that encoding. It is UTF-16. {_HOW}."])
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        odd = f"Line {line} has a letter in another encoding, probably Latin-1 or Windows-1252"
        raise StudyFault([f"{called} is not UTF-8; save it in that encoding. {odd}. {_HOW}."]) from None
