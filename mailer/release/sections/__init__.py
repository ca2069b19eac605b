"""Sections: what follows the story. sections.py: end mark, notes, boilerplates; tails.py: captions, calls to action."""
