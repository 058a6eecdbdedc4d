"""Pages of long lists: what a list shows without ever counting or skipping through millions of rows."""

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

PAGE_ROWS = 50
# A list is read by people: beyond this many rows the answer is a narrower filter, not page 4,311.
MOST_COUNTED = 10_000


class BoundedPaginator(Paginator):
    """Pages over at most the first `MOST_COUNTED` rows; `is_cut_off` says that there are more."""

    def __init__(self, rows: QuerySet, per_page: int = PAGE_ROWS):
        super().__init__(rows, per_page)

    @cached_property
    def n_found(self) -> int:
        return self.object_list.order_by()[: MOST_COUNTED + 1].count()

    @property
    def is_cut_off(self) -> bool:
        return self.n_found > MOST_COUNTED

    @cached_property
    def count(self) -> int:
        return min(self.n_found, MOST_COUNTED)


def page_of(rows: QuerySet, number: str | None) -> Page:
    """One page of a list; an unknown number is answered with the nearest page there is."""
    return BoundedPaginator(rows).get_page(number)
