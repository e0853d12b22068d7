"""The shop's trades on Taobao and Tmall, over the open platform (TOP)."""
