"""Reading very many rows a page at a time, so that memory does not grow with them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def pages_of(read: Callable[[int], tuple[Sequence[Row], bool]]) -> Iterator[Sequence[Row]]:
    """Page after page in the order of keys. `read` is given the key after which a page begins, and returns its rows and
    whether more follow. Rows are good until the next page is asked for."""
    after_id, has_more = 0, True
    while has_more:
        rows, has_more = read(after_id)
        yield rows
        after_id = rows[-1].pk if rows else after_id
        let_go(rows)


def let_go(rows: Iterable[Model]) -> None:
    """Untie rows from what was read along with them, once all of it was used.

    Django ties them in circles (a review and its answers know each other), which only the collector of circles frees,
    late in a process of many objects: each export of ten thousand reviews left forty megabytes behind.
    """
    for row in rows:
        prefetched = getattr(row, "_prefetched_objects_cache", {})
        beside = [*row._state.fields_cache.values(), *(one for found in prefetched.values() for one in found)]
        row._state.fields_cache.clear()
        prefetched.clear()
        let_go(one for one in beside if isinstance(one, Model))
