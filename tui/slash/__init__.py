"""The person's commands: the verbs of the models with a `/`, and those of the screen.

Nothing here knows a room or carries anything out; who and what there is to name comes in
as `Choices`.
"""
