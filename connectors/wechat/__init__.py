"""The WeChat Official Account door (公众号), safe mode, several accounts.

A push is verified, decrypted and stored, then acknowledged with `success` at once. Answers never
go back in that response (the passive reply): they leave later through the customer-service API,
from the outbox, so that a slow answer is not lost with WeChat's five seconds.

Only `channel` knows Rasa and Sanic; everything else here is plain Python.
"""
