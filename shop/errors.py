"""What can go wrong at the shop's own systems."""

from conversations.errors import ZhangguiError


class ShopError(ZhangguiError):
    """Root of the gateway's errors."""


class ShopUnavailable(ShopError):
    """The system behind the gateway did not answer in time; asking again later may help."""


class UnknownOrder(ShopError):
    """No such order or line among the asking customer's own."""


class NotAllowed(ShopError):
    """The shop's rules forbid it; `str(error)` is the rule in words for the shopper."""
