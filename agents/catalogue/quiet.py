"""litellm kept off the network, off `.env` files and off the screen while it is imported.

Whoever imports it, a gateway to models or one to painters, calls these before and after.
"""

import logging
import os
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
