"""Findings: fingerprints that survive moved lines, and what is new, fixed and known by them."""

from callboard.findings import Delta, Finding, delta, fingerprinted

UNUSED = Finding(rule="F401", message="unused import", path="shop/cart.py", line=3, snippet="import os")


def prints(*findings: Finding) -> list[str]:
    return [finding.fingerprint for finding in fingerprinted(findings)]


def test_a_finding_that_moved_or_was_indented_anew_keeps_its_fingerprint() -> None:
    moved = UNUSED.model_copy(update={"line": 90, "column": 4, "snippet": "    import   os"})
    assert prints(UNUSED) == prints(moved)


def test_another_rule_path_or_text_is_another_finding() -> None:
    others = [UNUSED.model_copy(update={name: "other"}) for name in ("rule", "path", "snippet")]
    assert len(set(prints(UNUSED, *others))) == 4


def test_equal_findings_are_told_apart_by_their_place_among_equals() -> None:
    first, second = prints(UNUSED, UNUSED)
    assert first != second
    assert prints(UNUSED) == [first]


def test_a_finding_without_a_line_of_its_own_is_known_by_its_message() -> None:
    bare = UNUSED.model_copy(update={"snippet": ""})
    assert prints(bare) != prints(bare.model_copy(update={"message": "other"}))


def test_text_that_is_no_unicode_has_a_fingerprint_too() -> None:
    assert len(prints(UNUSED.model_copy(update={"path": "a\udce4.py"}))[0]) == 16


def test_a_delta_counts_new_fixed_and_known() -> None:
    assert delta(["a", "b", "c"], ["b", "c", "d", "e"]) == Delta(new=1, fixed=2, known=2)
    assert delta([], []) == Delta(new=0, fixed=0, known=0)
