"""Parcels' traces from Kuaidi100: asked for, cached, and pushed."""
