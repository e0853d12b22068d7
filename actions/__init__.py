"""The action server: thin Rasa actions, one module per skill, over the shop's gateway."""
