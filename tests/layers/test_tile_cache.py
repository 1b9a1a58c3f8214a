"""Tiles kept in memory, within their share of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from cim.layers.tile_cache import TileCache


def test_tile_is_found_until_others_need_its_room():
    cache = TileCache(limit_bytes=3000)
    for number in range(3):
        cache.keep(number, bytes(700))
    assert cache.find(0) == bytes(700)
    # 0 was asked for last, so 1 has to go.
    cache.keep(3, bytes(700))
    assert [cache.find(number) is None for number in range(4)] == [False, True, False, False]
    assert cache.held_bytes <= cache.limit_bytes


def test_tile_that_is_kept_again_counts_once():
    cache = TileCache(limit_bytes=3000)
    for _ in range(10):
        cache.keep("a", bytes(1000))
    assert len(cache) == 1
    assert cache.held_bytes < 1500
    cache.keep("a", b"new")
    assert cache.find("a") == b"new"


def test_empty_tile_is_known_to_be_empty():
    cache = TileCache()
    cache.keep("a", b"")
    assert cache.find("a") == b""
    assert cache.find("b") is None


def test_tile_larger_than_all_room_is_not_kept():
    cache = TileCache(limit_bytes=1000)
    cache.keep("a", bytes(5000))
    assert cache.find("a") is None
    assert (len(cache), cache.held_bytes) == (0, 0)


def test_many_threads_leave_the_count_right():
    cache = TileCache(limit_bytes=50_000)

    def work(worker):
        for number in range(500):
            cache.keep((worker * number) % 97, bytes(number))
            cache.find(number % 97)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    held = [cache.find(key) for key in range(97)]
    assert cache.held_bytes == sum(len(tile) + 200 for tile in held if tile is not None)
    assert cache.held_bytes <= cache.limit_bytes
