"""Make pages public: new pictures from pixels and decided text, never the original with something drawn over it.

Takes decided documents; gives PNG pictures of the pages that two editors want shown, with the withheld words filled,
and a PDF of those pictures with the shown words behind them. May start sandboxed workers; lets nothing of the original
through but the pixels that are left: no metadata, thumbnail, revision, layer, comment or embedded file.
"""
