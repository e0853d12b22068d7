"""The desk's API in OpenAPI 3.1. A test holds it against the routes and real answers."""

from __future__ import annotations

from typing import Any

from conversations.messages import Kind, Sender
from conversations.state import State
from desk.accounts import Role
from desk.approvals import MAX_REASON
from desk.http import MAX_TEXT
from shop.operations.types import Ground, ReceiptState

_JSON = "application/json"
_TIME = {"type": "string", "format": "date-time"}
_MAYBE_TIME = {"type": ["string", "null"], "format": "date-time"}
_STRING = {"type": "string"}
_WHOLE = {"type": "integer"}
_FEN = {"type": "integer", "description": "fen (1/100 yuan)"}
_BOOLEAN = {"type": "boolean"}


def document() -> dict[str, Any]:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Zhanggui desk",
            "version": "1.0.0",
            "description": (
                "The agents' inbox. Sign in with POST /api/session and keep the cookie. "
                "Every request that changes something needs `Content-Type: application/json` or "
                "`X-Requested-With: zhanggui`; an `Origin` header of another site is refused. "
                "Conversation ids (`<channel>:<account>:<user>`) are percent-encoded in paths. "
                "Error messages follow `?lang=zh-CN|en` or Accept-Language."
            ),
        },
        "security": [{"session": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "zhanggui_desk"}
            },
            "schemas": _schemas(),
        },
    }


def _paths() -> dict[str, Any]:
    one = "/api/conversations/{id}"
    return {
        "/api/session": {
            "post": _operation(
                "signIn",
                "Sign in; the answer sets the session cookie (12 hours).",
                body="Credentials",
                answers={201: "Staff"},
                refusals=(401, 403, 413, 422, 429),
                public=True,
            ),
            "get": _operation("whoAmI", "Who is signed in.", answers={200: "Staff"}),
            "delete": _operation(
                "signOut", "End the session.", answers={204: None}, refusals=(401, 403)
            ),
        },
        "/api/conversations": {
            "get": _operation(
                "listConversations",
                "Conversations with the numbers for the tabs. Queue: by priority, then time of "
                "asking; with `state=bot` or no state: latest change first.",
                parameters=[
                    _query(
                        "state",
                        {"type": "array", "items": {"$ref": _ref("State")}},
                        "Only these states; may be repeated.",
                    ),
                    _query("mine", {"enum": [0, 1]}, "1: only those that the caller serves."),
                    _query("limit", {"type": "integer", "minimum": 0, "maximum": 500}, ""),
                ],
                answers={200: "ConversationList"},
                refusals=(401, 422),
            )
        },
        one: {
            "get": _operation(
                "getConversation",
                "A conversation with its newest messages (notes included), oldest first, and the "
                "newest handoff.",
                parameters=[
                    _id(),
                    _query("after", _WHOLE, "Only messages with a greater seq."),
                    _query("before", _WHOLE, "The messages just before this seq."),
                    _query("limit", {"type": "integer", "minimum": 0, "maximum": 500}, ""),
                ],
                answers={200: "Conversation"},
                refusals=(401, 404, 422),
            )
        },
        f"{one}/pictures/{{picture}}": {
            "get": _operation(
                "getPicture",
                "A picture the shopper sent over our own channel. Messages name it in `image`.",
                parameters=[_id(), _picture()],
                answers={200: None},
                refusals=(401, 404),
                media="image/jpeg",
            )
        },
        f"{one}/customer": {
            "get": _operation(
                "getCustomer",
                "The shop's live data about the shopper, personal data masked. `customer` is null "
                "when nobody has vouched for who the shopper is.",
                parameters=[_id()],
                answers={200: "Profile"},
                refusals=(401, 404, 503),
            )
        },
        f"{one}/customer/reveal": {
            "post": _operation(
                "revealCustomer",
                "Phone and addresses in full. Put on record.",
                parameters=[_id()],
                answers={200: "Revealed"},
                refusals=(401, 403, 404, 503),
            )
        },
        f"{one}/approvals": {
            "get": _operation(
                "getApprovals",
                "What the shopper asked for and a person must decide, oldest first, and what was "
                "decided lately, newest first.",
                parameters=[_id()],
                answers={200: "Approvals"},
                refusals=(401, 404, 503),
            )
        },
        f"{one}/approvals/{{number}}": {
            "post": _operation(
                "decide",
                "Agree to it or refuse it, once for ever; the shopper is told in the same step. "
                "The same decision by the same person again changes nothing and tells nothing. "
                "A refusal needs a `reason`, which the shopper reads.",
                parameters=[_id(), _number()],
                body="Ruling",
                answers={200: "Decision"},
                refusals=(401, 403, 404, 409, 413, 422, 503),
            )
        },
        f"{one}/take": {
            "post": _operation(
                "take",
                "Serve the conversation from now on, also away from a colleague. With `version`, "
                "a conversation that changed meanwhile is refused.",
                parameters=[_id()],
                body="Take",
                body_required=False,
                answers={200: "Summary"},
                refusals=(401, 403, 404, 409, 413, 422),
            )
        },
        f"{one}/messages": {
            "post": _operation(
                "reply",
                "Say something to the shopper. The same `id` again gives the same `seq`.",
                parameters=[_id()],
                body="Text",
                answers={201: "Written"},
                refusals=(401, 403, 404, 409, 413, 422),
            )
        },
        f"{one}/notes": {
            "post": _operation(
                "addNote",
                "A remark that the shopper never sees. The same `id` again gives the same `seq`.",
                parameters=[_id()],
                body="Text",
                answers={201: "Written"},
                refusals=(401, 403, 404, 413, 422),
            )
        },
        f"{one}/resolve": {
            "post": _operation(
                "resolve",
                "Done: the bot serves again. To undo, take the conversation again.",
                parameters=[_id()],
                body="Resolve",
                body_required=False,
                answers={200: "Summary"},
                refusals=(401, 403, 404, 409, 413, 422),
            )
        },
        "/api/events": {
            "get": {
                "operationId": "events",
                "summary": (
                    "Server-sent events: `conversation` with a Summary each time one changes. The "
                    "event id is a time mark (seconds) that never decreases; `Last-Event-ID` "
                    "resumes after it (up to a day back). A change may be told more than once."
                ),
                "parameters": [
                    {
                        "name": "Last-Event-ID",
                        "in": "header",
                        "required": False,
                        "schema": _STRING,
                    },
                    _query("since", _STRING, "The same as Last-Event-ID."),
                ],
                "responses": {
                    "200": {
                        "description": "The stream, with a sign of life every 15 seconds.",
                        "content": {"text/event-stream": {"schema": _STRING}},
                    },
                    **_refusals((401,)),
                },
            }
        },
        "/api/openapi.json": {
            "get": _operation(
                "describe",
                "This description.",
                answers={200: "Description"},
                refusals=(),
                public=True,
            )
        },
        "/api/health": {
            "get": _operation(
                "health",
                "Whether the desk and its database answer.",
                answers={200: "Health"},
                refusals=(503,),
                public=True,
            )
        },
    }


