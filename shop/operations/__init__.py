"""What the shop can be asked to do with an order, each with its rules and its effect.

`types` is the vocabulary, `handler` what every operation brings along, `sql` the door that judges
them and carries them out; one module for each kind.
"""
