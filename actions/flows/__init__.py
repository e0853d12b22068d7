"""Guided flows: what a shopper wants done, asked step by step, confirmed, and carried out once.

`flow` is what every flow brings along, `reading` what a message means inside one, `engine` the
actions behind Rasa's forms; one module for each flow.
"""
