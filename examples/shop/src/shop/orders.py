"""An order: a cart that someone paid for."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from shop.cart import Cart
from shop.pricing import total


class State(StrEnum):
    """How far an order is."""

    PLACED = "placed"
    PAID = "paid"
    SENT = "sent"
    CANCELLED = "cancelled"


NEXT = {
    State.PLACED: {State.PAID, State.CANCELLED},
    State.PAID: {State.SENT, State.CANCELLED},
    State.SENT: set(),
    State.CANCELLED: set(),
}


@dataclass(frozen=True)
class Order:
    """What was ordered, by whom, for how many cents."""

    number: int
    customer: str
    items: tuple[tuple[str, int], ...]
    amount: int
    state: State = State.PLACED
    placed_at: datetime | None = None

    def to(self, state: State) -> "Order":
        """The order in its next state. Raises ValueError where that is no way forward."""
        if state not in NEXT[self.state]:
            raise ValueError(f"order {self.number} is {self.state}, it cannot become {state}")
        return replace(self, state=state)


def place(number: int, customer: str, cart: Cart, country: str) -> Order:
    """Makes an order of everything in the cart."""
    if not cart.quantities:
        raise ValueError("an empty cart cannot be ordered")
    items = tuple(sorted(cart.quantities.items()))
    return Order(number, customer, items, total(cart, country), placed_at=datetime.now(UTC))
