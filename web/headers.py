"""Headers that every answer carries: what a page may do, and nothing that leaks."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g

_POLICY = (
    "default-src 'self'; "
    # CesiumJS compiles WebAssembly decoders and starts its workers from blobs.
    "script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' data: blob:; object-src 'none'; base-uri 'self'; frame-ancestors 'self'; form-action 'self'"
)


def nonce() -> str:
    """Return this answer's nonce for inline scripts."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def register(app: Flask) -> None:
    """Add the headers to each answer of an app."""
    app.after_request(_harden)


def _harden(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", _POLICY.format(nonce=nonce()))
    return response
