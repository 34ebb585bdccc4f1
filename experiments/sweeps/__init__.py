"""Running a design: its points, their order, the sweep that writes them."""
