"""The commands of `ttdata`: each parses its options, calls one function and prints. No domain logic.

`steps` are what rules/*.smk call, `build` and `inspect` what people call. `messages` turns an exception into a sentence
and an exit status.
"""
