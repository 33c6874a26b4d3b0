"""A room that is going on: who has the floor, what the person does, what ends it."""
