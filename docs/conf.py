"""How Sphinx makes the site: ``make docs``."""

import os
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS / "_ext"))

import inventories  # noqa: E402
import nnviz  # noqa: E402

project = "nnviz"
author = "the nnviz authors"
version = release = nnviz.__version__
copyright = author

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.intersphinx",
    "sphinx_copybutton",
    "sphinx_inline_tabs",
    "films",
    "gallery",
    "reference",
    "plots",
    "pages",
    "llms",
]
exclude_patterns = ["_build", "gallery/*.py"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["config.cache"]
intersphinx_mapping = inventories.mapping(DOCS / "_build" / "inventories")

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
# Names in the place of what they stand for, which is long.
autodoc_type_aliases = {
    name: name for name in ("ArrayLike", "ParsableManimColor", "Point3DLike", "Writing")
}
python_use_unqualified_type_names = True
maximum_signature_line_length = 80
# Docstrings are NumPy's, and have names between single backticks.
default_role = "py:obj"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
napoleon_preprocess_types = False

html_theme = "furo"
html_title = "nnviz"
html_favicon = "_static/icon.svg"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["films.js"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1c758a", "color-brand-content": "#1c758a"},
    "dark_css_variables": {"color-brand-primary": "#58c4dd", "color-brand-content": "#58c4dd"},
}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


def near(app, page, template, context, doctree):
    """Let a page's sidebar have the entries around it alone: hundreds of them take a second."""
    if (whole := context.get("toctree")) is not None:
        context["toctree"] = lambda **options: whole(**{**options, "collapse": True})


def setup(app):
    """Let pages be written by all processors. They are read by one, which draws their films."""
    processes = os.cpu_count() or 1
    # Of so many Sphinx writes with one less.
    app.connect("env-updated", lambda app, env: setattr(app, "parallel", processes + 1))
    app.connect("html-page-context", near, priority=400)
