"""Sections: what follows the story.

sections.py     notes, boilerplates, end mark (headings the lines that open them, splits paragraphs in which one begins)
boilerplates.py a last paragraph that says what an organisation is      tails.py  captions and calls to action
"""
