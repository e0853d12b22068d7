"""Calls to TOP for the accounts of one application.

What each error code asks for is told to operators in docs/systems.md. A code that is not known is
taken as a refusal, which is never tried again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from enum import Enum
from typing import Any

import structlog

from conversations.database import Clock, utc_now
from shop.errors import ShopUnavailable
from shop.remote import Remote
from shop.taobao.signing import SignMethod, sign

DEFAULT_URL = "https://gw.api.taobao.com/router/rest"
CHINA = timezone(timedelta(hours=8))
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"

UNKNOWN_TRADE = "isv.trade-not-exist"
"""The sub code for a trade that is not this shop's, or older than three months."""

NO_SUCH = 15
"""The code with which, and an `isv.` sub code, the service behind TOP knows nothing of it."""

_ATTEMPTS = 3
_BACKOFF = 0.2  # seconds before the second attempt, doubled before each further one
_BAN = 60.0  # seconds without a call when TOP does not tell how long it bans
_LONGEST_BAN = 24 * 3600.0
_BAN_SECONDS = re.compile(r"(\d{1,9})\s*more second")
_SUB_CODE = re.compile(r"[A-Za-z0-9_.:\-]{1,100}")

log = structlog.get_logger(__name__)


class Fault(str, Enum):
    """What a refusal of TOP asks of us."""

    PASSING = "passing"  # its own trouble: try again a little later
    LIMITED = "limited"  # too many calls: wait as long as it says
    SESSION = "session"  # the shop must authorise us anew
    REFUSED = "refused"  # our mistake or our rights: trying again changes nothing


def fault_of(code: int, sub_code: str) -> Fault:
    """What follows from an error: only `isp.*` and code 10 are tried again, `isv.*` never."""
    if code == 7:
        return Fault.LIMITED
    if code in (26, 27):
        return Fault.SESSION
    if sub_code.startswith("isv."):
        return Fault.REFUSED
    if code == 10 or sub_code.startswith("isp."):
        return Fault.PASSING
    return Fault.REFUSED


class TopError(ShopUnavailable):
    """TOP refused a call. The text names the codes only: TOP's own words may quote our values."""

    def __init__(self, *, method: str, code: int, sub_code: str, sub_msg: str = "") -> None:
        shown = sub_code if _SUB_CODE.fullmatch(sub_code) else ""
        hint = _HINTS.get(code, "")
        super().__init__(
            f"Taobao refused {method}: code {code}" + (f" {shown}" if shown else "") + hint
        )
        self.code = code
        self.sub_code = shown
        self.fault = fault_of(code, sub_code)
        seconds = _BAN_SECONDS.search(sub_msg)
        self.ban = min(float(seconds[1]), _LONGEST_BAN) if seconds else _BAN


_HINTS = {
    11: "; the application lacks this permission package: apply for it in the open platform",
    12: "; the shop's account did not grant this: authorise the application anew",
    25: "; the signature is wrong: check ZHANGGUI_SHOP_TAOBAO_APP_SECRET",
    26: "; the session is missing: set ZHANGGUI_SHOP_TAOBAO_<ACCOUNT>_SESSION",
    27: "; the session has expired: authorise the application anew and set "
    "ZHANGGUI_SHOP_TAOBAO_<ACCOUNT>_SESSION",
    29: "; the AppKey is unknown: check ZHANGGUI_SHOP_TAOBAO_APP_KEY",
    31: "; the clocks differ by more than ten minutes: set this machine's clock (NTP)",
}


@dataclass(frozen=True)
class App:
    """Our application at the open platform, and the shop accounts that authorised it.

    `sessions` are the accounts' session keys by our own name of the account.
    """

    key: str
    secret: str = field(repr=False)
    sessions: Mapping[str, str] = field(repr=False)
    sign_method: SignMethod = SignMethod.HMAC_SHA256


