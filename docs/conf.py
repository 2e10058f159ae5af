"""How the documentation is built (== Python environment: creating .venv and installing the locked packages (about 20 s after downloads))."""

project = "Safelight"
copyright = "Safelight contributors, AGPL-3.0-or-later"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "Safelight"
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
# The pages are also read on a code host, where links leave this folder; those are not errors.
suppress_warnings = ["myst.xref_missing"]
