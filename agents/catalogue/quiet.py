"""litellm kept off the network, off `.env` files and off the screen while it is imported.

Whoever imports it, a gateway to models or one to painters, calls these before and after.
"""

import gc
import logging
import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

SWITCHES = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_LOCAL_AUTOROUTER_PRESETS": "True",
    "LITELLM_LOCAL_POLICY_TEMPLATES": "True",
    "LITELLM_MODE": "PRODUCTION",  # anything else reads `.env` files
    "HF_HUB_OFFLINE": "1",  # counting a Llama's tokens would look for its tokenizer there
    # It takes the same piece a hundred times over for a fault of the server. Drawings made
    # of letters, and laughter, are like that.
    "REPEATED_STREAMING_CHUNK_LIMIT": "1000000",
}
"""Environment variables it reads while it is imported, unless they are set already."""


@contextmanager
def uncollected() -> Generator[None, None, None]:
    """Import inside of this, in a thread, and a screen that runs beside it stays smooth.

    What is imported lives as long as the process. Going through all of it in search of
    garbage takes a third of a second, during which nothing else runs, some twenty times while
    litellm is imported and again and again after it. So that is not done meanwhile, and what
    lives at the end is never looked through again.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def before_import() -> None:
    """Set what it reads while it is imported."""
    for name, value in SWITCHES.items():
        os.environ.setdefault(name, value)


def after_import(litellm: Any) -> None:
    """Silence it."""
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        # Left with no handler at all, warnings would go to stderr after all.
        logging.getLogger(name).handlers = [logging.NullHandler()]
    litellm.suppress_debug_info = True
    litellm.disable_aiohttp_transport = True  # its sessions complain when a loop ends
