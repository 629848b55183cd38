"""Thin blueprints: verify, parse, ask the service, answer."""
