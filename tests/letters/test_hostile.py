"""Templates that reach for anything but texts are refused before they are compiled."""

import tracemalloc

import pytest

from api.letters.sandbox import Folder
from tests.times import Stopwatch, quick

HOSTILE = [
    "{{ ''.__class__.__mro__ }}",
    "{{ target.__class__ }}",
    "{{ target['__class__'] }}",
    "{{ target['__cla' ~ 'ss__'] }}",
    "{{ (target|first).__class__ }}",
    "{{ place.__class__ }}",
    "{{ place.upper() }}",
    "{{ place.format }}",
    "{{ facts.keys }}",
    "{{ facts.keys() }}",
    "{{ facts[place] }}",
    "{{ facts[0] }}",
    "{{ facts['a']|upper_first }}",
    "{{ facts['a'] ~ 'x' }}",
    "{{ facts['a'][0] }}",
    "{{ demands.pop() }}",
    "{{ demands.__len__ }}",
    "{{ demands['append'] }}",
    "{{ demands[place] }}",
    "{{ demands }}",
    "{{ target }}",
    "{{ self }}",
    "{{ self.__init__.__globals__ }}",
    "{{ loop }}",
    "{% for d in demands %}{{ loop.__init__ }}{% endfor %}",
    "{% for d in demands %}{{ loop.cycle('a') }}{% endfor %}",
    "{% for d in demands %}{{ d.items }}{% endfor %}",
    "{{ config }}",
    "{{ request }}",
    "{{ cycler }}",
    "{{ lipsum() }}",
    "{{ namespace() }}",
    "{{ joiner }}",
    "{{ dict(a=1) }}",
    "{{ range(1000000000) }}",
    "{% for i in range(1000000000) %}x{% endfor %}",
    "{% for i in place %}x{% endfor %}",
    "{% for i in (1, 2, 3) %}x{% endfor %}",
    "{% for i in 'abc' %}x{% endfor %}",
    "{% for a, b in demands %}x{% endfor %}",
    "{% for place in demands %}x{% endfor %}",
    "{% for d in demands recursive %}x{% endfor %}",
    "{% for d in demands %}x{% else %}y{% endfor %}",
    "".join(f"{{% for {name} in demands %}}" for name in "abc") + "x" + "{% endfor %}" * 3,
    "{% for a in demands %}{% for b in demands %}{% for c in b.officials %}",
    "{{ 'x' * 1000000000 }}",
    "{{ 1000000000 * 'x' }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 1 + 1 }}",
    "{{ 1 - 1 }}",
    "{{ 1 / 0 }}",
    "{{ 1 // 0 }}",
    "{{ 1 % 0 }}",
    "{{ '%s' % place }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{0.__class__}'.format(place) }}",
    "{{ -1 }}",
    "{{ place|upper }}",
    "{{ place|format }}",
    "{{ place|attr('__class__') }}",
    "{{ place|replace('a', 'bbbbbbbbbb') }}",
    "{{ place|center(1000000000) }}",
    "{{ place|indent(1000000000) }}",
    "{{ place|list }}",
    "{{ place|map('upper') }}",
    "{{ place|join('x') }}",
    "{{ place|safe }}",
    "{{ place|pprint }}",
    "{{ demands|tojson }}",
    "{{ demands|sum }}",
    "{{ demands|batch(2) }}",
    "{{ demands|length(1) }}",
    "{{ place is callable }}",
    "{{ place is sameas(place) }}",
    "{% if place is divisibleby(0) %}x{% endif %}",
    "{% set x = 1 %}",
    "{% set x %}{{ place }}{% endset %}",
    "{% with x = place %}{% endwith %}",
    "{% macro x() %}{% endmacro %}",
    "{% call x() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% block x %}{% endblock %}",
    "{% extends 'a.j2' %}",
    "{% import 'a.j2' as a %}",
    "{% from 'a.j2' import b %}",
    "{% include 'none.j2' %}",
    "{% include '../secret.j2' %}",
    "{% include '/etc/passwd' %}",
    "{% include place %}",
    "{% include ['a.j2', 'b.j2'] %}",
    "{% include 'a.j2' ignore missing %}",
    "{% include 'letter.j2' %}",
    "{% autoescape true %}x{% endautoescape %}",
    "{% do place %}",
    "{% trans %}x{% endtrans %}",
    "{% debug %}",
    "{% break %}",
    "{{ [1, 2] }}",
    "{{ {'a': 1} }}",
    "{{ (1, 2) }}",
    "{{ true }}",
    "{{ none }}",
    "{{ place if true }}",
    "{{ place if place else target }}",
    "{{ unknown }}",
    "{{ target.party }}",
    "{{ officials.name }}",
    "{{",
    "{% if place %}",
    "{% endif %}",
    "{{ 'open }}",
    "{{ " + "(" * 10_000 + "place" + ")" * 10_000 + " }}",
    "{{ " + "not " * 10_000 + "place }}",
    "{{ " + "place ~ " * 100 + "target }}",
    "{{ 1" + "0" * 10_000 + " }}",
    "{{ place" + "[0]" * 5000 + " }}",
    "{% if place %}" * 300 + "{% endif %}" * 300,
    "x" * 70_000,
]


@pytest.mark.parametrize("source", HOSTILE, ids=lambda source: source[:40])
def test_a_hostile_template_is_refused_quickly(source: str) -> None:
    watch = Stopwatch()
    folder = Folder({"letter.j2": f"Subject: x\n\n{source}"}, {"a"})
    assert folder.compile_all() == {}
    took = watch.processor
    assert folder.faults
    assert folder.faults[0].message
    assert quick(took, 1)


@pytest.mark.parametrize(
    "source", [s for s in HOSTILE if "0000" in s or len(s) > 1000], ids=lambda s: s[:40]
)
def test_a_hostile_template_fills_no_memory(source: str) -> None:
    tracemalloc.start()
    Folder({"letter.j2": f"Subject: x\n\n{source[:30_000]}"}, {"a"}).compile_all()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000


def test_includes_in_a_circle_are_refused() -> None:
    folder = Folder({"a.j2": '{% include "b.j2" %}', "b.j2": '{% include "a.j2" %}'}, set())
    assert folder.compile_all() == {}
    assert {fault.message for fault in folder.faults} == {
        *('"a.j2" includes itself', '"b.j2" includes itself')
    }


def test_includes_cannot_multiply_without_end() -> None:
    sources = {f"{i}.j2": f'{{% include "{i + 1}.j2" %}}' * 10 for i in range(9)}
    folder = Folder({**sources, "9.j2": "x"}, set())
    watch = Stopwatch()
    folder.compile("0.j2")
    assert quick(watch.processor, 1)
    assert any("more than 20 files" in fault.message for fault in folder.faults)
