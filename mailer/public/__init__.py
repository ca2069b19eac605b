"""Public: what strangers' machines and readers call over the web.

Never decides what an opt-out or an event means (`runs` does), never holds a session, sets no cookie.
"""
