"""What can go wrong at the shop's own systems."""

from enum import Enum

from conversations.errors import ZhangguiError


class ShopError(ZhangguiError):
    """Root of the gateway's errors."""


class ShopUnavailable(ShopError):
    """The system behind the gateway did not answer in time; asking again later may help."""


class UnknownOrder(ShopError):
    """No such order or line among the asking customer's own."""


class UnknownReceipt(ShopError):
    """No such receipt among that customer's own."""


class Obstacle(str, Enum):
    """What keeps a person from deciding about a receipt."""

    WITHDRAWN = "withdrawn"  # by the shopper
    SENIOR_ONLY = "senior_only"  # more than agents may decide about
    CLOSED = "closed"  # the order is
    LINE_GONE = "line_gone"  # something else was done about the line meanwhile
    TOO_MUCH = "too_much"  # more than is left of what was paid
    NOT_WAITING = "not_waiting"  # nobody has to decide about it


class CannotDecide(ShopError):
    """A person's decision is not possible now; `obstacle` tells why."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(f"the receipt cannot be decided: {obstacle.value}")
        self.obstacle = obstacle


class NotAllowed(ShopError):
    """The shop's rules forbid it; `str(error)` is the rule in words for the shopper."""
