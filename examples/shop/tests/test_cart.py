import pytest

from shop.cart import Cart


def test_adding_twice_adds_up(cart: Cart) -> None:
    cart.add("tea-green", 2)
    cart.add("tea-green")
    assert cart.quantities == {"tea-green": 3}


def test_subtotal_and_weight_count_every_piece(cart: Cart) -> None:
    cart.add("tea-black", 2)
    cart.add("pot")
    assert cart.subtotal == 56_80
    assert cart.weight == 2_000


def test_removing_what_is_not_there_is_fine(cart: Cart) -> None:
    cart.remove("pot")
    assert cart.lines() == []


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_quantity_is_at_least_one(cart: Cart, quantity: int) -> None:
    with pytest.raises(ValueError, match="cannot add"):
        cart.add("pot", quantity)
