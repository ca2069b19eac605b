"""Public: the web interface for recipients and relays.

It does not decide what an opt-out or an event means (`runs` does), and has no sessions or cookies.
"""