def _schemas() -> dict[str, Any]:
    summary = {
        "id": _STRING,
        "channel": _STRING,
        "account": _STRING,
        "user": _STRING,
        "state": {"$ref": _ref("State")},
        "version": {"type": "integer", "description": "rises with each change of state"},
        "assignee": {"type": "string", "description": "sign-in name, or empty"},
        "assignee_name": _STRING,
        "customer": {"anyOf": [{"$ref": _ref("CustomerName")}, {"type": "null"}]},
        "last_seq": _WHOLE,
        "last_sender": _STRING,
        "last_text": _STRING,
        "waiting_since": _MAYBE_TIME,
        "updated_at": _TIME,
        "reason": _STRING,
        "reason_text": _STRING,
        "priority": _WHOLE,
        "queued_at": _MAYBE_TIME,
    }
    pair = {"type": "array", "items": _STRING, "minItems": 2, "maxItems": 2}
    card = {
        "title": _STRING,
        "subtitle": _STRING,
        "rows": {"type": "array", "items": pair},
        "image": _STRING,
        "link": _STRING,
    }
    address = {"name": _STRING, "phone": _STRING, "address": _STRING}
    text = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
    return {
        "State": {"enum": [state.value for state in State]},
        "Error": _object(
            {
                "error": {
                    "type": "object",
                    "required": ["code", "message"],
                    "properties": {
                        "code": _STRING,
                        "message": _STRING,
                        "conversation": {"$ref": _ref("Summary")},
                    },
                }
            }
        ),
        "Credentials": _object({"name": _STRING, "password": _STRING}),
        "Staff": _object(
            {"id": _STRING, "name": _STRING, "role": {"enum": [role.value for role in Role]}}
        ),
        "CustomerName": _object({"id": _STRING, "nickname": _STRING, "tier": _STRING}),
        "Summary": _object(summary),
        "Counts": _object(
            dict.fromkeys(
                ("queued", "mine", "mine_waiting", "human", "left_message", "bot"), _WHOLE
            )
        ),
        "ConversationList": _object(
            {"conversations": _list("Summary"), "counts": {"$ref": _ref("Counts")}}
        ),
        "Conversation": _object(
            {
                **summary,
                "messages": _list("Message"),
                "handoff": {"anyOf": [{"$ref": _ref("Handoff")}, {"type": "null"}]},
                "past_handoffs": _list("PastHandoff"),
            }
        ),
        "Message": _object(
            {
                "seq": _WHOLE,
                "from": {"enum": [sender.value for sender in Sender]},
                "kind": {"enum": [kind.value for kind in Kind]},
                "text": _STRING,
                "choices": {"type": "array", "items": _object({"id": _STRING, "title": _STRING})},
                "card": {"anyOf": [_object(card), {"type": "null"}]},
                "image": _STRING,
                "author": _STRING,
                "at": _TIME,
                "delivery": {
                    "anyOf": [
                        _object(
                            {
                                "status": {"enum": ["pending", "sent", "parked", "failed"]},
                                "error": _STRING,
                            }
                        ),
                        {"type": "null"},
                    ]
                },
            }
        ),
        "Handoff": _object(
            {
                "id": _STRING,
                "status": _STRING,
                "reason": _STRING,
                "reason_text": _STRING,
                "summary": {"type": "array", "items": _STRING},
                "package": {"type": "object", "description": "as the bot's side wrote it"},
                "briefing": {"type": "object", "description": "the package as the page draws it"},
                "priority": _WHOLE,
                "assignee": _STRING,
                "outcome": _STRING,
                "requested_at": _TIME,
                "taken_at": _MAYBE_TIME,
                "first_reply_at": _MAYBE_TIME,
                "closed_at": _MAYBE_TIME,
            }
        ),
        "PastHandoff": _object(
            {
                "id": _STRING,
                "status": _STRING,
                "reason_text": _STRING,
                "assignee_name": _STRING,
                "outcome": _STRING,
                "requested_at": _TIME,
                "closed_at": _MAYBE_TIME,
            }
        ),
        "Profile": _object(
            {
                "customer": {
                    "anyOf": [
                        _object(
                            {
                                "id": _STRING,
                                "nickname": _STRING,
                                "tier": _STRING,
                                "phone": {"type": "string", "description": "masked"},
                                "city": _STRING,
                                "registered_at": _TIME,
                                "order_count": _WHOLE,
                                "total_paid": _FEN,
                            }
                        ),
                        {"type": "null"},
                    ]
                },
                "orders": {
                    "type": "array",
                    "items": _object(
                        {
                            "id": _STRING,
                            "state": _STRING,
                            "paid": _FEN,
                            "refunded": _FEN,
                            "shipping_fee": _FEN,
                            "freight_insurance": _BOOLEAN,
                            "remark": _STRING,
                            "created_at": _TIME,
                            "paid_at": _MAYBE_TIME,
                            "ship_by": _MAYBE_TIME,
                            "shipped_at": _MAYBE_TIME,
                            "signed_at": _MAYBE_TIME,
                            "address": {"anyOf": [_object(address), {"type": "null"}]},
                            "lines": {
                                "type": "array",
                                "items": _object(
                                    {
                                        "id": _STRING,
                                        "label": _STRING,
                                        "title": _STRING,
                                        "quantity": _WHOLE,
                                        "paid": _FEN,
                                        "image": _STRING,
                                        "gift": _BOOLEAN,
                                        "returned": _BOOLEAN,
                                    }
                                ),
                            },
                        }
                    ),
                },
                "parcels": {
                    "type": "array",
                    "items": _object(
                        {
                            "id": _STRING,
                            "order_id": _STRING,
                            "carrier": _STRING,
                            "waybill": _STRING,
                            "state": _STRING,
                            "contested": _BOOLEAN,
                            "origin_city": _STRING,
                            "destination_city": _STRING,
                            "shipped_at": _TIME,
                            "eta_earliest": _MAYBE_TIME,
                            "eta_latest": _MAYBE_TIME,
                            "stuck_hours": {"type": ["integer", "null"]},
                            "trace": {
                                "type": "array",
                                "description": "newest first",
                                "items": _object(
                                    {
                                        "at": _TIME,
                                        "state": _STRING,
                                        "city": _STRING,
                                        "text": _STRING,
                                    }
                                ),
                            },
                        }
                    ),
                },
                "returns": {
                    "type": "array",
                    "items": _object(
                        {
                            "number": _STRING,
                            "order_id": _STRING,
                            "line_id": _STRING,
                            "reason": _STRING,
                            "state": _STRING,
                            "refund": _FEN,
                            "shipping_paid_by": _STRING,
                            "created_at": _TIME,
                            "send_by": _TIME,
                        }
                    ),
                },
            }
        ),
        "Approvals": _object({"approvals": _list("Approval"), "decided": _list("Decision")}),
        "Approval": _object(
            {
                "number": _STRING,
                "kind": _STRING,
                "order_id": _STRING,
                "line_id": {"type": "string", "description": "empty: the whole order"},
                "label": _STRING,
                "amount": _FEN | {"description": "fen; money, or what the goods are worth"},
                "details": {"type": "object", "additionalProperties": _STRING},
                "grounds": {
                    "type": "array",
                    "description": "why it did not go by itself",
                    "items": {"enum": [ground.value for ground in Ground]},
                },
                "limit": _FEN | {"description": "fen; what goes by itself, 0: no such number"},
                "photos": {"type": "array", "description": "addresses", "items": _STRING},
                "created_at": _TIME,
                "due": _MAYBE_TIME,
                "needs": {"enum": ["agent", "supervisor"]},
                "may_decide": _BOOLEAN,
            }
        ),
        "Ruling": {
            "type": "object",
            "required": ["approve"],
            "properties": {
                "approve": _BOOLEAN,
                "reason": {"type": "string", "maxLength": MAX_REASON},
            },
        },
        "Decision": _object(
            {
                "number": _STRING,
                "kind": _STRING,
                "state": {"enum": [state.value for state in ReceiptState]},
                "approved": _BOOLEAN,
                "by": {"type": "string", "description": "sign-in name"},
                "by_name": _STRING,
                "reason": _STRING,
                "at": _TIME,
            }
        ),
        "Revealed": _object(
            {
                "phone": _STRING,
                "addresses": {
                    "type": "object",
                    "description": "by order id",
                    "additionalProperties": _object(address),
                },
            }
        ),
        "Take": {"type": "object", "properties": {"version": {"type": "integer", "minimum": 1}}},
        "Text": {
            "type": "object",
            "required": ["text"],
            "properties": {"text": text, "id": {"type": "string", "maxLength": 100}},
        },
        "Resolve": {
            "type": "object",
            "properties": {"outcome": {"type": "string", "maxLength": MAX_TEXT}},
        },
        "Written": _object({"seq": _WHOLE}),
        "Health": _object({"status": {"const": "ok"}}),
        "Description": {"type": "object", "required": ["openapi", "info", "paths"]},
    }


