"""What a customer is about to buy."""

import json
from dataclasses import dataclass, field

from shop.catalogue import Catalogue, Product


@dataclass
class Cart:
    """Quantities by SKU, for one customer."""

    catalogue: Catalogue
    quantities: dict[str, int] = field(default_factory=dict)

    def add(self, sku: str, quantity: int = 1) -> None:
        if quantity < 1:
            raise ValueError(f"cannot add {quantity} of {sku}")
        self.catalogue.get(sku)
        self.quantities[sku] = self.quantities.get(sku, 0) + quantity

    def remove(self, sku: str) -> None:
        self.quantities.pop(sku, None)

    def lines(self) -> list[tuple[Product, int]]:
        return [(self.catalogue.get(sku), quantity) for sku, quantity in self.quantities.items()]

    @property
    def weight(self) -> int:
        """In grams."""
        return sum(product.weight * quantity for product, quantity in self.lines())

    @property
    def subtotal(self) -> int:
        """In cents, before discounts and shipping."""
        return sum(product.price * quantity for product, quantity in self.lines())
