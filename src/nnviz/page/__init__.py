"""A network as one interactive page, which computes by itself.

=========  ==========================================================================
Page       A network as one interactive page: change an input and see the outputs.
PageError  Something cannot be shown on a page.
save_page  Write a network as one interactive page.
=========  ==========================================================================
"""

from nnviz.network.page_methods import save_page
from nnviz.page.document import Page
from nnviz.page.specification import PageError

__all__ = ["Page", "PageError", "save_page"]
