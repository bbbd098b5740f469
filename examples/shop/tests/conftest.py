import pytest

from shop.cart import Cart
from shop.catalogue import Catalogue, Product


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue(
        [
            Product("tea-green", "Green tea", 4_50, weight=100, category="tea"),
            Product("tea-black", "Black tea", 3_90, weight=100, category="tea"),
            Product("pot", "Cast iron tea pot", 49_00, weight=1_800),
        ]
    )


@pytest.fixture
def cart(catalogue: Catalogue) -> Cart:
    return Cart(catalogue)
