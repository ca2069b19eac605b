"""Head: what stands above the story, recognised in a draft.

labels.py what it is and when it was issued     headlines.py what it is called, and the subheads
embargo.py when it may be used                  holds.py  the same in a sentence anywhere
datelines.py the place and day that open the story
"""
