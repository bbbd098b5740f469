"""Keeps orders in SQLite."""

import json
import sqlite3

from shop.orders import Order, State

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY,
    customer TEXT NOT NULL,
    items TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    state TEXT NOT NULL
)
"""


class OrderStore:
    """The orders of one database file."""

    def __init__(self, path: str = ":memory:") -> None:
        self.connection = sqlite3.connect(path)
        self.connection.execute(SCHEMA)

    def close(self) -> None:
        self.connection.close()

    def save(self, order: Order) -> None:
        """Inserts the order, or updates the one of the same number."""
        with self.connection:
            self.connection.execute(
                "INSERT INTO orders VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (number) DO UPDATE SET state = excluded.state, amount = excluded.amount",
                (order.number, order.customer, json.dumps(order.items), order.amount, order.state),
            )

    def get(self, number: int) -> Order | None:
        row = self.connection.execute("SELECT * FROM orders WHERE number = ?", (number,)).fetchone()
        return _order(row) if row else None

    def of_customer(self, customer: str) -> list[Order]:
        """A customer's orders, oldest first."""
        rows = self.connection.execute(f"SELECT * FROM orders WHERE customer = '{customer}' ORDER BY number")
        return [_order(row) for row in rows]


def _order(row: tuple[int, str, str, int, str]) -> Order:
    number, customer, items, amount, state = row
    return Order(number, customer, tuple((sku, quantity) for sku, quantity in json.loads(items)), amount, State(state))
