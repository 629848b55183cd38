"""A Cal.com that is not Cal.com, and callers who are not people.

For the demo, the tests and the benchmarks. Speaks HTTP like the rest of the world and knows
nothing of the rooms above floor 0.
"""
