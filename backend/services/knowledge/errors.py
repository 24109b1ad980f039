"""What may go wrong when somebody asks the knowledge base."""

from __future__ import annotations

from backend.core.errors import Conflict, NotFound, Unavailable, Unprocessable


class UnknownFile(NotFound):
    code, title = "unknown_file", "No such file"


class UnknownCreator(NotFound):
    code, title = "unknown_creator", "No such creator"


class NoFetchModule(Conflict):
    code, title = "no_fetch_module", "Nothing is there to fetch with"


class NotScannable(Unprocessable):
    code, title = "not_scannable", "There is nothing to scan"


class SearchTooLong(Unavailable):
    code, title = "search_too_long", "The search took too long"


class IndexUnavailable(Unavailable):
    code, title = "index_unavailable", "The index does not answer"
