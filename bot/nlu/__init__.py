"""Understanding shoppers: tokens, entities and intents.

`components` holds what Rasa sees; everything else is plain Python that knows nothing of Rasa.
"""
