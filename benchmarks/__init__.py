"""What the gateway's work costs, measured beside what the machine can do at all.

``python -m benchmarks [name…]`` (``make bench``) measures the rows of the speed goals. Whatever is
a rate over HTTP is compared with a ceiling in the same run: an empty Flask app under the same
server and settings, loaded by the same program, in slices that take turns. On a busy machine the
ratios hold where the figures do not. Loopback only; nothing outlives a run.
"""
