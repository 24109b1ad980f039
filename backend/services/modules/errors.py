"""What modules refuse, and why. `errors` of a problem name the parameter and what is wrong with its value."""

from __future__ import annotations

from backend.core.errors import Conflict, NotFound, Unprocessable


class UnknownModule(NotFound):
    code, title = "module_not_found", "No such module"


class ModuleUnavailable(Conflict):
    code, title = "module_unavailable", "The module cannot be run now"


class InvalidParameters(Unprocessable):
    code, title = "invalid_parameters", "The parameters are not valid"


class ParametersNotSaved(InvalidParameters):
    status = 400


class NoInterpreter(Unprocessable):
    code, title = "no_interpreter", "Nothing is there to run the script with"


class UnknownPreset(NotFound):
    code, title = "preset_not_found", "No such preset"


class TooManyPresets(Conflict):
    code, title = "too_many_presets", "There is no room for another preset"
