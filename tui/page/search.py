"""Finding words on a page, and what of an item can be copied by itself."""

from tui.page import body
from tui.page.page import Item, Page


def find(page: Page, words: str, start: int, direction: int = 1) -> int | None:
    """Return the index of the next item that has `words`, or `None` if none has.

    Args:
        page: Where to look. What is private in a message counts where its chip tells it.
        words: Upper and lower case are alike.
        start: Index of the item to begin with.
        direction: 1 to go down, -1 to go up; past the end it goes on at the other one.
    """
    count = len(page.items)
    wanted = words.lower()
    if not wanted.strip() or not count:
        return None
    for step in range(count):
        index = (start + direction * step) % count
        if has(page.items[index], wanted):
            return index
    return None


def has(item: Item, wanted: str) -> bool:
    """Whether `item` says `wanted`, which is in lower case."""
    if wanted not in item.text.lower():
        return bool(item.brief or item.state) and (
            wanted in item.brief.lower() or wanted in item.state.lower()
        )
    if item.kind != "message" or not item.commands:
        return True
    return wanted in body.public(item.text, inline=item.inline).lower()


def code_blocks(item: Item) -> list[str]:
    """Return what stands inside the fences of a message, as written, in order."""
    if item.kind != "message" or "```" not in item.text:
        return []
    return list(body.code(item.text, commands=item.commands, inline=item.inline))
