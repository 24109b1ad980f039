"""What editing refuses, and why. `errors` of a problem are faults with their places."""

from __future__ import annotations

from backend.core.errors import Conflict, NotFound, Unavailable, Unprocessable


class NoSuchService(NotFound):
    code, title = "unknown_service", "No such service"


class ServiceExists(Conflict):
    code, title = "service_exists", "There is such a service already"


class EditConflict(Conflict):
    code, title = "edit_conflict", "Somebody else changed it"


class FileFaulty(Conflict):
    code, title = "file_faulty", "The definitions file has errors"


class FileNotEditable(Conflict):
    code, title = "file_not_editable", "The definitions file has to be edited by hand"


class FaultyDefinition(Unprocessable):
    code, title = "faulty_definition", "The definition has errors"


class NotWritten(Unavailable):
    code, title = "not_written", "The definitions file cannot be written"


class StillRunning(Conflict):
    code, title = "still_running", "The service is running"
