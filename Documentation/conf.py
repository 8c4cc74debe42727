# SPDX-License-Identifier: GPL-2.0
"""
conf.py - how Sphinx makes pages of this folder (`make docs`).
"""

# pylint: disable=invalid-name
project = "vnicteam"
author = "the vnicteam developers"
html_theme = "alabaster"
html_theme_options = {"page_width": "80em", "description": "Virtual NICs over several NICs"}
html_show_copyright = False
highlight_language = "none"
nitpicky = True
