"""The pages: a shell each, filled by its script."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from desk import views
from desk.accounts import Accounts
from desk.approvals import MAX_REASON
from desk.http import MAX_TEXT, texts_of, token_of

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Pages:
    """Sign-in and inbox."""

    accounts: Accounts
    environment: jinja2.Environment

    @classmethod
    def load(cls, *, accounts: Accounts) -> Pages:
        """With the templates beside this file."""
        loader = jinja2.FileSystemLoader(_HERE / "templates")
        environment = jinja2.Environment(
            loader=loader, autoescape=True, undefined=jinja2.StrictUndefined
        )
        return cls(accounts=accounts, environment=environment)

    def routes(self) -> list[web.AbstractRouteDef]:
        """The pages and their styles and scripts."""
        return [
            web.get("/", self.inbox),
            web.get("/sign-in", self.sign_in),
            web.static("/static", _HERE / "static"),
        ]

    async def sign_in(self, request: web.Request) -> web.Response:
        """GET /sign-in"""
        if await self.accounts.who(token_of(request)) is not None:
            raise web.HTTPFound(_with_language(request, "/"))
        return self._page(request, "sign_in.html", boot={})

    async def inbox(self, request: web.Request) -> web.Response:
        """GET /"""
        member = await self.accounts.who(token_of(request))
        if member is None:
            raise web.HTTPFound(_with_language(request, "/sign-in"))
        boot = {
            "me": views.staff_json(member) | {"serves": member.role.serves},
            "max_text": MAX_TEXT,
        }
        return self._page(request, "inbox.html", boot=boot, me=member, max_reason=MAX_REASON)

    def _page(
        self, request: web.Request, template: str, *, boot: dict[str, Any], **values: object
    ) -> web.Response:
        texts = texts_of(request)
        html = self.environment.get_template(template).render(
            t=texts,
            language=texts.language,
            boot=boot | {"language": texts.language, "texts": dict(texts.entries)},
            **values,
        )
        return web.Response(text=html, content_type="text/html", charset="utf-8")


def _with_language(request: web.Request, path: str) -> str:
    wanted = request.query.get("lang", "")
    return f"{path}?lang={wanted}" if wanted in ("zh-CN", "en") else path
