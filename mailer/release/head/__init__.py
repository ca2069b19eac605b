"""Head: recognises everything above the story in a draft.

labels.py what it is, when and where it was issued     headlines.py the headline and the subheads
embargo.py when it may be used                  holds.py  the same in a sentence anywhere
"""
