"""What browsers are told to refuse: foreign and inline scripts, frames, sniffing, caches."""

from __future__ import annotations

from flask import Flask, Response, request

_PAGES = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_ON_API = (
    *_ALWAYS,
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
_ON_PAGES = (
    *_ALWAYS,
    ("Content-Security-Policy", _PAGES),
    ("Cache-Control", "no-store"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("X-Frame-Options", "DENY"),
)


def register_security_headers(app: Flask) -> None:
    """Set them on every answer of the gateway."""

    @app.after_request
    def refuse_the_rest(response: Response) -> Response:
        headers = response.headers
        # Werkzeug raises and catches an exception for each header that it looks for in vain.
        present = {name.lower() for name, _ in headers}
        for name, value in _ON_API if request.path.startswith("/api") else _ON_PAGES:
            if name.lower() not in present:
                headers.add(name, value)
        if request.is_secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response
