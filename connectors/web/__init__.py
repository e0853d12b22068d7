"""The shop's own web page as a channel."""
