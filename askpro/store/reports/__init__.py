"""The questions that the dashboard asks. Each takes the scope first: a company, or all of them.

Reads only, and never a personal column: what is encrypted stays so. Answers are plain values that
can be shown, written as JSON, or exported.
"""
