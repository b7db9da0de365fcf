"""Finders of people at risk: rules that look at text and say where, what kind, which rule and how sure.

Takes texts of units, gives `Found` places and, for documents of an archive, `Suggestion`s. Suggests only: nothing
here withholds or decides. Knows no network; word lists lie beside the code (docs/decisions/0131-word-lists.md).
"""
