from collections.abc import Iterator

import pytest

from shop.cart import Cart
from shop.orders import Order, State, place
from shop.reports import euros, revenue
from shop.storage import OrderStore


@pytest.fixture
def store() -> Iterator[OrderStore]:
    store = OrderStore()
    yield store
    store.close()


def test_an_empty_cart_cannot_be_ordered(cart: Cart) -> None:
    with pytest.raises(ValueError, match="empty"):
        place(1, "ada", cart, "AT")


def test_a_sent_order_cannot_be_cancelled() -> None:
    sent = Order(1, "ada", (), 10_00).to(State.PAID).to(State.SENT)
    with pytest.raises(ValueError, match="cannot become"):
        sent.to(State.CANCELLED)


def test_a_saved_order_comes_back(store: OrderStore, cart: Cart) -> None:
    cart.add("tea-green", 2)
    order = place(7, "ada", cart, "AT")
    store.save(order)
    saved = store.get(7)
    assert saved is not None
    assert (saved.items, saved.amount) == (order.items, order.amount)


def test_a_customer_sees_only_their_own_orders(store: OrderStore) -> None:
    store.save(Order(1, "ada", (), 10_00))
    store.save(Order(2, "bob", (), 20_00))
    assert [order.number for order in store.of_customer("ada")] == [1]


def test_only_paid_and_sent_orders_are_revenue() -> None:
    placed = Order(1, "ada", (), 10_00)
    assert revenue([placed, placed.to(State.PAID)]) == 10_00
    assert euros(123_450) == "1,234.50 EUR"
