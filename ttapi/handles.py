"""Handles (temporary)."""

import re


def read_handle(text: str) -> str | None:
    text = text.strip().lower()
    match = re.match(r"(?:https?://)?(?:www\.|m\.)?tiktok\.com/@([^/?#]+)", text)
    text = (match[1] if match else text).lstrip("@")
    return text if re.fullmatch(r"[a-z0-9_.]{1,64}", text) else None


def handle_problem(text: str) -> str:
    return "It is not a handle: a handle has letters, digits, _ and . only."