class TopClient:
    """Signed calls, with retries, waiting out a ban, and an alarm when a session has ended.

    Args:
        app: whose calls they are.
        remote: the connection; its deadline limits all attempts together.
        url: TOP's gateway.
        clock: the time that is sent; TOP allows ten minutes of difference.
    """

    def __init__(
        self, *, app: App, remote: Remote, url: str = DEFAULT_URL, clock: Clock = utc_now
    ) -> None:
        self.accounts = tuple(app.sessions)
        self._app = app
        self._remote = remote
        self._url = url
        self._clock = clock
        self._banned_until: dict[str, float] = {}
        self._expired: set[str] = set()

    @property
    def expired_accounts(self) -> frozenset[str]:
        """Accounts whose session TOP refused and has not taken since: an alarm for operators."""
        return frozenset(self._expired)

    def deadline(self) -> float:
        """See `shop.remote.Remote.deadline`."""
        return self._remote.deadline()

    async def call(
        self,
        method: str,
        params: Mapping[str, str],
        *,
        account: str | None,
        deadline: float,
    ) -> dict[str, Any]:
        """The content of TOP's `…_response`.

        Args:
            method: e.g. `taobao.trade.fullinfo.get`.
            params: the method's own parameters; blank ones are left out.
            account: whose session is sent; None for calls of the application itself.
            deadline: see `deadline`.

        Raises:
            TopError: TOP refused. ShopUnavailable: it did not answer usefully.
        """
        backoff = _BACKOFF
        for attempt in range(1, _ATTEMPTS + 1):
            self._respect_ban(method)
            try:
                answer = await self._once(method, params, account=account, deadline=deadline)
            except TopError as error:
                self._take_note(error, method, account)
                again = error.fault is Fault.PASSING and attempt < _ATTEMPTS
                if not again or not await self._remote.pause(backoff, deadline=deadline):
                    raise
                backoff *= 2
            else:
                self._expired.discard(account or "")
                return answer
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _once(
        self, method: str, params: Mapping[str, str], *, account: str | None, deadline: float
    ) -> dict[str, Any]:
        form = self._form(method, params, account)
        refusal: TopError | None = None
        with self._remote.breaker.attempt():
            answer = await self._remote.post(self._url, form, deadline=deadline)
            error = answer.get("error_response")
            if isinstance(error, dict):
                refusal = _refusal(method, error)
                if refusal.fault is Fault.PASSING:
                    raise refusal  # TOP is in trouble: the breaker counts it
        if refusal is not None:
            raise refusal
        name = f"{method.removeprefix('taobao.').replace('.', '_')}_response"
        content = answer.get(name)
        if not isinstance(content, dict):
            raise ShopUnavailable(f"Taobao's answer to {method} has no {name}")
        return content

    def _form(self, method: str, params: Mapping[str, str], account: str | None) -> dict[str, str]:
        form = {name: value for name, value in params.items() if value.strip()}
        form |= {
            "method": method,
            "app_key": self._app.key,
            "timestamp": self._clock().astimezone(CHINA).strftime(TIME_FORMAT),
            "format": "json",
            "v": "2.0",
            "sign_method": self._app.sign_method.value,
        }
        if account is not None:
            form["session"] = self._app.sessions[account]
        form["sign"] = sign(form, secret=self._app.secret, method=self._app.sign_method)
        return form

    def _respect_ban(self, method: str) -> None:
        until = max(self._banned_until.get(key, 0.0) for key in (method, ""))
        left = until - self._remote.ticks()
        if left > 0:
            raise ShopUnavailable(
                f"Taobao allows no more calls of {method} for another {left:.0f} s"
            )

    def _take_note(self, error: TopError, method: str, account: str | None) -> None:
        if error.fault is Fault.LIMITED:
            # limited-by-api-* and limited-by-app-api-* concern one method, the others all.
            key = method if "-api-" in error.sub_code else ""
            self._banned_until[key] = self._remote.ticks() + error.ban
            log.warning("taobao.limited", method=method, seconds=error.ban, sub_code=error.sub_code)
        elif error.fault is Fault.SESSION and account is not None:
            if account not in self._expired:
                log.error("taobao.session_expired", account=account, reason=str(error))
            self._expired.add(account)
        elif error.fault is Fault.REFUSED and error.sub_code != UNKNOWN_TRADE:
            log.warning("taobao.refused", method=method, code=error.code, sub_code=error.sub_code)


def _refusal(method: str, error: Mapping[str, Any]) -> TopError:
    code = error.get("code")
    return TopError(
        method=method,
        code=code if isinstance(code, int) else -1,
        sub_code=str(error.get("sub_code") or ""),
        sub_msg=str(error.get("sub_msg") or ""),
    )
