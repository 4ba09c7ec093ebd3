"""Rows: which families stand together, and where their panels are."""

from __future__ import annotations

import random

from aioprometheus.dashboard.layout import WIDTH, place
from aioprometheus.dashboard.panel import Panel, Row
from aioprometheus.dashboard.subsystems import MOST, group
from aioprometheus.queries.subject import Subject


def grouped(*names: str) -> dict[str, list[str]]:
    subjects = [Subject(name, "gauge") for name in names]
    found = [(title, [one.name for one in members]) for title, members in group(subjects)]
    assert len(dict(found)) == len(found), "two rows of one title"
    return dict(found)


def test_rows_by_the_first_words() -> None:
    assert grouped("cache_hits", "cache_misses", "db_reads", "db_writes", "load") == {
        "Cache": ["cache_hits", "cache_misses"],
        "Db": ["db_reads", "db_writes"],
        "Others": ["load"],
    }


def test_a_prefix_of_all_names_makes_no_row() -> None:
    assert grouped("shop_cache_hits", "shop_cache_misses", "shop_db_reads", "shop_db_writes") == {
        "Shop cache": ["shop_cache_hits", "shop_cache_misses"],
        "Shop db": ["shop_db_reads", "shop_db_writes"],
    }


def test_large_groups_are_divided() -> None:
    cache = [f"shop_cache_{number}" for number in range(MOST)]
    db = [f"shop_db_{number}" for number in range(2)]
    found = grouped(*cache, *db, "shop_load", "rack_heat", "rack_power")
    assert found == {
        "Rack": ["rack_heat", "rack_power"],
        "Shop cache": sorted(cache),
        "Shop db": db,
        "Shop": ["shop_load"],
    }


def test_small_groups_are_not_divided() -> None:
    names = ["shop_cache_hits", "shop_cache_misses", "shop_db_reads", "shop_db_writes"]
    assert grouped(*names, "rack_heat", "rack_power")["Shop"] == names


def test_one_family() -> None:
    assert grouped("load") == {"Others": ["load"]}
    assert grouped() == {}


def test_names_of_one_prefix_and_the_prefix() -> None:
    found = grouped("load", "load_average", "load_average_5m")
    assert sorted(name for names in found.values() for name in names) == [
        *("load", "load_average", "load_average_5m")
    ]


def test_every_family_is_in_one_row() -> None:
    choice = random.Random(1)
    for _ in range(200):
        words = ["a", "b", "c", "total", ""]
        lengths = [choice.randint(1, 5) for _ in range(choice.randint(1, 60))]
        names = {choice.choice("_:.").join(choice.choices(words, k=one)) for one in lengths}
        found = group([Subject(name, "gauge") for name in names])
        shown = [one.name for _, members in found for one in members]
        assert sorted(shown) == sorted(names)


def panels(*sizes: tuple[int, int]) -> list[Panel]:
    return [Panel(str(size), (), width=size[0], height=size[1]) for size in sizes]


def test_places() -> None:
    row = Row("A", panels((8, 8), (8, 8), (8, 8), (8, 8), (8, 8), (12, 6), (24, 8)))
    [(_, head, found), (_, second, _)] = place([row, Row("B", panels((8, 8)))])
    assert head == (0, 0, 24, 1)
    assert [tuple(where) for _, where in found] == [
        *((0, 1, 8, 8), (8, 1, 8, 8), (16, 1, 8, 8)),
        *((0, 9, 12, 8), (12, 9, 12, 8)),
        (0, 17, 12, 6),
        (0, 23, 24, 8),
    ]
    assert second == (0, 31, 24, 1)


def test_panels_do_not_overlap() -> None:
    choice = random.Random(2)
    for _ in range(100):
        sizes = [(choice.choice((4, 6, 8, 12, 16, 24)), choice.choice((4, 8))) for _ in range(20)]
        taken: set[tuple[int, int]] = set()
        for _, head, found in place([Row("A", panels(*sizes)), Row("B", panels(*sizes))]):
            for where in (head, *(where for _, where in found)):
                columns = range(where.x, where.x + where.width)
                lines = range(where.y, where.y + where.height)
                cells = {(x, y) for x in columns for y in lines}
                assert columns[-1] < WIDTH and not cells & taken
                taken |= cells
