"""job=explore: levers as sliders in the browser, the stock engine recomputed at each move."""
