"""The demo newspaper's readers: what they write, and how it is sent in and judged when the demo is first made.

Their letters are one file a story: `= Name` begins one, `== Name` a reply to the last letter with one sign less. The
authors and their words are made up.
"""
