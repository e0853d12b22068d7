"""The desk's border: who asks, where from, in which language; errors and security headers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from conversations.errors import NotFound, where
from conversations.keys import ConversationKey, InvalidKey
from desk.accounts import Accounts, Session, Staff
from desk.settings import Settings
from desk.texts import Catalogue, Texts
from shop.errors import ShopUnavailable

log = structlog.get_logger(__name__)

MAX_BODY = 64 * 1024
"""Longest request body in bytes."""

MAX_TEXT = 2_000
"""Longest reply, note or outcome in characters."""

_MAX_NAME = 128
_COOKIE = "zhanggui_desk"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FILES = ("/static/", "/shop/images/")
_PUBLIC = frozenset(
    {("POST", "/api/session"), ("GET", "/api/openapi.json"), ("GET", "/api/health")}
)

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
Middleware: TypeAlias = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]


class ApiError(Exception):
    """An answer other than success.

    `code` is for programs; `error.<text>` of the catalogue is for people (`text` is `code` unless
    given), filled with `values`.
    """

    def __init__(
        self, status: int, code: str, *, text: str = "", retry_after: int = 0, **values: object
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.text = text or code
        self.retry_after = retry_after
        self.values = values


def staff_of(request: web.Request) -> Staff:
    """Who is signed in (the session middleware let nobody else through)."""
    member: Staff = request["staff"]
    return member


def agent_of(request: web.Request) -> Staff:
    """Who is signed in, if that person talks with shoppers.

    Raises:
        ApiError: 403 otherwise.
    """
    member = staff_of(request)
    if not member.role.serves:
        raise ApiError(403, "role")
    return member


def texts_of(request: web.Request) -> Texts:
    """The catalogue in the asker's language."""
    texts: Texts = request["texts"]
    return texts


def token_of(request: web.Request) -> str:
    """The session token of the cookie, or nothing."""
    return request.cookies.get(_COOKIE, "")


def key_of(request: web.Request) -> ConversationKey:
    """The conversation named in the path.

    Raises:
        ApiError: 404 when it is no conversation's name.
    """
    try:
        return ConversationKey.parse(request.match_info["id"])
    except InvalidKey:
        raise ApiError(404, "no_conversation") from None


def address_of(request: web.Request, settings: Settings) -> str:
    """The caller's network address."""
    if settings.trust_proxy:
        forwarded = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
        if forwarded:
            return forwarded[:64]
    return (request.remote or "")[:64]


async def body_of(request: web.Request) -> Mapping[str, Any]:
    """The JSON object in the body; an empty body is an empty object.

    Raises:
        ApiError: 422 for anything else, 413 when it is too big (by the error middleware).
    """
    raw = await request.read()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise ApiError(422, "bad_json") from None
    if not isinstance(body, dict):
        raise ApiError(422, "bad_json")
    return body


def text_in(
    body: Mapping[str, Any], field: str, *, required: bool = True, limit: int = MAX_TEXT
) -> str:
    """A text field: trimmed, without NUL, valid Unicode.

    Raises:
        ApiError: 422 when it is missing, empty, too long or no text.
    """
    value = body.get(field, "")
    if not isinstance(value, str):
        raise ApiError(422, "bad_field", field=field)
    value = value.replace("\r\n", "\n").replace("\x00", "").strip()
    if not encodable(value):
        raise ApiError(422, "bad_field", field=field)
    if required and not value:
        raise ApiError(422, "empty_field", field=field)
    if len(value) > limit:
        raise ApiError(422, "too_long", field=field, limit=limit, length=len(value))
    return value


def whole_in(body: Mapping[str, Any], field: str) -> int | None:
    """An optional positive whole number.

    Raises:
        ApiError: 422 when it is something else.
    """
    value = body.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**31:
        raise ApiError(422, "bad_field", field=field)
    return value


def number_in_query(request: web.Request, name: str, *, default: int, highest: int) -> int:
    """A whole number from 0 to `highest` in the query.

    Raises:
        ApiError: 422 when it is something else.
    """
    value = request.query.get(name)
    if value is None:
        return default
    if not value.isascii() or not value.isdecimal() or len(value) > 10 or int(value) > highest:
        raise ApiError(422, "bad_field", field=name)
    return int(value)


