"""Routes whose requests mostly bring nothing but their path, such as `POST /api/services/comfyui/start`.

To solve dependencies and to look for parameters that are not there takes the framework longer than the supervisor needs
until a tool is on its way. Without a query there is nothing to solve: what stands in the path is validated by the
framework's own fields, and the endpoint is called. A request with a query, or with a path that is not right, goes the
framework's way, so that no answer has two forms.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

Handle = Callable[[Request], Awaitable[Response]]


class QuickRoute(APIRoute):
    """Quick where the endpoint takes parameters of the path, has defaults for all others, and returns what its response
    model says."""

    def get_route_handler(self) -> Any:
        framework: Handle = super().get_route_handler()
        return self._quick_or(framework) if self.quick else framework

    @property
    def quick(self) -> bool:
        return self.response_field is not None and _is_plain(self.dependant)

    def _quick_or(self, framework: Handle) -> Handle:
        async def handle(request: Request) -> Response:
            values = None if request.scope["query_string"] else self._in_path(request)
            return await (framework(request) if values is None else self._answer(request, values))

        return handle

    def _in_path(self, request: Request) -> dict[str, Any] | None:
        """None where something is wrong with it."""
        values: dict[str, Any] = {}
        for field in self.dependant.path_params:
            values[field.name], wrong = field.validate(request.path_params[field.alias])
            if wrong:
                return None
        return values

    async def _answer(self, request: Request, values: dict[str, Any]) -> Response:
        needs: Any = self.dependant
        for other in needs.dependencies:
            given = await other.call(request)
            if other.name is not None:
                values[other.name] = given
        response = Response(status_code=self.status_code or 200, media_type="application/json")
        if needs.response_param_name is not None:
            values[needs.response_param_name] = response
        result = await needs.call(**values)
        if isinstance(result, Response):
            return result
        assert self.response_field is not None
        response.body = self.response_field.serialize_json(result)
        response.headers["content-length"] = str(len(response.body))
        return response


def _is_plain(endpoint: Dependant) -> bool:
    """Whether what it depends on needs the connection and nothing else, and itself no more than the path."""
    if endpoint.body_params or endpoint.header_params or endpoint.cookie_params:
        return False
    if endpoint.request_param_name or endpoint.http_connection_param_name or endpoint.background_tasks_param_name:
        return False
    if any(field.field_info.is_required() for field in endpoint.query_params):
        return False
    return all(
        one.http_connection_param_name is not None
        and not (one.dependencies or one.path_params or one.query_params or one.header_params or one.body_params)
        for one in endpoint.dependencies
    )
