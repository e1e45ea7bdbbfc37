"""The packages that only some parts of the mock need, and how to install them."""

_EXTRAS = {
    **dict.fromkeys(("aiohttp", "numpy", "orjson", "responses", "yaml"), "mock"),
    "cryptography": "mock,proxy",
}


def how_to_install(error: ModuleNotFoundError, user: str) -> str:
    """What to do about an import that failed, in one sentence. user: what needs it.

    Raises the error again if none of our extras installs this module.
    """
    package = (error.name or "").partition(".")[0]
    if package not in _EXTRAS:
        raise error
    return f"{user} needs the package {package}, which is not installed: pip install 'ttdata[{_EXTRAS[package]}]'"
