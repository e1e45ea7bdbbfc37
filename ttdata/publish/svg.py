"""Draws Vega-Lite charts as SVG for an HTML page: its colours, no script, no address, no id.

Needs vl-convert, which is the extra `figures`. It starts a JavaScript engine once for all charts of a process.
"""

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from xml.etree import ElementTree

from ttdata.publish.figures import Spec

# The colours of charts, and the variables that the page defines for its light and its dark theme.
INK, SOFT, LINE, MARK, OTHER_MARK = "#1c2428", "#55626a", "#dcdfe0", "#0b6e6e", "#b0552a"
VARIABLES = {INK: "--ink", SOFT: "--soft", LINE: "--line", MARK: "--mark", OTHER_MARK: "--other-mark"}

_TEXT = {"labelColor": SOFT, "labelFontSize": 12, "titleColor": SOFT, "titleFontSize": 12, "titleFontWeight": "normal"}
LOOK: Spec = {
    "width": 440,
    "autosize": {"type": "fit-x", "contains": "padding"},
    "background": None,
    # Browsers have wider letters than vl-convert, which places the labels.
    "padding": {"left": 20, "right": 8, "top": 4, "bottom": 4},
    "config": {
        "aria": False,
        "font": "sans-serif",
        "view": {"stroke": None},
        "axis": {**_TEXT, "gridColor": LINE, "domainColor": SOFT, "tickColor": SOFT, "titlePadding": 10},
        "legend": {**_TEXT},
        "header": {"labelColor": INK, "labelFontSize": 12},
        "bar": {"fill": MARK},
        "circle": {"fill": MARK},
        "rule": {"stroke": MARK},
        "text": {"fill": SOFT, "fontSize": 12},
    },
}

ELEMENTS = {"svg", "g", "path", "text", "line", "rect"}
ATTRIBUTES = {
    *("viewBox", "transform", "d", "x", "y", "x1", "x2", "y1", "y2", "width", "height"),
    *("fill", "stroke", "stroke-width", "opacity", "fill-opacity", "stroke-opacity"),
    *("font-size", "font-weight", "text-anchor"),
}


def can_draw() -> bool:
    """Whether the extra is installed."""
    return find_spec("vl_convert") is not None


def drawn(spec: Spec, described_by: str) -> str:
    """A chart as an <svg> element, which the text with the id `described_by` describes.

    Everything in the data is text of the element, and escaped.
    """
    import vl_convert  # the extra: only a report needs it

    whole = vl_convert.vegalite_to_svg({**LOOK, **spec}, allowed_base_urls=[])
    root = _clean(ElementTree.fromstring(whole))  # noqa: S314  XML that vl-convert wrote
    del root.attrib["width"], root.attrib["height"]
    root.attrib |= {"role": "img", "aria-labelledby": described_by}
    return ElementTree.tostring(root, encoding="unicode")


def _clean(element: ElementTree.Element) -> ElementTree.Element:
    """A copy with the elements and attributes that a chart needs, and nothing else that it might contain."""
    kept = ElementTree.Element(_name(element), dict(_attributes(element.attrib)))
    kept.text = element.text
    kept.extend(_clean(child) for child in element if _name(child) in ELEMENTS and not _is_invisible(child))
    return kept


def _attributes(attributes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in attributes.items():
        if name in ATTRIBUTES:
            variable = VARIABLES.get(value)
            yield name, f"var({variable})" if variable else value


def _is_invisible(element: ElementTree.Element) -> bool:
    """Whether it is a path without a line, a backdrop of a group, or a group in which nothing is left."""
    is_backdrop = element.attrib.get("class") == "background" or element.attrib.get("d") == ""
    return is_backdrop or (_name(element) == "g" and not any(not _is_invisible(child) for child in element))


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
