"""The choice of cases."""

from itertools import product

from tests.browser.matrix import name_of, pairwise

EVERY = list(product("abc", [True, False], ["en", "hy", "es"], [390, 1280]))


def test_each_two_values_meet_in_fewer_cases() -> None:
    chosen = pairwise(EVERY)
    assert len(chosen) < len(EVERY) / 2
    for i, j in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]:
        assert {(case[i], case[j]) for case in chosen} == {(case[i], case[j]) for case in EVERY}


def test_it_is_the_same_each_time() -> None:
    assert pairwise(EVERY) == pairwise(EVERY)


def test_a_name_says_all_that_a_case_is() -> None:
    assert name_of(("en", (320, 1280))) == "en-320-1280"
    assert name_of("en") is None
