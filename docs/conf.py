"""How the documentation is built (`make docs`)."""

project = "Safelight"
copyright = "Safelight contributors, AGPL-3.0-or-later"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "Safelight"
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
# The pages are also read on a code host, where some links leave this folder.
suppress_warnings = ["myst.xref_missing"]
