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
_API = "default-src 'none'; frame-ancestors 'none'"
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_ON_PAGES = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}


def register_security_headers(app: Flask) -> None:
    """Set them on every answer of the gateway."""

    @app.after_request
    def refuse_the_rest(response: Response) -> Response:
        headers = response.headers
        for name, value in _ALWAYS.items():
            headers.setdefault(name, value)
        if request.path.startswith("/api"):
            headers.setdefault("Content-Security-Policy", _API)
        else:
            headers.setdefault("Content-Security-Policy", _PAGES)
            headers.setdefault("Cache-Control", "no-store")
            for name, value in _ON_PAGES.items():
                headers.setdefault(name, value)
        if request.is_secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response
