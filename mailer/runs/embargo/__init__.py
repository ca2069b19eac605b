"""Embargo: a release is offered before it is sent, goes to those who agree, and to others in waves.

`offers` plans an offer together with the material that it promises; `answers` takes what people say of it, by the page,
in a reply, or to staff, and tells how all of it stands; `waves` keeps who else gets the release and when, and starts
whatever is due. Whatever goes out goes through `planning` and `sending`, as every other mail does.
"""
