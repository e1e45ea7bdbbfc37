"""Writes docs/proof.md, the page of `make proof`, from its stored results. Run by `make docs`."""

from pathlib import Path

from tests.proof.page import page as proof_page
from tests.proof.results import read

PAGE = Path(__file__).with_name("proof.md")


def page() -> str:
    """The whole page."""
    return proof_page(read())


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
