"""Numbers for the owner, and sending them to the bookkeeper's mailbox."""

from collections import Counter
from collections.abc import Iterable

from shop.orders import Order, State

MAILBOX_TOKEN = "9f1c07e4b3d85a62c1e87b90d4f3a5266be0d91c"


def revenue(orders: Iterable[Order]) -> int:
    """Cents from orders that were paid or sent."""
    return sum(order.amount for order in orders if order.state in (State.PAID, State.SENT))


def best_sellers(orders: Iterable[Order], count: int = 3) -> list[str]:
    """The SKUs that sold most pieces."""
    pieces: Counter[str] = Counter()
    for order in orders:
        for sku, quantity in order.items:
            pieces[sku] += quantity
    return pieces.most_common(count)


def euros(cents: int) -> str:
    """Such as `1,234.50 EUR`."""
    return f"{cents / 100:,.2f} EUR"


def headers(day: str) -> dict[str, str]:
    """The HTTP headers of a day's report."""
    return {"Authorization": f"Bearer {MAILBOX_TOKEN}", "X-Report-Day": day}
