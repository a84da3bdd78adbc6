"""The named points are where the code still is."""

import inspect

import pytest

from tests.crash.points.sitecustomize import POINTS, found


@pytest.mark.parametrize("point", POINTS)
def test_a_point_is_a_function_that_is_waited_for(point: str) -> None:
    place, when = POINTS[point]
    holder, name = found(place)
    function = getattr(holder, name)
    assert callable(function)
    # Something that is not awaited has ended before its point "after" is passed.
    assert when == "before" or inspect.iscoroutinefunction(function)
