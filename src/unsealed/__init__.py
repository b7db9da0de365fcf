"""Unsealed: take an archive from a source's hands to the public, provably whole."""

__version__ = "0.1.0"
