"""What the API says of modules. Times are UTC, durations seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.api.schemas.definitions import FaultView
from backend.services.modules.model import Kind, Module, Origin, Parameter, Passing, Statistics, Status

Value = str | int | float | bool
Hide = Callable[[Any], Any]
"""Strikes secrets out of texts and lists of them: what a person wrote may hold some, and our own words hold none."""


class ConditionView(BaseModel):
    """Shown only while the parameter `field` is shown itself and has this `value`."""

    field: str
    value: Value | None


class ValidationView(BaseModel):
    """`whole`: the pattern must match all of the text, not only its beginning."""

    pattern: str
    message: str
    whole: bool


class ParameterView(BaseModel):
    """One value that a module asks for."""

    name: str
    type: Kind
    default: Value | list[Value] | None = Field(description="null for a secret, whatever its default is")
    options: list[str | int | float]
    required: bool
    description: str
    label: str | None
    placeholder: str | None
    warning: str | None
    integer: bool = Field(description="only whole numbers")
    min: float | None
    max: float | None
    step: float | None = Field(description="what a form adds and takes away")
    multiple: bool = Field(description="the value is a list")
    conditional_display: ConditionView | None
    validation: ValidationView | None
    secret: bool = Field(description="never stored and never shown again")

    @classmethod
    def of(cls, one: Parameter, hide: Hide) -> ParameterView:
        rule, condition = one.validation, one.condition
        return cls(
            name=one.name,
            type=one.kind,
            default=None if one.secret else hide(one.default),
            options=hide(list(one.options)),
            required=one.required,
            description=hide(one.description),
            label=hide(one.label),
            placeholder=hide(one.placeholder),
            warning=hide(one.warning),
            integer=one.integer,
            min=one.min,
            max=one.max,
            step=one.step,
            multiple=one.multiple,
            conditional_display=condition and ConditionView(field=condition.field, value=hide(condition.value)),
            validation=rule
            and ValidationView(pattern=hide(rule.pattern.pattern), message=hide(rule.message), whole=rule.whole),
            secret=one.secret,
        )


class ModuleView(BaseModel):
    """A module with what the history says of it."""

    id: str
    name: str
    description: str
    category: str = Field(description="a path such as `content/video`, or empty")
    version: str
    tags: list[str]
    status: Status
    enabled: bool
    runnable: bool
    unavailable: str | None = Field(description="why it cannot be run now")
    origin: Origin = Field(description="where it is declared")
    file: str = Field(description="the file that declares it")
    script_path: str | None
    command: list[str]
    cwd: str
    parameters: list[ParameterView]
    passing: Passing = Field(description="how the parameters reach it")
    timeout: float | None
    retries: int = Field(description="attempts after the first one")
    concurrency: int | None = Field(description="runs of it at once; null where only the slots bound it")
    exclusive: list[str] = Field(description="runs that share one of these never run at once")
    priority: int
    outputs: list[str]
    total_runs: int
    success_rate: float = Field(description="percent of all its runs that completed")
    last_run: datetime | None

    @classmethod
    def of(cls, module: Module, statistics: Statistics, hide: Hide) -> ModuleView:
        return cls(
            id=module.id,
            name=hide(module.name),
            description=hide(module.description),
            category=hide(module.category),
            version=hide(module.version),
            tags=hide(list(module.tags)),
            status=module.status,
            enabled=module.enabled,
            runnable=module.unavailable is None,
            unavailable=hide(module.unavailable),
            origin=module.origin,
            file=str(module.file),
            script_path=module.script and hide(str(module.script)),
            command=hide(list(module.command)),
            cwd=hide(str(module.cwd)),
            parameters=[ParameterView.of(one, hide) for one in module.parameters],
            passing=module.passing,
            timeout=module.timeout,
            retries=module.retry.attempts,
            concurrency=module.concurrency,
            exclusive=hide(list(module.exclusive)),
            priority=module.priority,
            outputs=hide(list(module.outputs)),
            total_runs=statistics.total_runs,
            success_rate=statistics.success_rate,
            last_run=statistics.last_run,
        )


class ModuleFaultView(FaultView):
    """Something that is wrong with a module's definition. One with an error is not among the modules."""

    file: str
    module: str | None = Field(description="its id; null where all of the file is meant")


class ModuleList(BaseModel):
    modules: list[ModuleView]
    total: int
    faults: list[ModuleFaultView]


class Parameters(BaseModel):
    """Values by the names of parameters."""

    parameters: dict[str, Any]


class ModuleConfig(BaseModel):
    """What was saved for a module, and its defaults where nothing was. No secrets."""

    module_id: str
    parameters: dict[str, Any]
    updated_at: datetime | None = Field(description="when it was saved; null where nothing is")


class PresetView(BaseModel):
    """Values under a name, without secrets."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    parameters: dict[str, Any]
    updated_at: datetime


class PresetList(BaseModel):
    module_id: str
    presets: list[PresetView] = Field(description="by their names")


class ConfigDeleted(BaseModel):
    message: Literal["Configuration deleted successfully", "No configuration to delete"]


class ParameterFaultView(BaseModel):
    """What is wrong with one value."""

    name: str = Field(description="the parameter; empty where it concerns all of them")
    message: str


class Preview(BaseModel):
    """The process that a run with these parameters would be. Secrets are `•••`."""

    argv: list[str] | None = Field(description="null where nothing is there to run it with")
    command: str | None = Field(description="`argv` as one line for a shell")
    cwd: str
    env: dict[str, str] = Field(description="what comes on top of your own environment")
    stdin: str | None = Field(description="what it reads, where parameters are passed so")
    parameters: dict[str, Any] = Field(description="the values that reach it: given or by default, shown, not empty")
    problem: str | None = Field(description="why it could not be started")
    faults: list[ParameterFaultView] = Field(description="why these parameters would be refused")
