"""Unsealed: take an archive from a source's hands to the public, provably whole."""

from unsealed import compiled

__version__ = "0.1.0"

compiled.install()
