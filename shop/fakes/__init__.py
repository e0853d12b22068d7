"""Taobao and Kuaidi100 on this machine, with their real rules: for tests and for the demo.

Written from the platforms' descriptions, apart from the code that calls them: nothing that signs,
checks or reads is shared with it.
"""
