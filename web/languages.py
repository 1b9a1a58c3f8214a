"""Which language a request asks for: zh-CN or en."""

from __future__ import annotations

from flask import request

LANGUAGES = ("zh-CN", "en")
"""Languages of the interface, the default first."""


def asked_language() -> str:
    """Return the language of ``?lang=``, else the best match of Accept-Language, else zh-CN."""
    asked = request.args.get("lang", "")
    if asked:
        return "en" if asked.lower().startswith("en") else LANGUAGES[0]
    best = request.accept_languages.best_match(["zh-CN", "zh", "en", "en-US", "en-GB"])
    return "en" if best and best.startswith("en") else LANGUAGES[0]
