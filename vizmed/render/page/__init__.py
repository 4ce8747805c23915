"""Slices as pictures of exact pixel size, with numpy and Pillow alone: no OpenGL is needed.

All panes of a page share one scale, so that lengths compare.
"""

from vizmed.render.page.colors import COLOR_RAMPS, PLANE_COLORS
from vizmed.render.page.drawing import draw_page, draw_pane
from vizmed.render.page.panes import Pane, panes_of
from vizmed.render.page.unseen import unseen
from vizmed.render.page.view import PaneView, pane_view

__all__ = [
    "COLOR_RAMPS",
    "PLANE_COLORS",
    "Pane",
    "PaneView",
    "draw_page",
    "draw_pane",
    "pane_view",
    "panes_of",
    "unseen",
]
