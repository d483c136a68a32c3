"""From songs to stems: recipes.py says what is played, render.py plays it."""

ITEM_SECONDS = 18.0
