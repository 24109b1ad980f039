"""What the API says of the definitions file. Times are UTC, durations seconds, sizes bytes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from backend.services.supervisor.views import ServiceView

ServiceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
Text = Annotated[str, StringConstraints(max_length=2_000_000)]


class FaultView(BaseModel):
    """Something that is wrong in the file. Lines and columns count from 1."""

    model_config = ConfigDict(from_attributes=True)

    severity: Literal["error", "warning"] = Field(description="an error keeps the file from being applied")
    line: int
    column: int
    path: str = Field(description="e.g. `services.comfyui.port`; empty where it concerns the file")
    message: str
    hint: str = Field(description="what to do about it")
    excerpt: str = Field(description="the line as it stands in the file")


class EditFault(FaultView):
    """Something that is wrong with an edit."""

    source: Literal["text", "file"] = Field(
        description="whether `line` and `column` are of the text that was sent, or of the file as it would be"
    )


class ConfigView(BaseModel):
    """The definitions in force, and what is wrong with the file as it is now."""

    path: str = Field(description="the definitions file")
    state: Literal["in_force", "faulty", "missing"] = Field(
        description="whether the file is in force; where it is not, the last good definitions are"
    )
    applied_at: datetime | None = Field(description="when the definitions in force were applied")
    changed_at: datetime | None = Field(description="when the file was last written")
    services: dict[str, dict[str, Any]] = Field(description="each definition as it was understood; secrets are `•••`")
    faults: list[FaultView]


class ChangedView(BaseModel):
    """A service whose definition differs."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    keys: list[str] = Field(description="the keys of the definition that differ, where that is known")
    restart: bool = Field(description="it runs, and takes up the change at its next start only")


class PlanView(BaseModel):
    """What definitions do to the services that there are."""

    model_config = ConfigDict(from_attributes=True)

    added: list[str]
    changed: list[ChangedView]
    removed: list[str] = Field(description="one that runs stays until it is stopped")
    unchanged: int


class PlanResult(BaseModel):
    plan: PlanView | None = Field(description="null where an error keeps the text from being applied")
    faults: list[FaultView]


class DefinitionView(BaseModel):
    """A service as it stands in the file."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    text: str = Field(description="its own lines, its id in the first column")
    definition: dict[str, Any] = Field(description="its keys and values as they are written, anchors filled in")
    revision: str = Field(description="changes with `text`; a change must name the one that it is made to")


class _OneOf(BaseModel):
    """Either a definition or a text that holds one."""

    definition: dict[str, Any] | None = Field(default=None, description="keys and values as in the file")
    text: Text | None = Field(default=None, description="YAML, JSON or Python, with or without `services:` above it")

    @model_validator(mode="after")
    def _exactly_one(self) -> _OneOf:
        if (self.definition is None) == (self.text is None):
            raise ValueError("give either `definition` or `text`")
        return self


class NewServices(_OneOf):
    """Services to add: one `definition` with its `id`, or a `text` with one or several."""

    id: ServiceName | None = Field(
        default=None,
        description="needed for a definition, and for a text without an id; with it, the text is that one service",
    )

    @model_validator(mode="after")
    def _named(self) -> NewServices:
        if self.definition is not None and self.id is None:
            raise ValueError("a definition needs an `id`")
        return self


class ChangedService(_OneOf):
    """A service as it is to be. A `definition` changes only the keys that differ, a `text` takes the place of all."""

    revision: str = Field(description="that of the definition which this was made from")


class WholeText(BaseModel):
    text: Text = Field(description="a definitions file")


class EditResult(BaseModel):
    """What an edit did. `faults` are warnings then; tried only, they may be errors, and there is no `plan`."""

    model_config = ConfigDict(defer_build=True)  # by the first edit, which no start does

    plan: PlanView | None
    faults: list[EditFault]
    services: list[ServiceView] = Field(description="the services that were added or changed, as they are now")
    before: str | None = Field(description="the file's text as it is, beside `preview`")
    preview: str | None = Field(description="the file's text as it would be; null where it was written")
