"""Names of variables in Stata: at most 32 letters, digits and underscores, and no word that Stata reserves."""

import re
from collections.abc import Iterable

_LONGEST = 32
_WORDS = """
_all _n _N _b _coef _cons _pi _pred _rc _skip aggregate array boolean break byte case catch class colvector complex
const continue default delegate delete do double else eltypedef end enum explicit export external float for friend
function global goto if in inline int local long lvalue mata matrix namespace new null NULL numeric operator orgtypedef
pointer polymorphic pragma private protected public quad real return rowvector scalar short signed static strL string
struct super switch template this throw transmorphic try typedef typename union unsigned using vector version virtual
void volatile while with
"""
_RESERVED = frozenset(_WORDS.split())


def stata_names(names: Iterable[str]) -> dict[str, str]:
    """Each name as Stata takes it; different names stay different."""
    result: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)[:_LONGEST] or "_"
        if plain in _RESERVED or plain[0].isdigit():
            plain = f"_{plain}"[:_LONGEST]
        number, unique = 1, plain
        while unique in result.values():
            number += 1
            unique = f"{plain[: _LONGEST - len(str(number)) - 1]}_{number}"
        result[name] = unique
    return result
