"""How the sketch painter draws: words to a plan, a plan to a picture.

`lexicon` is the words, `reading` makes a `Plan` of a prompt, `canvas` is the paper, `settings`
and `rooms` are the backgrounds, `sky`, `land`, `built`, `living` and `things` the figures,
`scene` is the order.
"""
