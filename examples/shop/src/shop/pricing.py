"""Discounts and shipping, all in cents."""

from shop.cart import Cart

FREE_SHIPPING_FROM = 50_00
VAT_PERCENT = 20


def three_for_two(price: int, quantity: int) -> int:
    """What `quantity` pieces cost when every third one is free."""
    return price * (quantity - quantity // 4)


def with_vat(net: int) -> int:
    """The gross price, rounded half up."""
    return (net * (100 + VAT_PERCENT) + 50) // 100


def shipping(cart: Cart, country: str, express: bool = False, member: bool = False) -> int:
    """What it costs to send the cart."""
    cost = 0
    if cart.subtotal >= FREE_SHIPPING_FROM:
        if not express:
            return 0
        if member:
            return 0
        cost = 3_00
    if country == "AT":
        if cart.weight > 10_000:
            cost += 9_00 if express else 6_00
        elif cart.weight > 2_000:
            cost += 6_00 if express else 4_00
        else:
            cost += 4_00 if express else 2_50
    elif country in ("DE", "IT", "SI"):
        for limit, price in ((2_000, 5_00), (10_000, 9_00), (30_000, 15_00)):
            if cart.weight <= limit:
                if express:
                    if member:
                        price += 1_00
                    else:
                        price += 3_00
                cost += price
                break
        else:
            raise ValueError(f"{cart.weight} g are too heavy for {country}")
    elif cart.weight > 5_000 or express:
        raise ValueError(f"cannot send this to {country}")
    else:
        cost += 19_00
    return cost


def total(cart: Cart, country: str, express: bool = False, member: bool = False) -> int:
    """What the customer pays: goods with VAT, and shipping."""
    return with_vat(cart.subtotal) + shipping(cart, country, express, member)
