"""ETags from the state of the city: an answer is the same while nothing was published, built or analysed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

import orjson
from flask import Response, request

from cim._version import __version__
from cim.web import context

Arguments = ParamSpec("Arguments")

_STATE = """
SELECT data_version,
       (SELECT extract(epoch FROM max(built_at))::text FROM layer.build) AS built,
       (SELECT max(run_id) FROM run.analysis WHERE status = 'done') AS analysed
FROM run.city
"""


def city_etag(also: object = None) -> str:
    """Return the ETag of the asked path and query for this viewer, in the present state of the city.

    Parameters
    ----------
    also
        What else the answer depends on.
    """
    viewer = context.viewer()
    state = context.store().rows(viewer, _STATE)
    # A set is told in another order by each process: sorted, so that copies outlive a restart and serve every worker.
    who = (viewer.name, sorted(viewer.roles), viewer.clearance)
    parts = (__version__, who, state, also, request.full_path, request.headers.get("Accept-Language"))
    return hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def tagged(
    etag_of: Callable[[], str],
) -> Callable[[Callable[Arguments, Response]], Callable[Arguments, Response]]:
    """Answer 304 where the client's copy still holds by an ETag; else tag the view's answer with it."""

    def decorated(view: Callable[Arguments, Response]) -> Callable[Arguments, Response]:
        @wraps(view)
        def answer(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Response:
            etag = etag_of()
            # Compression appends ":br" or ":gzip" to the tag that the client holds.
            held = {tag.partition(":")[0] for tag in request.if_none_match.as_set(include_weak=True)}
            response = Response(status=304) if etag in held else view(*args, **kwargs)
            # What is sent packed is another representation, as where compression packs it.
            packed = response.content_encoding
            response.set_etag(f"{etag}:{packed}" if packed else etag)
            response.headers["Cache-Control"] = "no-cache"
            response.vary.add("Accept-Encoding")
            return response

        return answer

    return decorated


def fresh(view: Callable[Arguments, Response]) -> Callable[Arguments, Response]:
    """Answer 304 while nothing of the city was published, built or analysed; else tag the view's answer."""
    return tagged(city_etag)(view)


def json_body(value: Any, mimetype: str = "application/json") -> Response:
    """Return an answer with a JSON body."""
    return Response(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY), mimetype=mimetype)
