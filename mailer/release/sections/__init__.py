"""Sections: what follows the story, and what a picture or a reader is told there."""
