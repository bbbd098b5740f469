import pytest

from shop.catalogue import Catalogue, Product, UnknownProductError


def test_search_finds_every_word_and_sorts_by_price(catalogue: Catalogue) -> None:
    assert [product.sku for product in catalogue.search("tea")] == ["tea-black", "tea-green", "pot"]
    assert [product.sku for product in catalogue.search("iron tea")] == ["pot"]


def test_an_unknown_sku_is_an_error(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownProductError):
        catalogue.get("coffee")


def test_a_product_replaces_the_one_of_its_sku(catalogue: Catalogue) -> None:
    catalogue.add(Product("pot", "Glass tea pot", 29_00))
    assert len(catalogue) == 3
    assert catalogue.get("pot").name == "Glass tea pot"


def test_a_price_is_never_negative() -> None:
    with pytest.raises(ValueError, match="cannot cost"):
        Product("gift", "Gift", -1)
