"""What a page that is one file may do: nothing but what stands in it."""

from __future__ import annotations

import base64
from hashlib import sha256

__all__ = ["policy"]


def policy(style: str, script: str, also: str) -> str:
    """Return a content security policy that allows one style and one script, and no request.

    Parameters
    ----------
    style, script : str
        What stands between the tags, to the letter.
    also : str
        Directives for what is made by the script: "img-src data:", for example.
    """
    hashes = (base64.b64encode(sha256(text.encode()).digest()).decode() for text in (style, script))
    of_style, of_script = hashes
    return (
        f"default-src 'none'; style-src 'sha256-{of_style}'; script-src 'sha256-{of_script}'; "
        f"{also}; base-uri 'none'; form-action 'none'"
    )
