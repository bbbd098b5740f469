import pytest

from shop.cart import Cart
from shop.pricing import shipping, three_for_two, with_vat


def test_vat_rounds_half_up() -> None:
    assert with_vat(1_02) == 1_22
    assert with_vat(100_00) == 120_00


def test_every_third_piece_is_free() -> None:
    assert three_for_two(3_00, 2) == 6_00
    assert three_for_two(3_00, 3) == 6_00


def test_shipping_is_free_from_fifty_euros(cart: Cart) -> None:
    cart.add("pot", 2)
    assert shipping(cart, "AT") == 0


@pytest.mark.parametrize(("country", "cost"), [("AT", 2_50), ("DE", 5_00), ("NO", 19_00)])
def test_shipping_depends_on_the_country(cart: Cart, country: str, cost: int) -> None:
    cart.add("tea-green")
    assert shipping(cart, country) == cost
