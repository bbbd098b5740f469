"""What the shop sells."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


class UnknownProductError(KeyError):
    """No product has this SKU."""


@dataclass(frozen=True)
class Product:
    """One thing for sale; the price is in cents, the weight in grams."""

    sku: str
    name: str
    price: int
    weight: int = 0
    category: str = "general"

    def __post_init__(self) -> None:
        if self.price < 0:
            raise ValueError(f"{self.sku} cannot cost {self.price} cents")


class Catalogue:
    """The products by SKU."""

    def __init__(self, products: Iterable[Product] = ()) -> None:
        self._products = {product.sku: product for product in products}

    def __len__(self) -> int:
        return len(self._products)

    def __iter__(self) -> Iterator[Product]:
        return iter(self._products.values())

    def add(self, product: Product) -> None:
        self._products[product.sku] = product

    def get(self, sku: str) -> Product:
        try:
            return self._products[sku]
        except KeyError:
            raise UnknownProductError(sku) from None

    def search(self, words: str) -> list[Product]:
        """Products whose name holds every word, cheapest first."""
        wanted = words.lower().split()
        found = [product for product in self if all(word in product.name.lower() for word in wanted)]
        return sorted(found, key=lambda product: product.price)
