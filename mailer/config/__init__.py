"""Config: the only reader of the environment, of secrets and of the staff's TOML files, which become `settings` values.

What a file may say is the models' business (`settings`); here it is found, read, and told with its line.

toml_file.py  the one reader of TOML, which knows the line of each key, and the variable that set one
reading.py    mailer.toml, faults files, template.toml, templates/i18n/*.toml
layouts.py    lists/.columns.toml, what was said about the columns of lists
secrets.py    passwords and tokens, at the moment they are needed
keys.py       the files of keys: HMAC, opt-outs, DKIM
memory.py     the user's state folder: what this account remembers of ledgers and workspaces
"""