def set_session(
    request: web.Request, response: web.Response, session: Session, settings: Settings
) -> None:
    """Put the session's token into the cookie."""
    response.set_cookie(
        _COOKIE,
        session.token,
        max_age=int((session.expires_at - session.started_at).total_seconds()),
        httponly=True,
        samesite="Strict",
        secure=_is_https(request, settings),
        path="/",
    )


def drop_session(response: web.Response) -> None:
    """Take the cookie away."""
    response.del_cookie(_COOKIE, path="/")


def languages(catalogue: Catalogue) -> Middleware:
    """Choose the language of everything the answer says."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        request["texts"] = catalogue.choose(
            wanted=request.query.get("lang", ""),
            accept_language=request.headers.get("Accept-Language", ""),
        )
        return await handler(request)

    return middleware


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every failure becomes an answer that says the way out; never a stack trace."""
    try:
        return await handler(request)
    except ApiError as error:
        return error_response(request, error)
    except NotFound:
        return error_response(request, ApiError(404, "no_conversation"))
    except ShopUnavailable as error:
        log.warning("desk.shop_away", error=str(error))
        return error_response(request, ApiError(503, "shop_away", retry_after=5))
    except SQLAlchemyError as error:
        log.error("desk.database_away", error=type(error).__name__)
        return error_response(request, ApiError(503, "database_away", retry_after=2))
    except web.HTTPRequestEntityTooLarge:
        return error_response(request, ApiError(413, "too_big", limit=MAX_BODY // 1024))
    except web.HTTPMethodNotAllowed as error:
        response = error_response(request, ApiError(405, "method"))
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return response
    except web.HTTPException as error:
        if error.status < 400:
            raise
        code = "no_page" if error.status == 404 else "refused"
        return error_response(request, ApiError(error.status, code))
    except Exception as error:
        log.error("desk.failed", error=type(error).__name__, where=where(error))
        return error_response(request, ApiError(500, "failed"))


def error_response(request: web.Request, error: ApiError, **more: object) -> web.Response:
    """The error as JSON; `more` goes beside code and message."""
    message = texts_of(request)(f"error.{error.text}", **error.values)
    body = {"error": {"code": error.code, "message": message, **more}}
    response = json_response(body, status=error.status)
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    if request.content_length and not request._read_bytes:
        response.force_close()  # the body was not read: it would look like the next request
    return response


def json_response(body: Any, *, status: int = 200) -> web.Response:
    """JSON in UTF-8, not escaped to ASCII."""
    return web.json_response(
        body, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False)
    )


def same_site(settings: Settings) -> Middleware:
    """Refuse state changes that a foreign page may have started.

    A change needs a header that a plain HTML form cannot send (JSON as content type, or
    `X-Requested-With: zhanggui`), and an `Origin`, where the browser sends one, of our own.
    """
    public = urlsplit(settings.public_url)
    own_origin = f"{public.scheme}://{public.netloc}" if public.netloc else ""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method not in _SAFE_METHODS:
            origin = request.headers.get("Origin")
            ours = origin is None or origin == own_origin or _host_of(origin) == request.host
            if not ours or request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
                raise ApiError(403, "foreign_origin")
            asked_by_script = request.headers.get("X-Requested-With") == "zhanggui"
            if not asked_by_script and request.content_type != "application/json":
                raise ApiError(403, "not_json")
        return await handler(request)

    return middleware


def signed_in(accounts: Accounts) -> Middleware:
    """Only staff may use the API, except for signing in and asking how it works."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path
        if path.startswith("/api/") and (request.method, path) not in _PUBLIC:
            member = await accounts.who(token_of(request))
            if member is None:
                raise ApiError(401, "signed_out")
            request["staff"] = member
        return await handler(request)

    return middleware


def security_headers(
    settings: Settings,
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """A signal that puts the security headers on every answer, streams included."""
    images = " ".join(("'self'", "data:", *settings.image_sources))
    policy = (
        f"default-src 'self'; img-src {images}; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", policy)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        headers.setdefault(
            "Cache-Control", "no-cache" if request.path.startswith(_FILES) else "no-store"
        )
        if _is_https(request, settings):
            headers["Strict-Transport-Security"] = "max-age=31536000"

    return prepare


def _is_https(request: web.Request, settings: Settings) -> bool:
    public = urlsplit(settings.public_url).scheme
    return "https" in (public, request.scheme, request.headers.get("X-Forwarded-Proto", ""))


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def encodable(text: str) -> bool:
    """Whether the text is valid Unicode (JSON can carry lone surrogates)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