_REFUSALS = {
    401: "Not signed in, or the password is wrong.",
    403: "Not this role's to do, or not asked by our own page.",
    404: "There is no such conversation.",
    409: "It changed meanwhile; `error.conversation`, if given, is the conversation as it is now.",
    413: "The body is longer than 64 KiB.",
    422: "A field is missing, malformed or too long.",
    429: "Too many tries; `Retry-After` tells the seconds to wait.",
    503: "The database or the shop's systems do not answer at the moment.",
}


def _operation(
    name: str,
    summary: str,
    *,
    answers: dict[int, str | None],
    refusals: tuple[int, ...] = (401,),
    parameters: list[dict[str, Any]] | None = None,
    body: str = "",
    body_required: bool = True,
    public: bool = False,
    media: str = "",
) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": name, "summary": summary}
    if public:
        operation["security"] = []
    if parameters:
        operation["parameters"] = parameters
    if body:
        operation["requestBody"] = {
            "required": body_required,
            "content": {_JSON: {"schema": {"$ref": _ref(body)}}},
        }
    responses: dict[str, Any] = {}
    for status, schema in answers.items():
        content = {_JSON: {"schema": {"$ref": _ref(schema)}}} if schema else {}
        if media:
            content = {media: {}}
        responses[str(status)] = {"description": "Done."} | (
            {"content": content} if content else {}
        )
    operation["responses"] = responses | _refusals(refusals)
    return operation


def _refusals(statuses: tuple[int, ...]) -> dict[str, Any]:
    return {
        str(status): {
            "description": _REFUSALS[status],
            "content": {_JSON: {"schema": {"$ref": _ref("Error")}}},
        }
        for status in statuses
    }


def _id() -> dict[str, Any]:
    return {
        "name": "id",
        "in": "path",
        "required": True,
        "description": "<channel>:<account>:<user>, percent-encoded",
        "schema": _STRING,
    }


def _picture() -> dict[str, Any]:
    return {"name": "picture", "in": "path", "required": True, "schema": _STRING}


def _number() -> dict[str, Any]:
    return {
        "name": "number",
        "in": "path",
        "required": True,
        "description": "the receipt's number",
        "schema": _STRING,
    }


def _query(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    parameter = {"name": name, "in": "query", "required": False, "schema": schema}
    return parameter | ({"description": description} if description else {})


def _ref(name: str) -> str:
    return f"#/components/schemas/{name}"


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": _ref(name)}}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}
