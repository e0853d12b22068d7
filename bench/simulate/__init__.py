"""Simulated shoppers with goals, who talk to the running house, and an oracle that checks it.

`scenery` and `house` start the real processes over a demo shop of the size that is needed; `books`
reads the shop's truth; `aims` are what people come for, drawn from that truth; `manners` how they
talk; `bank` the sentences they use; `shopper` holds the conversation by reading the answers;
`oracle` compares the shop before and after; `report` tells what came out.
"""
