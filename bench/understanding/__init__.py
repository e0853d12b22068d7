"""How well shoppers are understood, on messages that were never trained on: `make evaluate`."""
