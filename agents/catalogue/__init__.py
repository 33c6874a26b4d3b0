"""Which models there are, under which names, at what price, and behind which key.

`catalogue.Catalogue` finds a model by name. What it finds comes from `table` (litellm's list),
`servers` (on this machine), `additions` (the person's file) and the parts of a scenario.
`temperature.effective_temperature` fits a temperature to a model; `models` says what one
costs and which key it lacks.
"""
