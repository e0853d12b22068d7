"""WeChat's side of the conversation, for demonstrations and tests.

It plays WeChat's servers (access tokens, customer-service API with its quotas and windows,
signed and encrypted pushes with retries) and the shopper's phone, a page at `/`. Never a part of
a real shop: it listens on this machine only and starts only when `ZHANGGUI_DEMO=1`.
"""
