"""Head: what stands above the story, recognised in a draft.

labels.py what it is, when and where issued     headlines.py what it is called, and the subheads
embargo.py when it may be used                  holds.py  the same in a sentence anywhere
"""
